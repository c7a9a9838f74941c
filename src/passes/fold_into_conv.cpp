// A scale and a shift per channel that follow a convolution, transposed or not, become part of its weights and bias:
// BatchNormalization, and Mul, Div, Add and Sub with constants.
#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "base/result.h"
#include "base/seldom.h"
#include "passes/pass.h"
#include "passes/uses.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

// output = scale * convolution + shift, per channel.
struct Affine {
  std::vector<float> scale, shift;

  explicit Affine(size_t channels) : scale(channels, 1.0F), shift(channels, 0.0F) {}

  void multiply(size_t channel, float factor) {
    scale[channel] *= factor;
    shift[channel] *= factor;
  }
};

class Folder {
 public:
  Folder(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), uses_(graph), patch_(patch) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (node.domain.empty() && (node.op_type == "Conv" || node.op_type == "ConvTranspose")) fold(i);
    }
  }

 private:
  void fold(size_t at) {
    const Node& conv = *graph_.nodes[at];
    const Constant& weights = values_[conv.inputs[1]].constant;
    if (weights.dtype() != DType::f32 || weights.numel() == 0) return;
    const Shape& shape = weights.shape();
    const size_t axis = output_axis(conv);
    if (const auto groups = conv.attributes.integer("group", 1); axis == 1 && (!groups || *groups != 1)) return;
    const auto channels = static_cast<size_t>(shape[axis]);
    Affine affine(channels);
    if (conv.inputs.size() > 2 && conv.inputs[2] != no_value) {
      const auto bias = floats(conv.inputs[2]);
      if (bias.size() != channels) return;
      affine.shift.assign(bias.begin(), bias.end());
    }
    std::vector<size_t> taken = {at};
    ValueId result = conv.outputs[0];
    for (size_t reader = uses_.only_reader(result); reader != Uses::npos; reader = uses_.only_reader(result)) {
      const Node& node = *graph_.nodes[reader];
      if (!take(node, result, shape.rank(), affine)) break;
      taken.push_back(reader);
      result = node.outputs[0];
    }
    if (taken.size() > 1) replace(conv, weights, affine, taken, result);
  }

  // Where the output channels lie in the weights, of one group if it is transposed.
  static size_t output_axis(const Node& conv) { return conv.op_type == "ConvTranspose" ? 1 : 0; }

  // Whether the node was a scale and shift of the value, and is now in `affine`.
  bool take(const Node& node, ValueId input, size_t rank, Affine& affine) const {
    if (!node.domain.empty()) return false;
    if (node.op_type == "BatchNormalization") return take_normalization(node, input, affine);
    if (node.inputs.size() != 2 || node.inputs[0] == node.inputs[1]) return false;
    const bool first = node.inputs[0] == input;
    const auto numbers = per_channel(node.inputs[first ? 1 : 0], rank, affine.scale.size());
    if (!numbers) return false;
    for (size_t i = 0; i < affine.scale.size(); ++i) {
      const float number = (*numbers)[i];
      if (node.op_type == "Mul") {
        affine.multiply(i, number);
      } else if (node.op_type == "Div" && first) {
        affine.multiply(i, 1.0F / number);
      } else if (node.op_type == "Add") {
        affine.shift[i] += number;
      } else if (node.op_type == "Sub") {
        if (!first) affine.multiply(i, -1.0F);
        affine.shift[i] += first ? -number : number;
      } else {
        return false;
      }
    }
    return true;
  }

  WEDGE_SELDOM bool take_normalization(const Node& node, ValueId input, Affine& affine) const {
    const auto epsilon = node.attributes.number("epsilon", 1e-5F);
    const auto training = node.attributes.integer("training_mode", 0);
    const auto spatial = node.attributes.integer("spatial", 1);
    if (node.inputs.size() != 5 || node.inputs[0] != input || node.outputs.size() != 1) return false;
    if (!epsilon || !training || *training != 0 || !spatial || *spatial != 1) return false;
    std::span<const float> parameters[4];
    for (size_t i = 0; i < 4; ++i) {
      parameters[i] = floats(node.inputs[1 + i]);
      if (parameters[i].size() != affine.scale.size()) return false;
    }
    const auto& [scale, bias, mean, variance] = parameters;
    for (size_t i = 0; i < affine.scale.size(); ++i) {
      affine.shift[i] -= mean[i];
      affine.multiply(i, scale[i] / std::sqrt(variance[i] + *epsilon));
      affine.shift[i] += bias[i];
    }
    return true;
  }

  void replace(const Node& conv, const Constant& weights, const Affine& affine, std::span<const size_t> taken,
               ValueId result) {
    const auto shift =
        Tensor::from(std::span<const float>(affine.shift), Shape{static_cast<int64_t>(affine.shift.size())});
    if (!shift) return;
    const auto scale = [weights, axis = output_axis(conv), factors = affine.scale] {
      return scaled(weights, axis, factors);
    };
    const Constant folded_weights(DType::f32, weights.shape(), {.make = scale, .holds_memory = weights.holds_memory()});
    Node folded = conv;
    folded.inputs = {conv.inputs[0], add_constant(conv.name + " weights", folded_weights),
                     add_constant(conv.name + " bias", *shift)};
    folded.outputs = {result};
    for (const size_t node : taken) patch_.remove(node);
    patch_.insert(taken.back(), std::move(folded));
  }

  // The weights times the factors of their output channels, which lie along `axis`.
  static Result<Tensor> scaled(const Constant& weights, size_t axis, const std::vector<float>& factors) {
    WEDGE_ASSIGN(Tensor result, Tensor::allocate(DType::f32, weights.shape()));
    const Tensor elements = weights.elements();
    if (elements.empty()) return fail(ErrorCode::out_of_memory, "no memory for weights of shape ", weights.shape());
    const auto from = TensorRef(elements).as<const float>();
    const auto to = TensorRef(result).as<float>();
    const Shape& shape = weights.shape();
    const auto taps = static_cast<size_t>(shape.numel(axis + 1, shape.rank()));
    for (size_t first = 0; first < to.size(); first += taps) {
      const float factor = factors[first / taps % factors.size()];
      std::ranges::transform(from.subspan(first, taps), to.begin() + static_cast<ptrdiff_t>(first),
                             [&](float weight) { return weight * factor; });
    }
    weights.drop();
    return result;
  }

  ValueId add_constant(std::string name, const Constant& elements) {
    return patch_.add_value(
        {.name = std::move(name), .dtype = elements.dtype(), .shape = elements.shape(), .constant = elements});
  }

  // One number per channel, of a constant that broadcasts over images as one number or one per channel.
  [[nodiscard]] std::optional<std::vector<float>> per_channel(ValueId id, size_t rank, size_t channels) const {
    const auto elements = floats(id);
    if (elements.empty()) return std::nullopt;
    const Shape shape = values_[id].constant.shape();
    if (elements.size() == 1 && shape.rank() <= rank) return std::vector<float>(channels, elements[0]);
    const size_t before = rank - std::min(rank, shape.rank());
    const bool has_channel_axis =
        shape.rank() <= rank && before <= 1 && shape[1 - before] == static_cast<int64_t>(channels);
    if (!has_channel_axis || elements.size() != channels) return std::nullopt;
    return std::vector<float>(elements.begin(), elements.end());
  }

  // The elements of a constant of floats, else none.
  [[nodiscard]] std::span<const float> floats(ValueId id) const {
    if (id == no_value || values_[id].constant.empty() || values_[id].dtype != DType::f32) return {};
    const Tensor elements = values_[id].constant.elements();
    if (elements.empty()) return {};
    return TensorRef(elements).as<const float>();
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Uses uses_;
  Patch& patch_;
};

}  // namespace

Patch fold_into_conv(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Folder(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
