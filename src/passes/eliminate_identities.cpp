// Drops nodes that give back their input, and merges chains of Reshape and of Transpose.
#include <algorithm>

#include "base/id_map.h"
#include "base/seldom.h"
#include "passes/match.h"
#include "passes/pass.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

class Eliminator {
 public:
  Eliminator(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch), outputs_(graph.outputs) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (!node.domain.empty() || node.inputs.empty() || node.inputs[0] == no_value) continue;
      if (const ValueId same = unchanged_input(node); same != no_value && !outputs_.contains(node.outputs[0])) {
        patch_.redirect(node.outputs[0], same);
        patch_.remove(i);
      } else if (node.op_type == "Reshape") {
        merge_reshapes(i);
      } else if (node.op_type == "Transpose") {
        merge_transposes(i);
      }
    }
  }

 private:
  // The input that output 0 is equal to; no_value when that is not known.
  [[nodiscard]] ValueId unchanged_input(const Node& node) const {
    const ValueId input = node.inputs[0];
    const std::string& name = node.op_type;
    if (name == "Dropout") return is_inference(node) ? input : no_value;
    if (node.outputs.size() != 1) return no_value;
    if (name == "Identity" || (name == "Concat" && node.inputs.size() == 1)) return input;
    const Value& before = values_[input];
    const Value& after = values_[node.outputs[0]];
    const bool same = same_shape(before.shape, after.shape);
    if (name == "Cast") return before.dtype != DType::undefined && before.dtype == after.dtype ? input : no_value;
    if (name == "Transpose") return keeps_order(node) ? input : no_value;
    for (const auto* form : {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand"}) {
      if (name == form) return same ? input : no_value;
    }
    if (name == "Slice") return same && has_unit_steps(node) ? input : no_value;
    if (name == "Pad") return is_zeros(match_.integers(node, "pads", 1)) ? input : no_value;
    return neutral(node);
  }

  // Neither a mask nor training is asked for.
  [[nodiscard]] WEDGE_SELDOM bool is_inference(const Node& node) const {
    if (node.outputs.size() > 1 && node.outputs[1] != no_value && match_.uses().reader_count(node.outputs[1]) > 0) {
      return false;
    }
    const auto old = node.attributes.integer("is_test", 1);
    if (!old || *old == 0) return false;
    if (node.inputs.size() < 3 || node.inputs[2] == no_value) return true;
    const Tensor training = values_[node.inputs[2]].constant.elements();
    return !training.empty() && training.dtype() == DType::boolean && training.numel() == 1 &&
           !TensorRef(training).as<const bool>()[0];
  }

  [[nodiscard]] WEDGE_SELDOM static bool keeps_order(const Node& node) {
    const auto order = node.attributes.integers("perm");
    return order && !order->empty() && std::ranges::is_sorted(*order);
  }

  [[nodiscard]] WEDGE_SELDOM bool has_unit_steps(const Node& node) const {
    if (node.inputs.size() < 5 || node.inputs[4] == no_value) return true;
    const auto steps = match_.integers(node, "", 4);
    return steps && std::ranges::all_of(*steps, [](int64_t step) { return step == 1; });
  }

  [[nodiscard]] static bool is_zeros(const std::optional<std::vector<int64_t>>& numbers) {
    return numbers && !numbers->empty() && std::ranges::all_of(*numbers, [](int64_t number) { return number == 0; });
  }

  // The operand that arithmetic with a constant leaves as it is.
  [[nodiscard]] ValueId neutral(const Node& node) const {
    const bool ordered = node.op_type == "Sub" || node.op_type == "Div" || node.op_type == "Pow";
    const bool is_sum = node.op_type == "Add" || node.op_type == "Sub";
    if (!ordered && !is_sum && node.op_type != "Mul") return no_value;
    const auto found = match_.with_number(node, ordered);
    return found && found->number == (is_sum ? 0.0F : 1.0F) ? found->value : no_value;
  }

  // The elements keep their order, so only the last shape counts, unless it refers to the one before.
  void merge_reshapes(size_t at) {
    const Node& last = *graph_.nodes[at];
    const Node* first = match_.maker(last.inputs[0], "Reshape");
    const auto target = match_.integers(last, "shape", 1);
    if (first == nullptr || !target || std::ranges::find(*target, 0) != target->end()) return;
    Node merged = last;
    merged.inputs[0] = first->inputs[0];
    patch_.replace(at, std::move(merged));
  }

  WEDGE_SELDOM void merge_transposes(size_t at) {
    const Node& last = *graph_.nodes[at];
    const Node* first = match_.maker(last.inputs[0], "Transpose");
    if (first == nullptr) return;
    const auto inner = first->attributes.integers("perm");
    const auto outer = last.attributes.integers("perm");
    if (!inner || !outer || inner->empty() || inner->size() != outer->size()) return;
    std::vector<int64_t> order;
    for (const int64_t axis : *outer) {
      if (axis < 0 || axis >= static_cast<int64_t>(inner->size())) return;
      order.push_back((*inner)[static_cast<size_t>(axis)]);
    }
    Node merged = last;
    merged.inputs[0] = first->inputs[0];
    merged.attributes = Attributes({{.name = "perm", .value = std::move(order)}});
    patch_.replace(at, std::move(merged));
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
  IdSet outputs_;
};

}  // namespace

Patch eliminate_identities(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Eliminator(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
