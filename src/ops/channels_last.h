// Operators over images whose channels are the last axis: N, spatial …, C.
#pragma once

#include "kernels/channels_last.h"
#include "ops/conv_geometry.h"
#include "ops/operator.h"

namespace wedge {

/// The shape with the channels moved from the last place to the second, and back.
template <typename AnyShape>
AnyShape channels_second(const AnyShape& shape) {
  AnyShape result = shape;
  const size_t rank = shape.rank();
  if (rank > 1) result[1] = shape[rank - 1];
  for (size_t i = 2; i < rank; ++i) result[i] = shape[i - 1];
  return result;
}
template <typename AnyShape>
AnyShape channels_last(const AnyShape& shape) {
  AnyShape result = shape;
  const size_t rank = shape.rank();
  for (size_t i = 2; i < rank; ++i) result[i - 1] = shape[i];
  if (rank > 1) result[rank - 1] = shape[1];
  return result;
}

/// infer_conv() for an input of one or two spatial axes whose channels come last. The weights are as Conv's.
Result<> infer_channels_last_conv(InferContext& context, DType dtype, ConvOperands operands);
/// The shape alone.
Result<SymbolicShape> channels_last_conv_shape(const NodeView& node, ConvOperands operands);
/// Of a node whose inputs' shapes are known.
Result<ConvGeometry> read_channels_last_conv(const NodeView& node, ConvOperands operands = {});

/// The form of kernels of one tap in one group: that of a transposed matrix (constant_matrix.h).
inline constexpr std::string_view form_of_one_tap = "channels_last 0 groups 1";

/// Weights of ChannelsLastConv and of its chains, for the kernels. Null when they are no constant of the model.
Result<const std::byte*> pack_channels_last(PrepareContext& context, size_t input, const kernels::Conv2d& conv,
                                            kernels::ConvMethod method);

}  // namespace wedge
