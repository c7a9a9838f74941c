// Convolutional networks with the channels as the last axis. Every convolution that the channels-last kernels cover is
// moved there between two transposes; what follows and does not care about the order of axes is moved too, so that
// images change their form once where they enter such a stretch and once where they leave it.
#include "ops/channels_last.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/id_map.h"
#include "base/seldom.h"
#include "base/text.h"
#include "ops/inference.h"
#include "passes/pass.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

// Where an axis of N, C, spatial … stands in N, spatial …, C.
int64_t moved_axis(int64_t axis, size_t rank) {
  if (axis < 0) axis += static_cast<int64_t>(rank);
  if (axis == 0) return 0;
  return axis == 1 ? static_cast<int64_t>(rank) - 1 : axis - 1;
}

std::vector<int64_t> to_channels_last(size_t rank) {
  std::vector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), int64_t{1});
  order.front() = 0;
  order.back() = 1;
  return order;
}

std::vector<int64_t> to_channels_second(size_t rank) {
  std::vector<int64_t> order(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    order[axis] = moved_axis(static_cast<int64_t>(axis), rank);
  }
  return order;
}

// Operators that work element by element, whatever the order of axes.
constexpr std::string_view elementwise[] = {
    "Abs",         "Add",       "Ceil",      "Clip",    "Div",      "Elu",      "Erf",  "Exp", "Floor", "Gelu",
    "HardSigmoid", "HardSwish", "LeakyRelu", "Log",     "Max",      "Min",      "Mish", "Mul", "Neg",   "Pow",
    "Reciprocal",  "Relu",      "Round",     "Sigmoid", "Softplus", "Softsign", "Sqrt", "Sub", "Tanh"};

class Mover {
 public:
  Mover(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), patch_(patch) {}

  void run() {
    for (at_ = 0; at_ < graph_.nodes.size(); ++at_) {
      const Node& node = *graph_.nodes[at_];
      if (move(node)) {
        patch_.remove(at_);
        continue;
      }
      for_each_use(node, [&](ValueId id) { bring_back(id); });
    }
    for (const ValueId id : graph_.outputs) bring_back(id);
  }

 private:
  // A value whose elements exist with the channels last.
  struct Twin {
    ValueId id = no_value;
    bool is_native = false;  // the value itself is made from the twin, and only where somebody needs it
    bool is_back = false;
  };

  [[nodiscard]] const Value& value(ValueId id) const { return values_[id]; }
  [[nodiscard]] size_t rank(ValueId id) const { return value(id).shape.rank(); }
  [[nodiscard]] bool is_image(ValueId id) const {
    const SymbolicShape& shape = value(id).shape;
    const DType dtype = value(id).dtype;
    return shape.has_rank() && (shape.rank() == 3 || shape.rank() == 4) &&
           (dtype == DType::f32 || dtype == DType::u8 || dtype == DType::i8);
  }
  [[nodiscard]] bool has_twin(ValueId id) const {
    const Twin* found = twins_.find(id);
    return found != nullptr && found->is_native;
  }

  bool move(const Node& node) {
    if (!node.subgraphs.empty() || node.inputs.empty() || node.inputs[0] == no_value) return false;
    if (node.domain.empty() && node.op_type == "Conv") return move_conv(node);
    if (node.domain.empty() && node.op_type == "QLinearConv") return move_integer_conv(node);
    if (node.domain == "wedge" && node.op_type == "QuantizedAdd") return move_integer_add(node);
    const bool is_quick_gelu = node.domain == "com.microsoft" && node.op_type == "QuickGelu";
    if ((!node.domain.empty() && !is_quick_gelu) ||
        std::ranges::none_of(node.inputs, [&](ValueId id) { return id != no_value && has_twin(id); })) {
      return false;
    }
    if (is_quick_gelu || std::ranges::find(elementwise, node.op_type) != std::end(elementwise)) {
      return move_elementwise(node);
    }
    if (!has_twin(node.inputs[0])) return false;
    if (node.op_type == "MaxPool" || node.op_type == "AveragePool") return move_pool(node);
    if (node.op_type == "QuantizeLinear" || node.op_type == "DequantizeLinear") return move_quantization(node);
    if (node.op_type == "GlobalAveragePool") return move_global_pool(node);
    if (node.op_type == "Concat") return move_concat(node);
    if (node.op_type == "Resize") return move_resize(node);
    if (node.op_type == "Transpose") return move_transpose(node);
    return false;
  }

  bool move_conv(const Node& node) {
    if (!is_image(node.inputs[0]) || value(node.inputs[0]).dtype != DType::f32) return false;
    if (value(node.inputs[1]).constant.empty()) return false;
    const Shape weights = value(node.inputs[1]).constant.shape();
    if (weights.rank() != rank(node.inputs[0]) || weights.numel() == 0) return false;
    return rewrite(node, "wedge", "ChannelsLastConv", {twin(node.inputs[0])}, 1);
  }

  WEDGE_SELDOM bool move_integer_conv(const Node& node) {
    if (node.inputs.size() < 8 || !is_image(node.inputs[0]) || value(node.inputs[3]).constant.empty()) return false;
    const Shape weights = value(node.inputs[3]).constant.shape();
    if (weights.rank() != rank(node.inputs[0]) || weights.numel() == 0) return false;
    return rewrite(node, "wedge", "ChannelsLastQLinearConv", {twin(node.inputs[0])}, 1);
  }

  WEDGE_SELDOM bool move_integer_add(const Node& node) {
    if (!has_twin(node.inputs[0]) && !has_twin(node.inputs[3])) return false;
    if (!is_image(node.inputs[0]) || !is_image(node.inputs[3])) return false;
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = twin(inputs[0]);
    inputs[3] = twin(inputs[3]);
    return rewrite(node, "wedge", "QuantizedAdd", inputs, inputs.size());
  }

  // One scale for all elements goes with any order of axes.
  WEDGE_SELDOM bool move_quantization(const Node& node) {
    if (node.inputs.size() < 2 || !value(node.inputs[1]).shape.numel().is(1)) return false;
    if (node.inputs.size() > 2 && !value(node.inputs[2]).shape.numel().is(1)) return false;
    if (!is_image(node.inputs[0]) || !is_image(node.outputs[0])) return false;
    return rewrite(node, "", node.op_type, {twin(node.inputs[0])}, 1);
  }

  bool move_pool(const Node& node) {
    if (node.outputs.size() != 1 || !is_image(node.inputs[0])) return false;
    if (node.op_type == "AveragePool" && value(node.inputs[0]).dtype != DType::f32) return false;
    return rewrite(node, "wedge", node.op_type == "MaxPool" ? "ChannelsLastMaxPool" : "ChannelsLastAveragePool",
                   {twin(node.inputs[0])}, 1);
  }

  WEDGE_SELDOM bool move_global_pool(const Node& node) {
    constexpr int64_t version_with_attribute = 13;
    std::vector<int64_t> axes(rank(node.inputs[0]) - 2);
    std::iota(axes.begin(), axes.end(), int64_t{1});
    Node moved = node;
    moved.attributes = Attributes({{.name = "axes", .value = axes}});
    moved.version = version_with_attribute;
    return rewrite(moved, "", "ReduceMean", {twin(node.inputs[0])}, 1);
  }

  WEDGE_SELDOM bool move_concat(const Node& node) {
    const auto axis = node.attributes.required_integer("axis");
    if (!axis) return false;
    std::vector<ValueId> inputs;
    for (const ValueId id : node.inputs) {
      if (id == no_value || !is_image(id) || rank(id) != rank(node.inputs[0])) return false;
    }
    for (const ValueId id : node.inputs) inputs.push_back(twin(id));
    Node moved = node;
    moved.attributes = Attributes({{.name = "axis", .value = moved_axis(*axis, rank(node.inputs[0]))}});
    return rewrite(moved, "", "Concat", inputs, inputs.size());
  }

  // Scales or sizes per axis change places with the axes.
  WEDGE_SELDOM bool move_resize(const Node& node) {
    // Regions to crop (input 1) are not looked at.
    const auto mode = node.attributes.string("coordinate_transformation_mode", "");
    if (node.attributes.has("axes") || node.version < 11 || !mode || *mode == "tf_crop_and_resize") return false;
    const size_t image_rank = rank(node.inputs[0]);
    std::vector<ValueId> inputs = {twin(node.inputs[0]), no_value};
    for (size_t i = 2; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == no_value) {
        inputs.push_back(id);
        continue;
      }
      if (value(id).shape.numel().is(0)) {
        inputs.push_back(no_value);
        continue;
      }
      const Tensor list = value(id).constant.elements();
      if (list.empty() || list.rank() != 1 || list.numel() != static_cast<int64_t>(image_rank)) return false;
      std::vector<size_t> order;
      for (const int64_t axis : to_channels_last(image_rank)) order.push_back(static_cast<size_t>(axis));
      const auto reordered = Tensor::zeros(list.dtype(), list.shape());
      if (!reordered) return false;
      const size_t width = byte_width(list.dtype());
      for (size_t axis = 0; axis < image_rank; ++axis) {
        std::copy_n(list.bytes().data() + order[axis] * width, width, TensorRef(*reordered).data + axis * width);
      }
      inputs.push_back(add_constant(value(id).name, *reordered));
    }
    return rewrite(node, "", "Resize", inputs, inputs.size());
  }

  // The order in which a transpose reads its input, taken from the twin instead.
  WEDGE_SELDOM bool move_transpose(const Node& node) {
    const auto order = node.attributes.integers("perm");
    const size_t image_rank = rank(node.inputs[0]);
    if (!order || order->size() != image_rank) return false;
    std::vector<int64_t> from_twin;
    for (const int64_t axis : *order) from_twin.push_back(moved_axis(axis, image_rank));
    Node moved = node;
    moved.inputs = {twin(node.inputs[0])};
    moved.attributes = Attributes({{.name = "perm", .value = from_twin}});
    patch_.insert(at_, std::move(moved));
    return true;
  }

  bool move_elementwise(const Node& node) {
    size_t image_rank = 0;
    for (const ValueId id : node.inputs) {
      if (id != no_value && has_twin(id)) image_rank = rank(id);
    }
    if (node.outputs.size() != 1 || !is_image(node.outputs[0]) || rank(node.outputs[0]) != image_rank) return false;
    for (const ValueId id : node.inputs) {
      if (id == no_value || has_twin(id)) continue;
      const bool is_scalar = value(id).shape.numel().is(1) && value(id).shape.rank() <= 1;
      if (!is_scalar && !(is_image(id) && rank(id) == image_rank) && !is_short_constant(id, image_rank)) return false;
    }
    std::vector<ValueId> inputs;
    for (const ValueId id : node.inputs) {
      const bool is_scalar = id == no_value || (value(id).shape.numel().is(1) && value(id).shape.rank() <= 1);
      if (is_scalar || !is_short_constant(id, image_rank)) {
        inputs.push_back(is_scalar ? id : twin(id));
        continue;
      }
      const auto wide = widened(id, image_rank);
      if (!wide) return false;
      inputs.push_back(*wide);
    }
    return rewrite(node, node.domain, node.op_type, inputs, inputs.size());
  }

  [[nodiscard]] bool is_short_constant(ValueId id, size_t image_rank) const {
    const Constant& elements = value(id).constant;
    return !elements.empty() && elements.dtype() == DType::f32 && elements.rank() < image_rank;
  }

  // A constant of fewer axes, which broadcast from the right, with all of them.
  WEDGE_SELDOM std::optional<ValueId> widened(ValueId id, size_t image_rank) {
    const Tensor elements = value(id).constant.elements();
    Shape shape;
    for (size_t i = elements.rank(); i < image_rank; ++i) (void)shape.push_back(1);
    for (const int64_t dim : elements.shape()) (void)shape.push_back(dim);
    const auto wide = permuted(*elements.reshape(shape));
    return wide ? std::optional(add_constant(value(id).name, *wide)) : std::nullopt;
  }

  // Nothing when there is no memory for it.
  [[nodiscard]] static std::optional<Tensor> permuted(const Tensor& elements) {
    const auto view = elements.transpose(to_channels_last(elements.rank()));
    if (!view) return std::nullopt;
    auto copy = view->clone();
    return copy ? std::optional(*std::move(copy)) : std::nullopt;
  }

  ValueId add_constant(const std::string& name, Tensor elements) {
    Value made{.name = name, .dtype = elements.dtype(), .shape = elements.shape(), .constant = {}};
    made.constant = std::move(elements);
    return patch_.add_value(std::move(made));
  }

  // The value with its channels last: what a moved node made, or a transpose of the value.
  ValueId twin(ValueId id) {
    if (const Twin* found = twins_.find(id)) return found->id;
    Twin made;
    const auto elements = value(id).constant.empty() ? std::nullopt : permuted(value(id).constant.elements());
    if (elements) {
      made.id = add_constant(value(id).name, *elements);
    } else {
      made.id = add_twin_value(id);
      insert_transpose(id, made.id, to_channels_last(rank(id)));
    }
    twins_[id] = made;
    return made.id;
  }

  ValueId add_twin_value(ValueId id) {
    return patch_.add_value({.name = value(id).name + " (channels last)",
                             .dtype = value(id).dtype,
                             .shape = channels_last(value(id).shape),
                             .constant = {}});
  }

  void insert_transpose(ValueId from, ValueId to, std::vector<int64_t> order) {
    constexpr int64_t version = 13;
    patch_.insert(at_, {.name = value(std::min(from, to)).name + " (layout)",
                        .domain = {},
                        .op_type = "Transpose",
                        .version = version,
                        .op = find_operator("", "Transpose"),
                        .inputs = {from},
                        .outputs = {to},
                        .attributes = Attributes({{.name = "perm", .value = std::move(order)}}),
                        .subgraph_names = {},
                        .subgraphs = {}});
  }

  // The value itself, for a reader that was not moved.
  void bring_back(ValueId id) {
    Twin* found = twins_.find(id);
    if (found == nullptr || !found->is_native || found->is_back) return;
    found->is_back = true;
    insert_transpose(found->id, id, to_channels_second(rank(id)));
  }

  // The node as an operator over twins: the first `moved` inputs are given, the others stay.
  bool rewrite(const Node& node, std::string_view domain, std::string_view op_type, std::vector<ValueId> inputs,
               size_t moved) {
    Node made = node;
    made.op = find_operator(domain, op_type);
    // A small build may not have it.
    if (made.op == nullptr) return false;
    made.domain = domain;
    made.op_type = op_type;
    inputs.insert(inputs.end(), node.inputs.begin() + static_cast<ptrdiff_t>(std::min(moved, node.inputs.size())),
                  node.inputs.end());
    made.inputs = std::move(inputs);
    made.outputs = {add_twin_value(node.outputs[0])};
    twins_[node.outputs[0]] = {.id = made.outputs[0], .is_native = true, .is_back = false};
    patch_.insert(at_, std::move(made));
    return true;
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Patch& patch_;
  size_t at_ = 0;
  IdMap<Twin> twins_;
};

}  // namespace

Patch move_channels_last(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Mover(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
