// Products of 8-bit matrices that become floats by a cast, a scale and perhaps a bias are one step that does all of it
// while the sums are in registers: what dynamic quantisation leaves behind.
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

// A scale for all of one operand, and for all or each column of the other.
struct OperandScales {
  ValueId a = no_value;
  ValueId b = no_value;
};

class Fuser {
 public:
  Fuser(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch) {}

  void run() {
    for (const NodePointer& node : graph_.nodes) {
      if (node->domain.empty() && node->op_type == "MatMulInteger") fuse(*node);
    }
  }

 private:
  void fuse(const Node& product) {
    if (!is_matrix(product.inputs[0]) || !is_matrix(product.inputs[1])) return;
    const Dim columns = last_dim(values_[product.inputs[1]].shape);
    const Node* cast = match_.reader(product.outputs[0], "Cast");
    if (cast == nullptr || !match_.is_floats(cast->outputs[0])) return;
    const Node* scaled = match_.reader(cast->outputs[0], "Mul");
    if (scaled == nullptr) return;
    const OperandScales scales = scales_of(Match::other(*scaled, cast->outputs[0]), columns);
    if (scales.a == no_value) return;
    std::vector<const Node*> taken = {&product, cast, scaled};
    const auto input = [&](size_t i) { return i < product.inputs.size() ? product.inputs[i] : no_value; };
    std::vector<ValueId> inputs = {input(0), input(1), scales.a, scales.b, input(2), input(3)};
    if (const Node* sum = match_.reader(scaled->outputs[0], "Add"); sum != nullptr) {
      const ValueId bias = Match::other(*sum, scaled->outputs[0]);
      if (match_.is_row(bias, columns)) {
        inputs.push_back(bias);
        taken.push_back(sum);
      }
    }
    Node fused = made_node(*taken.back(), "com.microsoft", "MatMulIntegerToFloat", 1, std::move(inputs));
    if (fused.op != nullptr) replace_chain(patch_, match_, taken, std::move(fused));
  }

  [[nodiscard]] OperandScales scales_of(ValueId scale, Dim columns) const {
    const Node* product = match_.maker(scale, "Mul");
    if (product == nullptr) return {};
    const ValueId left = product->inputs[0];
    const ValueId right = product->inputs[1];
    const auto suits_b = [&](ValueId id) { return is_single(id) || match_.is_row(id, columns); };
    if (is_single(left) && suits_b(right)) return {left, right};
    if (is_single(right) && suits_b(left)) return {right, left};
    return {};
  }

  [[nodiscard]] bool is_single(ValueId id) const {
    const SymbolicShape& shape = values_[id].shape;
    return match_.is_floats(id) && shape.has_rank() && (shape.rank() == 0 || (shape.rank() == 1 && shape[0].is(1)));
  }

  [[nodiscard]] bool is_matrix(ValueId id) const {
    return values_[id].shape.has_rank() && values_[id].shape.rank() >= 2;
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
};

}  // namespace

Patch scale_integer_products(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Fuser(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
