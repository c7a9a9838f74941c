#include <algorithm>

#include "base/id_map.h"
#include "ops/inference.h"
#include "plan/planner.h"

namespace wedge {
namespace {

// A plan per value is only sensible for feeds that hold a setting, not data.
constexpr int64_t most_elements = 16;

class Tracer {
 public:
  Tracer(const Module& module, std::span<const ValueId> feeds) : module_(module) {
    for (const ValueId id : feeds) {
      const Value& value = module.values[id];
      const Dim count = value.shape.numel();
      const bool integral = is_integer(value.dtype) || value.dtype == DType::boolean;
      if (integral && count.is_known() && count.value() <= most_elements) small_.insert(id);
    }
  }

  [[nodiscard]] bool has_candidates() const { return !small_.empty(); }

  // Notes who makes each value, then follows what the nodes want to know before a run.
  void visit(const Graph& graph) {
    for (const auto& node : graph.nodes) {
      for (const ValueId id : node->outputs) {
        if (id != no_value) maker_[id] = node.get();
      }
      for (const auto& subgraph : node->subgraphs) visit(*subgraph);
    }
    for (const auto& node : graph.nodes) {
      for (const ValueId id : wanted_by(*node)) follow(id);
    }
  }

  [[nodiscard]] std::vector<ValueId> found() const { return {found_.ids().begin(), found_.ids().end()}; }

 private:
  [[nodiscard]] std::vector<ValueId> wanted_by(const Node& node) const {
    if (node.op->is_spliced) return {node.inputs[0]};
    std::vector<InputInfo> infos;
    for (const ValueId id : node.inputs) infos.push_back(input_info(id, module_.values));
    const auto known_outputs = [&](const Graph& graph, std::span<const OutputInfo>) -> Result<std::vector<OutputInfo>> {
      return output_infos(graph, module_.values);
    };
    InferContext context(node, infos, known_outputs);
    // The graph has been inferred before; here only what the rule asks for counts.
    (void)node.op->infer(context);
    std::vector<ValueId> wanted;
    for (const size_t i : context.wanted()) wanted.push_back(node.inputs[i]);
    return wanted;
  }

  void follow(ValueId id) {
    IdSet leaves;
    if (!trace(id, leaves, 0)) return;
    found_.insert_all(leaves.ids());
  }

  // Whether the value follows from small feeds, constants and shapes alone.
  bool trace(ValueId id, IdSet& leaves, int depth) {
    constexpr int deepest = 64;
    if (id == no_value || !module_.values[id].constant.empty()) return true;
    if (small_.contains(id)) {
      leaves.insert(id);
      return true;
    }
    const Node* const* maker = maker_.find(id);
    if (maker == nullptr || depth == deepest) return false;
    const Node& node = **maker;
    if (node.op->reads_only_shapes) return true;
    if (!node.subgraphs.empty() || !node.op->is_pure) return false;
    return std::ranges::all_of(node.inputs, [&](ValueId input) { return trace(input, leaves, depth + 1); });
  }

  const Module& module_;
  IdSet small_;
  IdMap<const Node*> maker_;
  IdSet found_;
};

}  // namespace

std::vector<ValueId> control_feeds(const Module& module, const Graph& graph, std::span<const ValueId> feeds) {
  Tracer tracer(module, feeds);
  if (!tracer.has_candidates()) return {};
  tracer.visit(graph);
  return tracer.found();
}

}  // namespace wedge
