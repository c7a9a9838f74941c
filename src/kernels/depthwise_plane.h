// What depthwise_conv2d() asks of the code compiled per SIMD target.
#pragma once

#include "kernels/conv.h"
#include "kernels/window_band.h"

namespace wedge::kernels {

/// One channel of one image; `padded` is scratch for the band.
struct DepthwisePlane {
  const Conv2d& conv;
  const WindowBand& band;
  const float* input;
  const float* weights;
  float bias;
  Clamp clamp;
  float* output;
  float* padded;
};

}  // namespace wedge::kernels
