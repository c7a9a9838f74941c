// Windows in tests.
#pragma once

#include "kernels/window.h"

namespace wedge {

/// The same pads at both ends, and as many outputs as fit.
inline kernels::WindowAxis axis(size_t input, size_t kernel, size_t stride, size_t dilation, size_t pad) {
  const size_t padded = input + 2 * pad;
  const size_t span = (kernel - 1) * dilation + 1;
  return {.input = input,
          .output = padded < span ? 0 : (padded - span) / stride + 1,
          .kernel = kernel,
          .stride = stride,
          .dilation = dilation,
          .pad = static_cast<ptrdiff_t>(pad)};
}

}  // namespace wedge
