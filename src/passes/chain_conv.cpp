// Convolutions whose images between are larger than a cache become one step (ConvChain), which goes through all of them
// a few rows at a time: the expansion, the filter and the projection of an inverted residual block (Sandler et al.,
// "MobileNetV2", 2018), say.
#include <optional>

#include "kernels/conv_chain.h"
#include "ops/channels_last.h"
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

  // What the node computes of one image, when that is known and the weights are constant and few.
  [[nodiscard]] std::optional<kernels::Conv2d> conv_of(const Node& node) const {
    if (node.domain != "wedge" || node.op_type != "ChannelsLastConv") return std::nullopt;
    const Value& weights = values_[node.inputs[1]];
    SymbolicShape image = values_[node.inputs[0]].shape;
    if (weights.constant.empty() || !image.has_rank() || image.rank() != 4) return std::nullopt;
    image[0] = Dim(1);
    const Dim elements = weights.shape.numel();
    if (!image.concrete() || !elements.is_known()) return std::nullopt;
    if (saturating_mul(elements.value(), sizeof(float)) > largest_weights) return std::nullopt;
    const InputInfo inputs[] = {{.present = true, .dtype = DType::f32, .shape = image},
                                {.present = true, .dtype = DType::f32, .shape = weights.shape}};
    const auto geometry = read_channels_last_conv(NodeView(node, inputs));
    return geometry ? std::optional(geometry->two_dimensional()) : std::nullopt;
  }

  // Kernels of three taps may multiply less on their own.
  [[nodiscard]] bool can_start(const Node& node) const {
    const auto conv = conv_of(node);
    const auto winograd = node.attributes.flag("winograd", false);
    return conv && winograd && kernels::suits_chain(*conv, true) &&
           kernels::choose_conv_method(*conv, *winograd) == kernels::chained_method(*conv);
  }

  [[nodiscard]] bool can_follow(const Node& node, ValueId image) const {
    const auto conv = conv_of(node);
    return conv && node.inputs[0] == image && kernels::suits_chain(*conv, false);
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
