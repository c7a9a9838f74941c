// Transposed convolution of f32 images in two dimensions.
#pragma once

#include "kernels/conv.h"

namespace wedge::kernels {

/// Input N,C,H,W; weights C,M/groups,KH,KW; output N,M,OH,OW; all dense. The fields of Conv2d keep their names:
/// `channels` is C, `output_channels` M; output padding is part of the axes' output size.
size_t conv_transpose2d_packed_weights_bytes(const Conv2d& conv);
void conv_transpose2d_pack_weights(const Conv2d& conv, const float* weights, std::byte* packed);

/// Bytes of scratch one call needs: the products of one group of one image.
size_t conv_transpose2d_scratch_bytes(const Conv2d& conv, Workers workers);

/// output = clamp(transposed convolution + bias), under the same terms as conv2d().
void conv_transpose2d(const Conv2d& conv, const float* input, const std::byte* packed_weights, const float* bias,
                      Clamp clamp, float* output, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
