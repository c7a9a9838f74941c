// Attention written out as two products with a softmax between them becomes one step, and the transpositions around it
// strides: softmax(scale * Q K^T, hidden by a Where, plus a mask) V.
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

using Order = std::initializer_list<int64_t>;

/// An operand as the step takes it.
struct HeadOperand {
  ValueId value = no_value;
  bool by_row = false;
};

/// The scores before softmax, seen from their end.
struct ScoreChain {
  const Node* product = nullptr;
  ValueId flags = no_value;
  ValueId mask = no_value;
  float fill = 0;
  float scale = 1;
};

class Recognizer {
 public:
  Recognizer(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : match_(values, graph), graph_(graph), patch_(patch) {}

  void run() {
    for (const NodePointer& node : graph_.nodes) {
      if (node->domain.empty() && node->op_type == "Softmax") recognize(*node);
    }
  }

 private:
  [[nodiscard]] bool has_four_dimensions(ValueId id) const {
    const SymbolicShape& shape = match_.value(id).shape;
    return match_.is_floats(id) && shape.has_rank() && shape.rank() == 4;
  }

  [[nodiscard]] static bool permutes(const Node* node, Order order) {
    if (node == nullptr) return false;
    const auto permutation = node->attributes.integers("perm");
    return permutation && std::ranges::equal(*permutation, order);
  }

  [[nodiscard]] static bool is_over_columns(const Node& softmax) {
    const auto axis = softmax.attributes.integer("axis", softmax.version >= 13 ? -1 : 1);
    return axis && (*axis == -1 || *axis == 3);
  }

  // The value alone goes into the next step of the chain.
  [[nodiscard]] const Node* inner(ValueId id, std::string_view op_type) const {
    return match_.uses().reader_count(id) == 1 ? match_.maker(id, op_type) : nullptr;
  }

  [[nodiscard]] bool scaled_product(ValueId id, ScoreChain& chain) const {
    if (match_.uses().reader_count(id) != 1) return false;
    const WithNumber scaled = match_.product(id);
    chain.scale = scaled.number;
    chain.product = inner(scaled.value, "MatMul");
    return chain.product != nullptr;
  }

  [[nodiscard]] bool hidden_product(ValueId id, ScoreChain& chain) const {
    const Node* hidden = inner(id, "Where");
    if (hidden == nullptr) return scaled_product(id, chain);
    const auto fill = match_.number(hidden->inputs[2]);
    if (!fill || match_.value(hidden->inputs[2]).shape.rank() > 4 || !fits(hidden->inputs[0])) return false;
    chain.flags = hidden->inputs[0];
    chain.fill = *fill;
    return scaled_product(hidden->inputs[1], chain);
  }

  [[nodiscard]] bool fits(ValueId mask) const {
    const SymbolicShape& shape = match_.value(mask).shape;
    return shape.has_rank() && shape.rank() <= 4;
  }

  [[nodiscard]] std::optional<ScoreChain> chain_to(ValueId id) const {
    if (const Node* masked = inner(id, "Add")) {
      for (const ValueId scores : masked->inputs) {
        const ValueId mask = Match::other(*masked, scores);
        ScoreChain chain{.mask = mask};
        if (match_.is_floats(mask) && fits(mask) && hidden_product(scores, chain)) return chain;
      }
      return std::nullopt;
    }
    ScoreChain chain;
    return hidden_product(id, chain) ? std::optional(chain) : std::nullopt;
  }

  [[nodiscard]] HeadOperand operand(ValueId id) const {
    const Node* transpose = match_.maker(id, "Transpose");
    return permutes(transpose, {0, 2, 1, 3}) ? HeadOperand{transpose->inputs[0], true} : HeadOperand{id, false};
  }

  // Keys are transposed in the product; where nothing does it, they are not rows.
  [[nodiscard]] std::optional<HeadOperand> key_operand(ValueId id) const {
    const Node* transpose = match_.maker(id, "Transpose");
    if (permutes(transpose, {0, 2, 3, 1})) return HeadOperand{transpose->inputs[0], true};
    if (permutes(transpose, {0, 1, 3, 2})) return operand(transpose->inputs[0]);
    return std::nullopt;
  }

  void recognize(const Node& softmax) {
    const Node* mixed = match_.reader(softmax.outputs[0], "MatMul");
    if (mixed == nullptr || mixed->inputs[0] != softmax.outputs[0] || mixed->inputs[1] == softmax.outputs[0]) return;
    if (!has_four_dimensions(softmax.inputs[0]) || !is_over_columns(softmax)) return;
    const auto chain = chain_to(softmax.inputs[0]);
    if (!chain || !has_four_dimensions(chain->product->inputs[0]) || !has_four_dimensions(chain->product->inputs[1]) ||
        !has_four_dimensions(mixed->inputs[1])) {
      return;
    }
    const auto key = key_operand(chain->product->inputs[1]);
    if (!key) return;
    const HeadOperand query = operand(chain->product->inputs[0]);
    const HeadOperand value = operand(mixed->inputs[1]);
    const Node* last = mixed;
    const Node* transpose = match_.reader(mixed->outputs[0], "Transpose");
    const bool by_row = permutes(transpose, {0, 2, 1, 3});
    if (by_row) last = transpose;
    const auto flag = [](const char* name, bool set) { return Attribute{.name = name, .value = int64_t{set ? 1 : 0}}; };
    Node made =
        made_node(*last, "wedge", "HeadAttention", 1, {query.value, key->value, value.value, chain->flags, chain->mask},
                  {flag("query_by_row", query.by_row),
                   flag("key_by_row", key->by_row),
                   flag("value_by_row", value.by_row),
                   flag("output_by_row", by_row),
                   {.name = "scale", .value = chain->scale},
                   {.name = "fill", .value = chain->fill}});
    if (made.op != nullptr) patch_.replace(match_.position(last->outputs[0]), std::move(made));
  }

  Match match_;
  const Graph& graph_;
  Patch& patch_;
};

}  // namespace

Patch recognize_attention(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Recognizer(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
