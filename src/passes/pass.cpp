#include "passes/pass.h"

#include <algorithm>

namespace wedge {
namespace {

constexpr Pass dead_nodes{.name = "eliminate_dead_nodes", .run = eliminate_dead_nodes};

constexpr Pass basic[] = {
    {.name = "fold_constants", .run = fold_constants},
    {.name = "eliminate_identities", .run = eliminate_identities},
    dead_nodes,
};

constexpr Pass further[] = {
    {.name = "eliminate_duplicates", .run = eliminate_duplicates},
    {.name = "recognize_activations", .run = recognize_activations},
    {.name = "recognize_layer_normalization", .run = recognize_layer_normalization},
    {.name = "recognize_attention", .run = recognize_attention},
    {.name = "split_fused_conv", .run = split_fused_conv},
    {.name = "make_integer", .run = make_integer},
    {.name = "fold_dequantized", .run = fold_dequantized},
    {.name = "fold_pads", .run = fold_pads},
    {.name = "fold_into_conv", .run = fold_into_conv},
    {.name = "move_channels_last", .run = move_channels_last},
    {.name = "fuse_conv", .run = fuse_conv},
    {.name = "allow_winograd", .run = allow_winograd},
    {.name = "fuse_matmul", .run = fuse_matmul},
    {.name = "scale_integer_products", .run = scale_integer_products},
    {.name = "fuse_elementwise", .run = fuse_elementwise},
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
  if (patch.empty()) return graph;
  Graph rewritten = patch.apply(graph, values);
  // A small build may not have what the rewrite makes.
  const bool is_whole =
      std::ranges::all_of(rewritten.nodes, [](const NodePointer& node) { return node->op != nullptr; });
  return is_whole ? rewritten : graph;
}

bool leaves_out(std::span<const std::string> without, const Pass& pass) {
  return std::ranges::find(without, pass.name) != without.end();
}

}  // namespace

std::span<const Pass> basic_passes() { return basic; }
std::span<const Pass> further_passes() { return further; }

Graph apply_passes(std::span<const Pass> passes, std::span<const std::string> without, Graph graph,
                   std::vector<Value>& values, PassLog* log) {
  for (const Pass& pass : passes) {
    if (leaves_out(without, pass)) continue;
    if (log != nullptr) log->begin(graph);
    graph = apply_pass(pass, std::move(graph), values);
    // What a rewrite no longer needs would count as a reader in the next.
    if (!leaves_out(without, dead_nodes)) graph = apply_pass(dead_nodes, std::move(graph), values);
    if (log != nullptr) log->end(pass.name, graph);
  }
  return graph;
}

}  // namespace wedge
