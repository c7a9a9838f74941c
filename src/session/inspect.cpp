#include "wedge/inspect.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "base/platform.h"
#include "base/result.h"
#include "graph/build.h"
#include "onnx/external_files.h"
#include "ops/inference.h"
#include "session/describe.h"
#include "session/load.h"

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

Result<std::vector<std::string>> parts_of(std::span<const std::byte> bytes) {
  if (packed::is_packed(bytes)) return std::vector<std::string>{"packed", "groups"};
  WEDGE_ASSIGN(const onnx::Model model, onnx::parse_model(bytes));
  WEDGE_ASSIGN(const auto external, onnx::external_files(model));
  std::vector<std::string> parts;
  if (!external.empty()) parts.emplace_back("external_data");
  if (!model.functions.empty()) parts.emplace_back("functions");
  const auto is_grouped = [](const onnx::NodeProto& node) {
    return std::ranges::any_of(node.attribute, [](const auto& a) { return a.name == "group" && a.i > 1; });
  };
  if (std::ranges::any_of(model.graph.node, is_grouped)) parts.emplace_back("groups");
  return parts;
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
    WEDGE_ASSIGN(const auto loaded, load_model(file->bytes(), source, {}, &log));
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
    BuildNeeds found;
    WEDGE_ASSIGN(found.parts, parts_of(file->bytes()));
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
