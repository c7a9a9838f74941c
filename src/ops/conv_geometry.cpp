#include "ops/conv_geometry.h"

#include <algorithm>

#include "kernels/reference_conv.h"
#include "tensor/visit.h"

namespace wedge {

Result<int64_t> conv_groups(const NodeView& node, Dim channels) {
  WEDGE_ASSIGN(const int64_t groups, node.attributes().integer("group", 1));
  if (groups < 1) return fail(ErrorCode::invalid_model, "group cannot be ", groups);
  if (channels.is_known() && channels.value() % groups != 0) {
    return fail(ErrorCode::invalid_model, "group ", groups, " does not divide ", channels.value(), " channels");
  }
  return groups;
}

namespace {

Result<> expect_conv_ranks(const NodeView& node, ConvOperands operands) {
  WEDGE_TRY(node.expect_rank(0, 3, Shape::max_rank));
  WEDGE_TRY(node.expect_rank(operands.weights, 3, Shape::max_rank));
  WEDGE_TRY(node.expect_rank(operands.bias, 1, 1));
  const SymbolicShape& input = node.shape(0);
  const SymbolicShape& weights = node.shape(operands.weights);
  if (input.has_rank() && weights.has_rank() && input.rank() != weights.rank()) {
    return fail(ErrorCode::invalid_model, "input of shape ", input, " and weights of shape ", weights,
                " must have the same rank");
  }
  return {};
}

}  // namespace

Result<> expect_conv_inputs(const NodeView& node) {
  WEDGE_TRY(node.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(node.expect_same_dtype(0, 1));
  WEDGE_TRY(node.expect_same_dtype(0, 2));
  return expect_conv_ranks(node, {});
}

Result<> expect_bias(const NodeView& node, Dim output_channels, size_t bias) {
  if (!node.has_input(bias) || !node.shape(bias).has_rank() || !conflict(node.shape(bias)[0], output_channels))
    return {};
  return fail(ErrorCode::invalid_model, "a bias of shape ", node.shape(bias), " does not fit ", output_channels.value(),
              " output channels");
}

Result<std::optional<Window>> read_conv_window(const NodeView& node, size_t weights_input) {
  const bool has_kernel = node.attributes().has("kernel_shape");
  const SymbolicShape& weights = node.shape(weights_input);
  if (!weights.has_rank()) {
    if (!has_kernel || !node.shape(0).has_rank()) return std::nullopt;
    return read_window(node, node.shape(0).rank() - 2);
  }
  const auto spatial = weights.dims().subspan(2);
  if (!has_kernel && !std::ranges::all_of(spatial, &Dim::is_known)) return std::nullopt;
  return read_window(node, spatial.size(), spatial);
}

Result<> infer_conv(InferContext& context, DType dtype, ConvOperands operands) {
  WEDGE_TRY(expect_conv_ranks(context, operands));
  const SymbolicShape& input = context.shape(0);
  const SymbolicShape& weights = context.shape(operands.weights);
  context.set_output(0, dtype, {});
  if (!input.has_rank() && !weights.has_rank()) return {};
  SymbolicShape shape = SymbolicShape::of_rank(input.has_rank() ? input.rank() : weights.rank());
  if (weights.has_rank()) {
    shape[1] = weights[0];
    WEDGE_ASSIGN(const int64_t groups, conv_groups(context, weights[0]));
    if (input.has_rank() && conflict(input[1], weights[1] * groups)) {
      return fail(ErrorCode::invalid_model, "weights of shape ", weights, " in ", groups,
                  " groups do not fit input of shape ", input);
    }
    WEDGE_TRY(expect_bias(context, weights[0], operands.bias));
  }
  WEDGE_ASSIGN(const auto window, read_conv_window(context, operands.weights));
  if (input.has_rank()) {
    shape[0] = input[0];
    if (window) {
      WEDGE_ASSIGN(const auto outputs, window_outputs(*window, input.dims().subspan(2)));
      for (size_t i = 0; i < outputs.size(); ++i) shape[2 + i] = outputs[i];
    }
  }
  context.set_output(0, dtype, shape);
  return {};
}

Result<ConvGeometry> read_conv_geometry(const PrepareContext& context, ConvOperands operands) {
  const Shape input = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t groups, conv_groups(context, input[1]));
  WEDGE_ASSIGN(const auto window, read_conv_window(context, operands.weights));
  if (!window) return fail(ErrorCode::internal, "planned before the shape of its weights is known");
  WEDGE_ASSIGN(auto axes, place_window(*window, input.dims().subspan(2)));
  return ConvGeometry{.batch = static_cast<size_t>(input[0]),
                      .channels = static_cast<size_t>(input[1]),
                      .output_channels = static_cast<size_t>(context.input_shape(operands.weights)[0]),
                      .groups = static_cast<size_t>(groups),
                      .axes = std::move(axes)};
}

Result<Kernel> prepare_reference_conv(PrepareContext& context, ConvDirection direction, ConvGeometry geometry) {
  context.name_kernel("reference");
  Kernel kernel;
  const bool known = visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [direction, geometry = std::move(geometry)](RunContext& run) -> Result<> {
      const T* bias = run.has_input(2) ? run.input<T>(2).data() : nullptr;
      const auto convolve = direction == ConvDirection::forward ? reference::conv<T, ArithmeticType<T>>
                                                                : reference::conv_transpose<T, ArithmeticType<T>>;
      convolve(geometry.batch, geometry.channels, geometry.output_channels, geometry.groups, geometry.axes,
               run.input<T>(0).data(), run.input<T>(1).data(), bias, run.output<T>(0).data());
      return {};
    };
  });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace wedge
