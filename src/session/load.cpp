#include "session/load.h"

#include <algorithm>

#include "base/built_in_parts.h"
#include "base/id_map.h"
#include "base/result.h"
#include "graph/build.h"
#include "ops/inference.h"
#include "passes/pass.h"

namespace wedge {
namespace {

void collect_uses(const Graph& graph, IdSet& used) {
  used.insert_all(graph.outputs);
  for (const auto& node : graph.nodes) {
    used.insert_all(node->inputs);
    for (const auto& subgraph : node->subgraphs) collect_uses(*subgraph, used);
  }
}

void drop_unused_constants(Module& module) {
  IdSet used;
  collect_uses(module.graph, used);
  for (ValueId id = 0; id < module.values.size(); ++id) {
    if (used.contains(id)) continue;
    // Constants that were made from this one would keep its elements in memory.
    module.values[id].constant.drop();
    module.values[id].constant = Constant();
  }
}

[[maybe_unused]] Result<packed::PackedModel> load_packed(const onnx::OwnedBytes& bytes, const SessionOptions& options) {
  if (!options.without_passes.empty()) {
    return fail(ErrorCode::invalid_argument, "the model is packed: its graph was rewritten when it was");
  }
  WEDGE_ASSIGN(packed::PackedModel model, packed::read(bytes));
  WEDGE_TRY(check_graph(model.module.graph));
  WEDGE_TRY(infer_graph(model.module.graph, model.module.values));
  return model;
}

Result<Module> optimise(Module module, const SessionOptions& options, PassLog* log) {
  for (const std::string& name : options.without_passes) {
    const auto names = pass_names();
    if (std::ranges::find(names, name) == names.end()) {
      return fail(ErrorCode::invalid_argument, "no pass is called '", name, "'");
    }
  }
  WEDGE_TRY(check_graph(module.graph));
  const auto apply = [&](std::span<const Pass> passes) {
    module.graph = apply_passes(passes, options.without_passes, std::move(module.graph), module.values, log);
  };
  if (options.optimization == Optimization::none) {
    WEDGE_TRY(infer_graph(module.graph, module.values));
    return module;
  }
  // Folding first gives the shape rules the constants they read; folding again uses the shapes they find.
  apply(basic_passes());
  WEDGE_TRY(infer_graph(module.graph, module.values));
  apply(basic_passes());
  if (options.optimization == Optimization::all) {
    WEDGE_TRY(infer_graph(module.graph, module.values));
    apply(further_passes());
    apply(basic_passes());
    WEDGE_TRY(infer_graph(module.graph, module.values));
  }
  drop_unused_constants(module);
  return module;
}

}  // namespace

Result<Module> build_module_from(std::span<const std::byte> bytes, const onnx::DataSource& source) {
  WEDGE_ASSIGN(const onnx::Model model, onnx::parse_model(bytes));
  return build_module(model, source,
                      [](std::string_view domain, std::string_view name) { return find_operator(domain, name); });
}

std::vector<std::string_view> pass_names() {
  std::vector<std::string_view> names;
  for (const Pass& pass : basic_passes()) names.push_back(pass.name);
  for (const Pass& pass : further_passes()) names.push_back(pass.name);
  return names;
}

Result<packed::PackedModel> load_model(std::span<const std::byte> bytes, const onnx::DataSource& source,
                                       const SessionOptions& options, PassLog* log) {
  if constexpr (built_in::has_part("packed")) {
    if (packed::is_packed(bytes)) return load_packed(source.own(bytes), options);
  }
  if constexpr (built_in::has_part("onnx")) {
    WEDGE_ASSIGN(Module module, build_module_from(bytes, source));
    WEDGE_ASSIGN(module, optimise(std::move(module), options, log));
    return packed::PackedModel{.module = std::move(module), .weights = {}};
  }
  return fail(ErrorCode::unsupported, "this build reads packed models alone, and this is none");
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace wedge
