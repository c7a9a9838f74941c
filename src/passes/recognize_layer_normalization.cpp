// LayerNormalization and RMSNormalization written out as means, squares and roots become one operator each.
#include "ops/inference.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

class Recognizer {
 public:
  Recognizer(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : graph_(graph), match_(values, graph), patch_(patch) {}

  void run() {
    for (const NodePointer& node : graph_.nodes) {
      if (node->domain.empty() && node->op_type == "Sqrt") recognize(*node);
    }
  }

 private:
  // The operand of a mean over the last axis that keeps it.
  [[nodiscard]] std::optional<ValueId> averaged(ValueId id) const {
    const Node* mean = match_.maker(id, "ReduceMean");
    if (mean == nullptr || !match_.is_floats(mean->inputs[0])) return std::nullopt;
    const auto axes = match_.integers(*mean, "axes", 1);
    const auto keeps = mean->attributes.integer("keepdims", 1);
    const SymbolicShape& shape = match_.value(mean->inputs[0]).shape;
    if (!axes || axes->size() != 1 || !keeps || *keeps == 0 || !shape.has_rank()) return std::nullopt;
    if ((*axes)[0] != -1 && (*axes)[0] != static_cast<int64_t>(shape.rank()) - 1) return std::nullopt;
    return mean->inputs[0];
  }

  // x, when `id` is x minus its mean.
  [[nodiscard]] std::optional<ValueId> centred_from(ValueId id) const {
    const Node* difference = match_.maker(id, "Sub");
    if (difference == nullptr || averaged(difference->inputs[1]) != difference->inputs[0]) return std::nullopt;
    return difference->inputs[0];
  }

  // The node that divides `numerator` by `root`.
  [[nodiscard]] const Node* quotient(ValueId numerator, ValueId root) const {
    if (const Node* inverse = match_.reader(root, "Reciprocal")) return product_with(inverse->outputs[0], numerator);
    const Node* node = match_.reader(root, "Div");
    if (node == nullptr || node->inputs[1] != root) return nullptr;
    if (const auto one = match_.number(node->inputs[0]); one && *one == 1 && numerator != node->inputs[0]) {
      return product_with(node->outputs[0], numerator);
    }
    return is_same(node->inputs[0], numerator) ? node : nullptr;
  }

  [[nodiscard]] const Node* product_with(ValueId factor, ValueId numerator) const {
    const Node* node = match_.reader(factor, "Mul");
    return node != nullptr && is_same(Match::other(*node, factor), numerator) ? node : nullptr;
  }

  // Two subtractions of the same mean are sometimes written out.
  [[nodiscard]] bool is_same(ValueId a, ValueId b) const {
    if (a == b) return true;
    const auto from = centred_from(a);
    return from && from == centred_from(b);
  }

  void recognize(const Node& root) {
    const auto sum = match_.with_number(root.inputs[0], "Add");
    const auto squares = sum ? averaged(sum->value) : std::nullopt;
    const auto deviation = squares ? match_.squared(*squares) : std::nullopt;
    if (!deviation) return;
    const auto centred = centred_from(*deviation);
    const ValueId input = centred.value_or(*deviation);
    const Node* last = quotient(*deviation, root.outputs[0]);
    if (last == nullptr) return;
    const Dim columns = last_dim(match_.value(input).shape);
    const Node* scaled = match_.reader(last->outputs[0], "Mul");
    if (scaled == nullptr) return;
    const ValueId scale = Match::other(*scaled, last->outputs[0]);
    if (!match_.is_row(scale, columns)) return;
    last = scaled;
    std::vector<ValueId> inputs = {input, scale};
    const Node* shifted = centred ? match_.reader(last->outputs[0], "Add") : nullptr;
    if (shifted != nullptr && match_.is_row(Match::other(*shifted, last->outputs[0]), columns)) {
      inputs.push_back(Match::other(*shifted, last->outputs[0]));
      last = shifted;
    }
    const Attribute axis{.name = "axis", .value = int64_t{-1}};
    const Attribute epsilon{.name = "epsilon", .value = sum->number};
    Node made = made_node(*last, "", centred ? "LayerNormalization" : "RMSNormalization", centred ? 17 : 23,
                          std::move(inputs), {axis, epsilon});
    if (made.op != nullptr) patch_.replace(match_.position(last->outputs[0]), std::move(made));
  }

  const Graph& graph_;
  Match match_;
  Patch& patch_;
};

}  // namespace

Patch recognize_layer_normalization(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Recognizer(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
