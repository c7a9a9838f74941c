// Lets convolutions of 3x3, 3x1 and 1x3 kernels trade some rounding error for fewer multiplications.
#include "passes/pass.h"

namespace wedge {
namespace {

// Axes of one tap or three, and one of three at least.
bool has_window_of_three(const SymbolicShape& weights) {
  bool has_three = false;
  for (size_t axis = 2; axis < weights.rank(); ++axis) {
    if (!weights[axis].is(1) && !weights[axis].is(3)) return false;
    has_three |= weights[axis].is(3);
  }
  return has_three;
}

}  // namespace

Patch allow_winograd(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = *graph.nodes[i];
    if (node.domain != "wedge" || node.op_type != "ChannelsLastConv" || node.attributes.has("winograd")) continue;
    if (!has_window_of_three(values[node.inputs[1]].shape)) continue;
    std::vector<Attribute> attributes(node.attributes.all().begin(), node.attributes.all().end());
    attributes.push_back({.name = "winograd", .value = int64_t{1}});
    Node allowed = node;
    allowed.attributes = Attributes(std::move(attributes));
    patch.replace(i, std::move(allowed));
  }
  return patch;
}

}  // namespace wedge
