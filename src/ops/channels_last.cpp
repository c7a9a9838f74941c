#include "ops/channels_last.h"

namespace wedge {

Result<SymbolicShape> channels_last_conv_shape(const NodeView& node, ConvOperands operands) {
  WEDGE_TRY(node.expect_rank(0, 3, 4));
  WEDGE_TRY(node.expect_rank(operands.weights, 3, 4));
  const SymbolicShape& weights = node.shape(operands.weights);
  if (!node.shape(0).has_rank() || !weights.has_rank()) return SymbolicShape();
  const SymbolicShape input = channels_second(node.shape(0));
  if (input.rank() != weights.rank()) {
    return fail(ErrorCode::invalid_model, "input and weights have the ranks ", input.rank(), " and ", weights.rank());
  }
  WEDGE_ASSIGN(const int64_t groups, conv_groups(node, weights[0]));
  if (conflict(input[1], weights[1] * groups)) {
    return fail(ErrorCode::invalid_model, "weights of shape ", weights, " do not fit the input's channels");
  }
  WEDGE_TRY(expect_bias(node, weights[0], operands.bias));
  SymbolicShape shape = input;
  shape[1] = weights[0];
  WEDGE_ASSIGN(const auto window, read_conv_window(node, operands.weights));
  for (size_t i = 2; i < shape.rank(); ++i) shape[i] = Dim::unknown();
  if (window) {
    WEDGE_ASSIGN(const auto outputs, window_outputs(*window, input.dims().subspan(2)));
    for (size_t i = 0; i < outputs.size(); ++i) shape[2 + i] = outputs[i];
  }
  return channels_last(shape);
}

Result<> infer_channels_last_conv(InferContext& context, DType dtype, ConvOperands operands) {
  WEDGE_ASSIGN(const SymbolicShape shape, channels_last_conv_shape(context, operands));
  if (shape.has_rank()) context.set_output(0, dtype, shape);
  return {};
}

Result<ConvGeometry> read_channels_last_conv(const NodeView& node, ConvOperands operands) {
  const Shape input = channels_second(node.shape(0).concrete().value_or(Shape{}));
  WEDGE_ASSIGN(const int64_t groups, conv_groups(node, input[1]));
  WEDGE_ASSIGN(const auto window, read_conv_window(node, operands.weights));
  if (!window) return fail(ErrorCode::internal, "planned before the shape of its weights is known");
  WEDGE_ASSIGN(auto axes, place_window(*window, input.dims().subspan(2)));
  WEDGE_TRY(expect_addresses(padded_elements(axes, static_cast<double>(input.numel(0, 2)))));
  return ConvGeometry{.batch = static_cast<size_t>(input[0]),
                      .channels = static_cast<size_t>(input[1]),
                      .output_channels = static_cast<size_t>(node.shape(operands.weights)[0].value()),
                      .groups = static_cast<size_t>(groups),
                      .axes = std::move(axes)};
}

Result<const std::byte*> pack_channels_last(PrepareContext& context, size_t input, const kernels::Conv2d& conv,
                                            kernels::ConvMethod method) {
  const size_t size = kernels::channels_last_packed_bytes(conv, method);
  const bool unpacks = kernels::channels_last_unpacks(conv, method);
  const std::string form =
      text("channels_last ", static_cast<int>(method), unpacks ? " groups " : " of groups ", conv.groups);
  const auto pack = [&](const std::byte* weights, std::byte* packed) {
    kernels::channels_last_pack(conv, method, reinterpret_cast<const float*>(weights), packed, context.workers());
  };
  WEDGE_ASSIGN(const std::byte* constant, context.pack_unaligned(input, form, size, pack));
  if (unpacks) {
    context.unpacks(input, constant, [conv](const std::byte* packed, std::byte* weights) {
      kernels::channels_last_unpack(conv, packed, reinterpret_cast<float*>(weights));
    });
  }
  return constant;
}

}  // namespace wedge
