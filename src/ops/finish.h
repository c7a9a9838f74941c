// What follows the sums of a product or convolution when it has been stored: the addition of a tensor as large as the
// output, then an activation.
#pragma once

#include "kernels/channels_last.h"
#include "ops/operator.h"

namespace wedge {

/// The kernel, and then `finish` on output 0 with input `residual` added, where there is such an input.
Kernel with_finish(Kernel kernel, const kernels::ConvFinish& finish, size_t residual);

}  // namespace wedge
