// What the channels-last depthwise convolution asks of the code compiled per SIMD target.
#pragma once

#include "kernels/channels_last.h"

namespace wedge::kernels {

/// Rows [first, last) of one image's outputs.
struct DepthwiseRows {
  const Conv2d& conv;
  const float* image;
  const float* weights;  ///< KH, KW, C
  const ConvFinish& finish;
  const float* residual;  ///< of the image, or null
  float* output;          ///< of the image
  size_t first, last;
};

}  // namespace wedge::kernels
