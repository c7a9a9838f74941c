#include "session/load.h"

#include <unordered_set>

#include "base/result.h"
#include "graph/build.h"
#include "ops/inference.h"
#include "passes/pass.h"

namespace wedge {
namespace {

void collect_uses(const Graph& graph, std::unordered_set<ValueId>& used) {
  used.insert(graph.outputs.begin(), graph.outputs.end());
  for (const auto& node : graph.nodes) {
    used.insert(node->inputs.begin(), node->inputs.end());
    for (const auto& subgraph : node->subgraphs) collect_uses(*subgraph, used);
  }
}

void drop_unused_constants(Module& module) {
  std::unordered_set<ValueId> used;
  collect_uses(module.graph, used);
  for (ValueId id = 0; id < module.values.size(); ++id) {
    if (!used.contains(id)) module.values[id].constant = Tensor();
  }
}

}  // namespace

Result<Module> build_module_from(std::span<const std::byte> bytes, const onnx::DataSource& source) {
  WEDGE_ASSIGN(const onnx::Model model, onnx::parse_model(bytes));
  return build_module(model, source,
                      [](std::string_view domain, std::string_view name) { return find_operator(domain, name); });
}

Result<Module> load_module(std::span<const std::byte> bytes, const onnx::DataSource& source,
                           Optimization optimization) {
  WEDGE_ASSIGN(Module module, build_module_from(bytes, source));
  WEDGE_TRY(check_graph(module.graph));
  if (optimization == Optimization::none) {
    WEDGE_TRY(infer_graph(module.graph, module.values));
    return module;
  }
  // Folding first gives the shape rules the constants they read; folding again uses the shapes they find.
  module.graph = apply_passes(basic_passes(), std::move(module.graph), module.values);
  WEDGE_TRY(infer_graph(module.graph, module.values));
  module.graph = apply_passes(basic_passes(), std::move(module.graph), module.values);
  if (optimization == Optimization::all) {
    WEDGE_TRY(infer_graph(module.graph, module.values));
    module.graph = apply_passes(further_passes(), std::move(module.graph), module.values);
    module.graph = apply_passes(basic_passes(), std::move(module.graph), module.values);
    WEDGE_TRY(infer_graph(module.graph, module.values));
  }
  drop_unused_constants(module);
  return module;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace wedge
