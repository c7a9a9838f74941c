// Convolution where every channel has a filter of its own. conv2d() comes here by itself.
#pragma once

#include "kernels/conv.h"

namespace wedge::kernels {

/// One output channel per group and one input channel per group.
inline bool is_depthwise(const Conv2d& conv) {
  return conv.groups == conv.channels && conv.groups == conv.output_channels;
}

size_t depthwise_conv2d_scratch_bytes(const Conv2d& conv, Workers workers);

/// As conv2d() for is_depthwise(conv), with the weights as they are (C,1,KH,KW).
void depthwise_conv2d(const Conv2d& conv, const float* input, const float* weights, const float* bias, Clamp clamp,
                      float* output, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
