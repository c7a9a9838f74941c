// What the 8-bit depthwise convolution asks of the code compiled per SIMD target.
#pragma once

#include "kernels/integer_conv.h"

namespace wedge::kernels {

/// Rows [first, last) of one image's outputs; `output` is the place of the image's first output.
struct IntegerDepthwiseRows {
  const IntegerConv& conv;
  const IntegerConvOperands& operands;
  const std::byte* image;
  const float* weights;  ///< KH, KW, C, the channels padded to channel_stride
  size_t channel_stride;
  const int32_t* bias;  ///< padded likewise
  const float* scales;
  size_t output;
  size_t first, last;
};

}  // namespace wedge::kernels
