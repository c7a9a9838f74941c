#include "wedge/inspect.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "base/function_ref.h"
#include "base/platform.h"
#include "base/result.h"
#include "graph/build.h"
#include "onnx/external_files.h"
#include "ops/inference.h"
#include "session/describe.h"
#include "session/load.h"
#include "session/state.h"

namespace wedge {
namespace {

using Uses = std::map<std::tuple<std::string, std::string, int64_t>, OperatorUse>;

void count_operators(const Graph& graph, Uses& uses) {
  for (const auto& node : graph.nodes) {
    OperatorUse& use = uses[{node->op_type, node->domain, node->version}];
    use = {.domain = node->domain,
           .name = node->op_type,
           .version = node->version,
           .count = use.count + 1,
           .supported = node->op != nullptr};
    for (const auto& subgraph : node->subgraphs) count_operators(*subgraph, uses);
  }
}

ModelSummary summarize(const Module& module) {
  ModelSummary summary;
  summary.producer = module.producer;
  summary.graph_name = module.graph_name;
  summary.ir_version = module.ir_version;
  summary.metadata = module.metadata;
  for (const auto& [domain, version] : module.opsets) summary.opsets.push_back({.domain = domain, .version = version});
  for (const Declaration& input : module.inputs) summary.inputs.push_back(describe(input, module.symbols));
  for (const Declaration& output : module.outputs) summary.outputs.push_back(describe(output, module.symbols));
  Uses uses;
  count_operators(module.graph, uses);
  for (auto& [key, use] : uses) {
    summary.nodes += use.count;
    summary.operators.push_back(std::move(use));
  }
  for (const Value& value : module.values) {
    if (value.constant.empty() || value.dtype == DType::string) continue;
    summary.parameters += static_cast<uint64_t>(value.constant.numel());
    summary.parameter_bytes += checked_byte_size(value.constant.dtype(), value.constant.shape()).value_or(0);
  }
  return summary;
}

Result<ModelSummary> summarize(std::span<const std::byte> bytes, const onnx::DataSource& source) {
  if (packed::is_packed(bytes)) {
    WEDGE_ASSIGN(const packed::PackedModel model, packed::read(source.own(bytes)));
    return summarize(model.module);
  }
  WEDGE_ASSIGN(const onnx::Model model, onnx::parse_model(bytes));
  const auto find = [](std::string_view domain, std::string_view name) { return find_operator(domain, name); };
  WEDGE_ASSIGN(const Module module, build_module(model, source, find));
  ModelSummary summary = summarize(module);
  summary.functions = model.functions.size();
  return summary;
}

std::set<std::string> names_of(const ModelSummary& summary) {
  std::set<std::string> names;
  for (const OperatorUse& use : summary.operators) names.insert(use.name);
  return names;
}

// Domains have dots of their own.
std::string without_domain(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// Calls visit(node) for those of the graph and its subgraphs.
void for_each_node(const Graph& graph, FunctionRef<void(const Node&)> visit) {
  for (const auto& node : graph.nodes) {
    visit(*node);
    for (const auto& subgraph : node->subgraphs) for_each_node(*subgraph, visit);
  }
}

// Whether an attribute has this name, alone or after the number of one of several nodes in one.
bool is_called(const Attribute& attribute, std::string_view name) {
  const std::string_view whole = attribute.name;
  return whole.ends_with(name) && (whole.size() == name.size() || whole[whole.size() - name.size() - 1] == '.');
}

bool has_attribute(const Module& module, std::string_view name, int64_t at_least) {
  bool found = false;
  for_each_node(module.graph, [&](const Node& node) {
    for (const Attribute& attribute : node.attributes.all()) {
      const auto* value = std::get_if<int64_t>(&attribute.value);
      found = found || (value != nullptr && is_called(attribute, name) && *value >= at_least);
    }
  });
  return found;
}

// Functions that steps apply to their results, of which no node is left.
void collect_activations(const Module& module, std::set<std::string>& names) {
  for_each_node(module.graph, [&](const Node& node) {
    for (const Attribute& attribute : node.attributes.all()) {
      const auto* name = std::get_if<std::string>(&attribute.value);
      if (name != nullptr && is_called(attribute, "activation") && !name->empty()) names.emplace(*name);
      const auto* functions = std::get_if<std::vector<std::string>>(&attribute.value);
      if (functions != nullptr && attribute.name == "functions") names.insert(functions->begin(), functions->end());
    }
  });
}

// The parts that reading the file takes.
Result<std::set<std::string>> parts_to_read(std::span<const std::byte> bytes, const packed::PackedModel& loaded) {
  if (packed::is_packed(bytes)) {
    return loaded.is_for_any_machine ? std::set<std::string>{"packed"}
                                     : std::set<std::string>{"packed", "packed_weights"};
  }
  WEDGE_ASSIGN(const onnx::Model model, onnx::parse_model(bytes));
  WEDGE_ASSIGN(const auto external, onnx::external_files(model));
  std::set<std::string> parts{"onnx"};
  if (!external.empty()) parts.insert({"external_data", "large_weights"});
  const auto is_large = [](const onnx::TensorProto& tensor) { return tensor.raw_data.size() >= Constant::large; };
  if (std::ranges::any_of(model.graph.initializer, is_large)) parts.emplace("large_weights");
  if (!model.functions.empty()) parts.emplace("functions");
  return parts;
}

// Whether the step may multiply matrices of several rows by way of kernels/gemm.h.
bool may_use_tiles(const Step& step) {
  constexpr std::string_view families[] = {"Attention", "Conv", "GRU", "Gemm", "LSTM", "MatMul", "MoE", "RNN"};
  constexpr std::string_view others[] = {"gemv_f32", "conv_direct_f32", "conv_depthwise_f32"};
  const std::string_view name = step.node->op_type;
  return std::ranges::any_of(families, [&](std::string_view family) { return name.contains(family); }) &&
         std::ranges::find(others, step.kernel_name) == std::end(others);
}

// Adds the parts that running takes. `only_plan`: the one that there is, null where there may be more.
void add_parts_to_run(const Module& module, const Segment* only_plan, std::set<std::string>& parts) {
  if (has_attribute(module, "group", 2)) parts.emplace("groups");
  const auto is_container = [](const Value& value) { return wedge::is_container(value.dtype); };
  if (std::ranges::any_of(module.values, is_container)) parts.emplace("containers");
  // What is held was computed while planning.
  if (only_plan == nullptr || !only_plan->held.empty()) parts.emplace("replanning");
  if (only_plan == nullptr || std::ranges::any_of(only_plan->steps, may_use_tiles)) parts.emplace("tiles");
}

void collect_type(DType dtype, std::set<DType>& types) {
  while (is_container(dtype)) dtype = element_type(dtype);
  if (dtype != DType::undefined) types.insert(dtype);
}

}  // namespace

Result<ModelSummary> inspect(const std::string& path) {
  auto read = [&]() -> Result<ModelSummary> {
    WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
    return summarize(file->bytes(), onnx::DataSource(file, folder_of(path)));
  }();
  if (!read) return std::unexpected(read.error().in_file(path));
  return read;
}

Result<ModelSummary> inspect(std::span<const std::byte> bytes) { return summarize(bytes, onnx::DataSource()); }

Result<BuildNeeds> build_needs(const std::string& path) {
  auto needs = [&]() -> Result<BuildNeeds> {
    WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
    const onnx::DataSource source(file, folder_of(path));
    WEDGE_ASSIGN(const ModelSummary written, summarize(file->bytes(), source));
    PassLog log;
    WEDGE_ASSIGN(auto loaded, load_model(file->bytes(), source, {}, &log));
    WEDGE_ASSIGN(std::set<std::string> parts, parts_to_read(file->bytes(), loaded));
    std::set<std::string> run = names_of(summarize(loaded.module));
    std::set<std::string> read = names_of(written);
    std::set<std::string> passes;
    for (const PassChange& change : log.changes()) {
      if (change.is_change) passes.insert(change.pass);
      const bool evaluates = change.pass == "fold_constants" || change.pass == "fold_dequantized";
      if (change.is_change && change.pass == "widen_floats") run.insert("Cast");
      for (const auto& each : change.operators) {
        (evaluates && each.after < each.before ? run : read).insert(without_domain(each.name));
      }
    }
    std::set<DType> types;
    for (const Value& value : loaded.module.values) collect_type(value.dtype, types);
    collect_activations(loaded.module, read);
    if (has_attribute(loaded.module, "winograd", 1)) passes.insert("allow_winograd");
    WEDGE_ASSIGN(const auto state, Session::State::make(std::move(loaded), {}));
    WEDGE_ASSIGN(const bool is_planned, state->is_planned());
    WEDGE_ASSIGN(const auto segment, state->plan_known_shapes());
    add_parts_to_run(state->module, is_planned ? segment.get() : nullptr, parts);
    BuildNeeds found;
    found.parts.assign(parts.begin(), parts.end());
    found.run.assign(run.begin(), run.end());
    std::ranges::set_difference(read, run, std::back_inserter(found.read));
    found.passes.assign(passes.begin(), passes.end());
    found.types.assign(types.begin(), types.end());
    return found;
  }();
  if (!needs) return std::unexpected(needs.error().in_file(path));
  return needs;
}

}  // namespace wedge
