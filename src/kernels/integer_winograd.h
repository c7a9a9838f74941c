// Convolution of 8-bit images by 3x3 kernels with a quarter of the multiplications and the same bits. integer_conv2d()
// comes here by itself.
#pragma once

#include "kernels/conv.h"
#include "kernels/integer_gemm.h"

namespace wedge::kernels {

/// Weights are packed for pairs then.
bool suits_integer_winograd(const Conv2d& conv);

size_t integer_winograd_scratch_bytes(const Conv2d& conv, Workers workers);

/// `product` is as for the direct way, its result that of all images, of which `x` is the first. False, and nothing
/// done, where weights have zero points.
bool integer_winograd_conv2d(const Conv2d& conv, const std::byte* x, const IntegerProduct& product, std::byte* scratch,
                             Workers workers);

}  // namespace wedge::kernels
