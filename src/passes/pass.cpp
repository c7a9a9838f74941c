#include "passes/pass.h"

#include <algorithm>
#include <array>

#include "base/built_in_parts.h"

namespace wedge {
namespace {

constexpr Pass dead_nodes{.name = "eliminate_dead_nodes", .run = eliminate_dead_nodes};

constexpr Pass all_basic[] = {
    {.name = "fold_constants", .run = fold_constants},
    {.name = "eliminate_identities", .run = eliminate_identities},
    dead_nodes,
};

constexpr std::string_view activations[] = {"Erf", "Tanh", "Sigmoid", "HardSigmoid", "Clip"};
constexpr std::string_view roots[] = {"Sqrt"};
constexpr std::string_view softmaxes[] = {"Softmax"};
constexpr std::string_view fused_convolutions[] = {"FusedConv"};
constexpr std::string_view quantizers[] = {"QuantizeLinear"};
constexpr std::string_view pads[] = {"Pad"};
constexpr std::string_view convolutions[] = {"Conv", "ConvTranspose"};
constexpr std::string_view windows[] = {"Conv", "QLinearConv", "MaxPool", "AveragePool"};
constexpr std::string_view channels_last[] = {"ChannelsLastConv"};
constexpr std::string_view finished_convolutions[] = {"ChannelsLastConv", "ConvTranspose"};
constexpr std::string_view products[] = {"MatMul", "BiasedMatMul"};
constexpr std::string_view normalizations[] = {"LayerNormalization", "RMSNormalization"};
constexpr std::string_view integer_products[] = {"MatMulInteger"};

constexpr Pass all_further[] = {
    {.name = "widen_floats", .run = widen_floats},
    {.name = "eliminate_duplicates", .run = eliminate_duplicates},
    {.name = "recognize_activations", .run = recognize_activations, .about = activations},
    {.name = "recognize_layer_normalization", .run = recognize_layer_normalization, .about = roots},
    {.name = "recognize_attention", .run = recognize_attention, .about = softmaxes},
    {.name = "split_fused_conv", .run = split_fused_conv, .about = fused_convolutions},
    {.name = "make_integer", .run = make_integer, .about = quantizers},
    {.name = "fold_dequantized", .run = fold_dequantized},
    {.name = "fold_pads", .run = fold_pads, .about = pads},
    {.name = "fold_into_conv", .run = fold_into_conv, .about = convolutions},
    {.name = "move_channels_last", .run = move_channels_last, .about = windows},
    {.name = "fuse_conv", .run = fuse_conv, .about = finished_convolutions},
    {.name = "allow_winograd", .run = allow_winograd, .about = channels_last},
    {.name = "chain_conv", .run = chain_conv, .about = channels_last},
    {.name = "fuse_matmul", .run = fuse_matmul, .about = products},
    {.name = "fuse_skip_normalization", .run = fuse_skip_normalization, .about = normalizations},
    {.name = "scale_integer_products", .run = scale_integer_products, .about = integer_products},
    {.name = "fuse_elementwise", .run = fuse_elementwise},
};

constexpr bool is_built_in(const Pass& pass) {
  return built_in::has_pass(pass.name) && (pass.about.empty() || std::ranges::any_of(pass.about, built_in::reads));
}

// The linker drops the others, which nothing names.
template <const auto& all>
constexpr auto built_in_passes() {
  std::array<Pass, std::ranges::count_if(all, is_built_in)> passes;
  std::ranges::copy_if(all, passes.begin(), is_built_in);
  return passes;
}

constexpr auto basic = built_in_passes<all_basic>();
constexpr auto further = built_in_passes<all_further>();

bool concerns(const Pass& pass, const Graph& graph) {
  return pass.about.empty() || std::ranges::any_of(graph.nodes, [&](const NodePointer& node) {
           return std::ranges::find(pass.about, node->op_type) != pass.about.end();
         });
}

Graph apply_pass(const Pass& pass, Graph graph, std::vector<Value>& values) {
  for (NodePointer& node : graph.nodes) {
    if (node->subgraphs.empty()) continue;
    Node copy = *node;
    for (auto& subgraph : copy.subgraphs) {
      subgraph = std::make_shared<const Graph>(apply_pass(pass, *subgraph, values));
    }
    node = std::make_shared<const Node>(std::move(copy));
  }
  if (!concerns(pass, graph)) return graph;
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
