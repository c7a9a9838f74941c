// Convolution of f32 images in two dimensions, any groups, strides, dilations and pads.
#pragma once

#include <cstddef>

#include "base/thread_pool.h"
#include "kernels/gemm.h"
#include "kernels/window.h"

namespace wedge::kernels {

/// Input N,C,H,W; weights M,C/groups,KH,KW; output N,M,OH,OW; all dense. One dimension is a height of 1.
/// The caller has checked that groups divides both channel counts and that the axes agree with each other.
struct Conv2d {
  size_t batch = 1;
  size_t channels = 1;
  size_t output_channels = 1;
  size_t groups = 1;
  WindowAxis height;
  WindowAxis width;
  /// Some rows of an image: sums must be those of any other number of rows.
  bool is_part = false;
};

inline size_t outputs_per_group(const Conv2d& conv) { return conv.output_channels / conv.groups; }
inline size_t channels_per_group(const Conv2d& conv) { return conv.channels / conv.groups; }

/// Weights are packed once. `packed` is 64-byte aligned and may not overlap the weights.
size_t conv2d_packed_weights_bytes(const Conv2d& conv);
void conv2d_pack_weights(const Conv2d& conv, const float* weights, std::byte* packed);

/// Bytes of scratch one call of conv2d() needs.
size_t conv2d_scratch_bytes(const Conv2d& conv, Workers workers);

/// output = clamp(convolution + bias); bias has one float per output channel or is null. The output overlaps nothing.
/// `scratch` is 64-byte aligned and used by this call alone. The result does not depend on the number of workers.
void conv2d(const Conv2d& conv, const float* input, const std::byte* packed_weights, const float* bias, Clamp clamp,
            float* output, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
