// Lets convolutions of 3x3, 3x1 and 1x3 kernels trade some rounding error for fewer multiplications.
#include "passes/pass.h"

namespace wedge {
namespace {

bool has_window_of_three(const SymbolicShape& weights) {
  return weights.rank() == 4 && weights[2].is(3) && weights[3].is(3);
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
