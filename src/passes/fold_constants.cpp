// Computes at load what does not depend on the feeds.
#include <algorithm>
#include <unordered_map>

#include "ops/evaluate.h"
#include "ops/operator.h"
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
  bool fold(const Node& node) {
    if (node.op == nullptr || node.op->prepare == nullptr || !node.op->is_pure || !node.subgraphs.empty()) return false;
    if (!dequantizes_ && node.op_type == "DequantizeLinear") return false;
    if (const Tensor* elements = literal(node)) {
      set(node.outputs[0], *elements);
      return true;
    }
    auto results = evaluate_node(node);
    if (!results) return false;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != no_value && (*results)[i].empty()) return false;
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != no_value) set(node.outputs[i], std::move((*results)[i]));
    }
    return true;
  }

 private:
  // The tensor of a Constant, which needs no copy.
  static const Tensor* literal(const Node& node) {
    if (node.op_type != "Constant" || !node.domain.empty()) return nullptr;
    for (const auto* name : {"value", "sparse_value"}) {
      const auto found = node.attributes.tensor(name);
      if (found && *found != nullptr) return *found;
    }
    return nullptr;
  }

  [[nodiscard]] const Tensor* constant(ValueId id) const {
    if (const auto found = folded_.find(id); found != folded_.end()) return &found->second;
    return values_[id].constant.empty() ? nullptr : &values_[id].constant;
  }

  [[nodiscard]] Result<std::vector<Tensor>> evaluate_node(const Node& node) const {
    std::vector<Tensor> inputs;
    size_t input_bytes = 0;
    for (const ValueId id : node.inputs) {
      if (id == no_value) {
        inputs.emplace_back();
        continue;
      }
      const Tensor* elements = constant(id);
      if (elements == nullptr) return evaluate_from_shapes(node);
      inputs.push_back(*elements);
      input_bytes += elements->bytes().size();
    }
    return evaluate(node, inputs, std::max(free_growth, input_bytes));
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

  void set(ValueId id, Tensor elements) {
    patch_.make_constant(id, elements);
    folded_.insert_or_assign(id, std::move(elements));
  }

  const std::vector<Value>& values_;
  Patch& patch_;
  bool dequantizes_;
  std::unordered_map<ValueId, Tensor> folded_;
};

Patch fold(const std::vector<Value>& values, const Graph& graph, bool dequantizes) {
  Patch patch(values.size());
  Folder folder(values, patch, dequantizes);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (folder.fold(*graph.nodes[i])) patch.remove(i);
  }
  return patch;
}

}  // namespace

Patch fold_constants(const std::vector<Value>& values, const Graph& graph) { return fold(values, graph, false); }

Patch fold_dequantized(const std::vector<Value>& values, const Graph& graph) { return fold(values, graph, true); }

}  // namespace wedge
