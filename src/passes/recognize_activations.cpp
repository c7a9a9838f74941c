// Activations written out in arithmetic become one operator each: Gelu by erf and by tanh, x * sigmoid(alpha * x), and
// HardSwish.
#include <cmath>
#include <numbers>

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
      if (!node->domain.empty() || node->outputs.size() != 1) continue;
      if (node->op_type == "Erf") recognize_gelu(*node);
      if (node->op_type == "Tanh") recognize_tanh_gelu(*node);
      if (node->op_type == "Sigmoid") recognize_silu(*node);
      if (node->op_type == "HardSigmoid") recognize_hard_sigmoid(*node);
      if (node->op_type == "Clip") recognize_clip(*node);
    }
  }

 private:
  // x / 2 * (1 + erf(x / sqrt(2)))
  void recognize_gelu(const Node& erf) {
    const WithNumber argument = match_.product(erf.inputs[0]);
    if (!is_near(argument.number, 1 / std::numbers::sqrt2_v<float>)) return;
    if (const Node* last = half_of_one_more(erf, argument.value)) replace(*last, "", "Gelu", 20, argument.value);
  }

  // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  void recognize_tanh_gelu(const Node& tanh) {
    const WithNumber argument = match_.product(tanh.inputs[0]);
    const Node* sum = match_.maker(argument.value, "Add");
    if (sum == nullptr || !is_near(argument.number, std::sqrt(2 / std::numbers::pi_v<float>))) return;
    for (const ValueId x : sum->inputs) {
      const WithNumber term = match_.product(Match::other(*sum, x));
      if (!is_near(term.number, 0.044715F) || !is_cube(term.value, x)) continue;
      const Node* last = half_of_one_more(tanh, x);
      const Attribute form{.name = "approximate", .value = std::string("tanh")};
      if (last != nullptr) replace(*last, "", "Gelu", 20, x, {form});
      return;
    }
  }

  [[nodiscard]] bool is_cube(ValueId id, ValueId x) const {
    if (const auto power = match_.with_number(id, "Pow")) return power->number == 3 && power->value == x;
    const Node* product = match_.maker(id, "Mul");
    if (product == nullptr || (product->inputs[0] != x && product->inputs[1] != x)) return false;
    return match_.squared(Match::other(*product, x)) == x;
  }

  // The end of the products that make x / 2 * (1 + the node's output), in whatever order.
  [[nodiscard]] const Node* half_of_one_more(const Node& node, ValueId x) const {
    const Node* last = match_.reader(node.outputs[0], "Add");
    const auto one = last == nullptr ? std::nullopt : match_.with_number(*last);
    if (!one || one->number != 1) return nullptr;
    float factor = 1;
    bool has_x = false;
    while (!has_x || !is_near(factor, 0.5F)) {
      const ValueId made = last->outputs[0];
      last = match_.reader(made, "Mul");
      if (last == nullptr) return nullptr;
      if (const auto scaled = match_.with_number(*last)) {
        factor *= scaled->number;
        continue;
      }
      const ValueId other = Match::other(*last, made);
      const WithNumber scaled = other == x ? WithNumber{x, 1} : match_.product(other);
      if (has_x || scaled.value != x) return nullptr;
      has_x = true;
      factor *= scaled.number;
    }
    return last;
  }

  // x * sigmoid(alpha * x)
  void recognize_silu(const Node& sigmoid) {
    const Node* product = match_.reader(sigmoid.outputs[0], "Mul");
    if (product == nullptr || !match_.is_floats(sigmoid.inputs[0])) return;
    const ValueId x = Match::other(*product, sigmoid.outputs[0]);
    const WithNumber argument = x == sigmoid.inputs[0] ? WithNumber{x, 1} : match_.product(sigmoid.inputs[0]);
    const Attribute alpha{.name = "alpha", .value = argument.number};
    if (argument.value == x) replace(*product, "com.microsoft", "QuickGelu", 1, x, {alpha});
  }

  // x * hard_sigmoid(x) with the slope and shift of HardSwish
  void recognize_hard_sigmoid(const Node& sigmoid) {
    const Node* product = match_.reader(sigmoid.outputs[0], "Mul");
    const auto alpha = sigmoid.attributes.number("alpha", 0.2F);
    const auto beta = sigmoid.attributes.number("beta", 0.5F);
    if (product == nullptr || !alpha || !beta || !is_near(*alpha, 1.0F / 6) || *beta != 0.5F) return;
    const ValueId x = sigmoid.inputs[0];
    if (Match::other(*product, sigmoid.outputs[0]) == x && match_.is_floats(x))
      replace(*product, "", "HardSwish", 14, x);
  }

  // x * clip(x + 3, 0, 6) / 6, divided before or after it is multiplied
  void recognize_clip(const Node& clip) {
    const auto sum = match_.with_number(clip.inputs[0], "Add");
    if (!sum || sum->number != 3 || bound(clip, 1, "min") != 0.0F || bound(clip, 2, "max") != 6.0F) return;
    const ValueId x = sum->value;
    const Node* last = &clip;
    float factor = 1;
    bool has_x = false;
    while (!has_x || !is_near(factor, 1.0F / 6)) {
      const ValueId made = last->outputs[0];
      const size_t reader = match_.uses().only_reader(made);
      if (reader == Uses::npos) return;
      last = graph_.nodes[reader].get();
      if (!last->domain.empty() || last->outputs.size() != 1) return;
      if (const WithNumber scaled = match_.product(last->outputs[0]); scaled.value == made) {
        factor *= scaled.number;
      } else if (last->op_type == "Mul" && Match::other(*last, made) == x && !has_x) {
        has_x = true;
      } else {
        return;
      }
    }
    replace(*last, "", "HardSwish", 14, x);
  }

  [[nodiscard]] std::optional<float> bound(const Node& clip, size_t input, std::string_view attribute) const {
    if (input < clip.inputs.size()) return match_.number(clip.inputs[input]);
    const auto value = clip.attributes.number(attribute, std::nanf(""));
    return value ? std::optional(*value) : std::nullopt;
  }

  void replace(const Node& last, std::string_view domain, std::string_view op_type, int64_t version, ValueId x,
               std::vector<Attribute> attributes = {}) {
    Node made = made_node(last, domain, op_type, version, {x}, std::move(attributes));
    if (made.op != nullptr) patch_.replace(match_.position(last.outputs[0]), std::move(made));
  }

  const Graph& graph_;
  Match match_;
  Patch& patch_;
};

}  // namespace

Patch recognize_activations(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Recognizer(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
