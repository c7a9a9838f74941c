// What follows a convolution is done while its sums are at hand: the addition of a tensor as large as the output, then
// an activation, then a number that all are multiplied by and one that is added.

#include "ops/fused_activation.h"
#include "ops/inference.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

constexpr size_t residual_input = 3;

class Fuser {
 public:
  Fuser(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (node.domain == "wedge" && node.op_type == "ChannelsLastConv" && !node.attributes.has("activation")) fuse(i);
      if (node.domain.empty() && node.op_type == "ConvTranspose") fuse_transposed(i);
    }
  }

 private:
  void fuse(size_t conv) {
    Node fused = *graph_.nodes[conv];
    std::vector<size_t> taken = {conv};
    if (fused.inputs.size() <= residual_input) add_residual(fused, taken);
    add_activation(fused, taken);
    replace(std::move(fused), taken);
  }

  void fuse_transposed(size_t conv) {
    const Node& node = *graph_.nodes[conv];
    if (!match_.is_floats(node.outputs[0])) return;
    const auto own = node.attributes.all();
    Node fused = made_node(node, "wedge", "ActivatedConvTranspose", 1, node.inputs, {own.begin(), own.end()});
    std::vector<size_t> taken = {conv};
    add_activation(fused, taken);
    if (fused.op != nullptr) replace(std::move(fused), taken);
  }

  void replace(Node fused, const std::vector<size_t>& taken) {
    if (taken.size() == 1) return;
    for (const size_t node : taken) patch_.remove(node);
    taken_.insert_all(taken);
    patch_.insert(taken.back(), std::move(fused));
  }

  void add_residual(Node& fused, std::vector<size_t>& taken) {
    const size_t reader = match_.uses().only_reader(fused.outputs[0]);
    if (reader == Uses::npos || taken_.contains(reader)) return;
    const Node& sum = *graph_.nodes[reader];
    if (!sum.domain.empty() || sum.op_type != "Add" || sum.inputs.size() != 2) return;
    const ValueId other = sum.inputs[0] == fused.outputs[0] ? sum.inputs[1] : sum.inputs[0];
    if (other == fused.outputs[0] || other == no_value) return;
    if (!same_shape(values_[other].shape, values_[fused.outputs[0]].shape)) return;
    // Of two convolutions that are added the later one takes the sum.
    const size_t other_maker = match_.uses().maker(other);
    if (other_maker != Uses::npos && other_maker > taken.back() && is_free_conv(other_maker, other)) return;
    fused.inputs.resize(residual_input, no_value);
    fused.inputs.push_back(other);
    fused.outputs = sum.outputs;
    taken.push_back(reader);
  }

  [[nodiscard]] bool is_free_conv(size_t maker, ValueId output) const {
    const Node& node = *graph_.nodes[maker];
    return node.domain == "wedge" && node.op_type == "ChannelsLastConv" && node.inputs.size() <= residual_input &&
           !node.attributes.has("activation") && match_.uses().only_reader(output) != Uses::npos;
  }

  void add_activation(Node& fused, std::vector<size_t>& taken) {
    const size_t reader = match_.uses().only_reader(fused.outputs[0]);
    if (reader == Uses::npos || taken_.contains(reader)) return;
    const Node& activation = *graph_.nodes[reader];
    if (activation.inputs[0] != fused.outputs[0]) return;
    const auto found = fused_activation_of(activation, [&](ValueId id) { return values_[id].constant.elements(); });
    if (!found) return;
    add_attributes(fused, activation_attributes(*found));
    fused.outputs = activation.outputs;
    taken.push_back(reader);
    add_number(fused, taken, "Mul", "scale");
    add_number(fused, taken, "Add", "shift");
  }

  // Takes in the operator that combines the result with a number.
  void add_number(Node& fused, std::vector<size_t>& taken, std::string_view op_type, std::string_view attribute) {
    const Node* node = match_.reader(fused.outputs[0], op_type);
    const auto operands = node == nullptr ? std::nullopt : match_.with_number(*node);
    if (!operands || operands->value != fused.outputs[0]) return;
    const size_t position = match_.position(node->outputs[0]);
    if (taken_.contains(position)) return;
    add_attributes(fused, {{.name = std::string(attribute), .value = operands->number}});
    fused.outputs = node->outputs;
    taken.push_back(position);
  }

  static void add_attributes(Node& fused, const std::vector<Attribute>& attributes) {
    std::vector<Attribute> all(fused.attributes.all().begin(), fused.attributes.all().end());
    all.insert(all.end(), attributes.begin(), attributes.end());
    fused.attributes = Attributes(std::move(all));
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
  IdSet taken_;
};

}  // namespace

Patch fuse_conv(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Fuser(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
