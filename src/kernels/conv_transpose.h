// Transposed convolution of f32 images in two dimensions.
#pragma once

#include "kernels/channels_last.h"

namespace wedge::kernels {

/// Input N,C,H,W; weights C,M/groups,KH,KW; output N,M,OH,OW; all dense. The fields of Conv2d keep their names:
/// `channels` is C, `output_channels` M; output padding is part of the axes' output size.
size_t conv_transpose2d_packed_weights_bytes(const Conv2d& conv);
void conv_transpose2d_pack_weights(const Conv2d& conv, const float* weights, std::byte* packed);

/// Bytes of scratch one call needs: the products of one group of one image; where windows tile the output (kernels as
/// long as their stride, no pads) those of a few rows for each worker.
size_t conv_transpose2d_scratch_bytes(const Conv2d& conv, Workers workers);

/// output = scale * activation(clamp(transposed convolution + bias)) + shift, under the same terms as conv2d().
/// `finish` has no residual.
void conv_transpose2d(const Conv2d& conv, const float* input, const std::byte* packed_weights, const ConvFinish& finish,
                      float* output, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
