#include "passes/pass.h"

#include <algorithm>

namespace wedge {
namespace {

constexpr Pass basic[] = {
    {.name = "fold_constants", .run = fold_constants},
    {.name = "eliminate_dead_nodes", .run = eliminate_dead_nodes},
};

constexpr Pass further[] = {
    {.name = "make_integer", .run = make_integer},     {.name = "fold_dequantized", .run = fold_dequantized},
    {.name = "fold_into_conv", .run = fold_into_conv}, {.name = "move_channels_last", .run = move_channels_last},
    {.name = "fuse_conv", .run = fuse_conv},           {.name = "allow_winograd", .run = allow_winograd},
};

Graph apply_pass(const Pass& pass, Graph graph, std::vector<Value>& values) {
  for (NodePointer& node : graph.nodes) {
    if (node->subgraphs.empty()) continue;
    Node copy = *node;
    for (auto& subgraph : copy.subgraphs) {
      subgraph = std::make_shared<const Graph>(apply_pass(pass, *subgraph, values));
    }
    node = std::make_shared<const Node>(std::move(copy));
  }
  const Patch patch = pass.run(values, graph);
  return patch.empty() ? graph : patch.apply(graph, values);
}

}  // namespace

std::span<const Pass> basic_passes() { return basic; }
std::span<const Pass> further_passes() { return further; }

Graph apply_passes(std::span<const Pass> passes, std::span<const std::string> without, Graph graph,
                   std::vector<Value>& values) {
  for (const Pass& pass : passes) {
    if (std::ranges::find(without, pass.name) == without.end()) graph = apply_pass(pass, std::move(graph), values);
  }
  return graph;
}

}  // namespace wedge
