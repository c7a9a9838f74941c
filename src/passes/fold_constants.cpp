// Computes at load what does not depend on the feeds.
#include <algorithm>
#include <functional>

#include "base/id_map.h"
#include "ops/evaluate.h"
#include "ops/operator.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

// A folded result may be this large, or as large as what it is made from: folding must not make a model grow.
constexpr size_t free_growth = size_t{1} << 20U;

class Folder {
 public:
  Folder(const std::vector<Value>& values, Patch& patch, bool dequantizes)
      : values_(values), patch_(patch), dequantizes_(dequantizes) {}

  // Whether the node's outputs are constants from now on.
  bool fold(const NodePointer& pointer) {
    const Node& node = *pointer;
    if (node.op == nullptr || node.op->prepare == nullptr || !node.op->is_pure || !node.subgraphs.empty()) return false;
    if (!dequantizes_ && (node.op_type == "DequantizeLinear" || widens_weights(node))) return false;
    if (const Tensor* elements = literal(node)) {
      set(node.outputs[0], *elements);
      return true;
    }
    const bool all_known =
        std::ranges::all_of(node.inputs, [&](ValueId id) { return id == no_value || !constant(id).empty(); });
    if (!all_known && !node.op->reads_only_shapes) return false;
    std::vector<Constant> inputs;
    for (const ValueId id : node.inputs) inputs.push_back(id == no_value ? Constant() : constant(id));
    auto results = all_known ? evaluate_node(node, inputs) : evaluate_from_shapes(node);
    if (!results) return false;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != no_value && (*results)[i].empty()) return false;
    }
    const bool holds_memory = std::ranges::any_of(inputs, &Constant::holds_memory);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == no_value) continue;
      Tensor& result = (*results)[i];
      const bool large = result.bytes().size() >= Constant::large;
      set(node.outputs[i], large ? Constant(result.dtype(), result.shape(),
                                            {.make = repeat(pointer, inputs, i), .holds_memory = holds_memory}, result)
                                 : result);
    }
    return true;
  }

 private:
  [[nodiscard]] bool widens_weights(const Node& node) const {
    if (node.op_type != "Cast" || !node.domain.empty()) return false;
    const auto to = node.attributes.dtype("to", DType::undefined);
    if (!to || *to != DType::f32) return false;
    const Constant& weights = constant(node.inputs[0]);
    return is_half(weights.dtype()) && weights.rank() == 2 && weights.numel() > 0;
  }

  // The tensor of a Constant, which needs no copy.
  static const Tensor* literal(const Node& node) {
    if (node.op_type != "Constant" || !node.domain.empty()) return nullptr;
    for (const auto* name : {"value", "sparse_value"}) {
      const auto found = node.attributes.tensor(name);
      if (found && *found != nullptr) return *found;
    }
    return nullptr;
  }

  [[nodiscard]] const Constant& constant(ValueId id) const {
    const Constant* found = folded_.find(id);
    return found != nullptr ? *found : values_[id].constant;
  }

  static Result<std::vector<Tensor>> evaluate_node(const Node& node, std::span<const Constant> constants) {
    std::vector<Tensor> inputs;
    size_t input_bytes = 0;
    for (const Constant& constant : constants) {
      inputs.push_back(constant.elements());
      input_bytes += inputs.back().bytes().size();
    }
    return evaluate(node, inputs, std::max(free_growth, input_bytes));
  }

  // Makes the output again from constants that are only in memory meanwhile.
  static std::function<Result<Tensor>()> repeat(const NodePointer& node, const std::vector<Constant>& constants,
                                                size_t output) {
    return [=]() -> Result<Tensor> {
      std::vector<Tensor> inputs;
      for (const Constant& constant : constants) inputs.push_back(constant.elements());
      WEDGE_ASSIGN(auto results, evaluate(*node, inputs));
      for (const Constant& constant : constants) constant.drop();
      return std::move(results[output]);
    };
  }

  [[nodiscard]] Result<std::vector<Tensor>> evaluate_from_shapes(const Node& node) const {
    std::vector<Shape> shapes;
    for (const ValueId id : node.inputs) {
      const auto shape = node.op->reads_only_shapes && id != no_value ? values_[id].shape.concrete() : std::nullopt;
      if (!shape) return std::vector<Tensor>(node.outputs.size());
      shapes.push_back(*shape);
    }
    return evaluate_shapes(node, shapes);
  }

  void set(ValueId id, Constant elements) {
    patch_.make_constant(id, elements);
    folded_[id] = std::move(elements);
  }

  const std::vector<Value>& values_;
  Patch& patch_;
  bool dequantizes_;
  IdMap<Constant> folded_;
};

Patch fold(const std::vector<Value>& values, const Graph& graph, bool dequantizes) {
  Patch patch(values.size());
  Folder folder(values, patch, dequantizes);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (folder.fold(graph.nodes[i])) patch.remove(i);
  }
  return patch;
}

}  // namespace

Patch fold_constants(const std::vector<Value>& values, const Graph& graph) { return fold(values, graph, false); }

Patch fold_dequantized(const std::vector<Value>& values, const Graph& graph) { return fold(values, graph, true); }

}  // namespace wedge
