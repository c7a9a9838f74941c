#include "wedge/inspect.h"

#include <map>
#include <set>
#include <tuple>

#include "base/platform.h"
#include "base/result.h"
#include "graph/build.h"
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

Result<std::vector<std::string>> needed_operators(const std::string& path) {
  WEDGE_ASSIGN(const ModelSummary summary, inspect(path));
  std::set<std::string> names;
  for (const OperatorUse& use : summary.operators) names.insert(use.name);
  auto changed = [&]() -> Result<> {
    WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
    PassLog log;
    WEDGE_TRY(load_model(file->bytes(), onnx::DataSource(file, folder_of(path)), {}, &log));
    for (const PassChange& change : log.changes()) {
      // Names come with their domains, which have dots of their own.
      for (const auto& each : change.operators) names.insert(each.name.substr(each.name.rfind('.') + 1));
    }
    return {};
  }();
  if (!changed) return std::unexpected(changed.error().in_file(path));
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace wedge
