// Convolutions whose images between are larger than a cache become one step (ConvChain), which goes through all of them
// a few rows at a time: the expansion, the filter and the projection of an inverted residual block (Sandler et al.,
// "MobileNetV2", 2018), say.
#include "kernels/conv_chain.h"
#include "ops/conv_chain.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

constexpr size_t residual_input = 3;
// Images of fewer bytes stay in the second-level cache by themselves.
constexpr int64_t smallest_image = int64_t{1} << 20;
// All weights pass by with every few rows.
constexpr int64_t largest_weights = int64_t{256} << 10;

class Chainer {
 public:
  Chainer(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (!taken_.contains(i) && can_start(*graph_.nodes[i])) chain(i);
    }
  }

 private:
  void chain(size_t first) {
    std::vector<size_t> taken = {first};
    std::vector<const Node*> convs = {graph_.nodes[first].get()};
    while (convs.size() < kernels::longest_chain && !has_residual(*convs.back())) {
      const ValueId image = convs.back()->outputs[0];
      const size_t reader = is_large(image) ? match_.uses().only_reader(image) : Uses::npos;
      if (reader == Uses::npos || !can_follow(*graph_.nodes[reader], image)) break;
      taken.push_back(reader);
      convs.push_back(graph_.nodes[reader].get());
    }
    if (convs.size() == 1) return;
    ConvChainParts parts = conv_chain_parts(convs);
    Node made = made_node(*convs.back(), "wedge", "ConvChain", 1, std::move(parts.inputs), std::move(parts.attributes));
    if (made.op == nullptr) return;
    for (const size_t node : taken) patch_.remove(node);
    taken_.insert_all(taken);
    patch_.insert(taken.back(), std::move(made));
  }

  static bool has_residual(const Node& conv) {
    return conv.inputs.size() > residual_input && conv.inputs[residual_input] != no_value;
  }

  // One image of a known size, in two dimensions.
  [[nodiscard]] bool is_large(ValueId image) const {
    const SymbolicShape& shape = values_[image].shape;
    if (!shape.has_rank() || shape.rank() != 4) return false;
    const Dim elements = shape.numel(1, 4);
    return elements.is_known() && saturating_mul(elements.value(), sizeof(float)) >= smallest_image;
  }

  [[nodiscard]] bool is_conv(const Node& node) const {
    if (node.domain != "wedge" || node.op_type != "ChannelsLastConv") return false;
    const Value& weights = values_[node.inputs[1]];
    if (weights.constant.empty() || !weights.shape.has_rank() || weights.shape.rank() != 4) return false;
    const Dim elements = weights.shape.numel();
    return elements.is_known() && saturating_mul(elements.value(), sizeof(float)) <= largest_weights;
  }

  [[nodiscard]] bool can_start(const Node& node) const {
    if (!is_conv(node) || !values_[node.inputs[0]].shape.has_rank()) return false;
    if (is_pointwise(node) || is_depthwise(node)) return true;
    // Kernels of three taps multiply less on their own, unless they skip pixels.
    const auto strides = node.attributes.integers("strides");
    const auto group = node.attributes.integer("group", 1);
    return strides && strides->size() == 2 && (*strides)[0] > 1 && (*strides)[1] > 1 && group && *group == 1;
  }

  [[nodiscard]] bool can_follow(const Node& node, ValueId image) const {
    return is_conv(node) && node.inputs[0] == image && (is_pointwise(node) || is_depthwise(node));
  }

  [[nodiscard]] bool is_pointwise(const Node& conv) const {
    const SymbolicShape& weights = values_[conv.inputs[1]].shape;
    const auto group = conv.attributes.integer("group", 1);
    return weights[2].is(1) && weights[3].is(1) && group && *group == 1;
  }

  [[nodiscard]] bool is_depthwise(const Node& conv) const {
    const SymbolicShape& weights = values_[conv.inputs[1]].shape;
    const auto group = conv.attributes.integer("group", 1);
    return group && *group > 1 && weights[0].is(*group) && weights[1].is(1);
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
  IdSet taken_;
};

}  // namespace

Patch chain_conv(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Chainer(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
