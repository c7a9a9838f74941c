#include "ops/channels_last.h"

namespace wedge {

Result<> infer_channels_last_conv(InferContext& context, DType dtype, ConvOperands operands) {
  WEDGE_TRY(context.expect_rank(0, 3, 4));
  WEDGE_TRY(context.expect_rank(operands.weights, 3, 4));
  const SymbolicShape& weights = context.shape(operands.weights);
  if (!context.shape(0).has_rank() || !weights.has_rank()) return {};
  const SymbolicShape input = channels_second(context.shape(0));
  if (input.rank() != weights.rank()) {
    return fail(ErrorCode::invalid_model, "input and weights have the ranks ", input.rank(), " and ", weights.rank());
  }
  WEDGE_ASSIGN(const int64_t groups, conv_groups(context, weights[0]));
  if (conflict(input[1], weights[1] * groups)) {
    return fail(ErrorCode::invalid_model, "weights of shape ", weights, " do not fit the input's channels");
  }
  WEDGE_TRY(expect_bias(context, weights[0], operands.bias));
  SymbolicShape shape = input;
  shape[1] = weights[0];
  WEDGE_ASSIGN(const auto window, read_conv_window(context, operands.weights));
  for (size_t i = 2; i < shape.rank(); ++i) shape[i] = Dim::unknown();
  if (window) {
    WEDGE_ASSIGN(const auto outputs, window_outputs(*window, input.dims().subspan(2)));
    for (size_t i = 0; i < outputs.size(); ++i) shape[2 + i] = outputs[i];
  }
  context.set_output(0, dtype, channels_last(shape));
  return {};
}

Result<ConvGeometry> read_channels_last_conv(const PrepareContext& context, ConvOperands operands) {
  const Shape input = channels_second(context.input_shape(0));
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

}  // namespace wedge
