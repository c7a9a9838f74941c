// One spatial axis under a sliding window: what convolution and pooling share.
#pragma once

#include <cstddef>

namespace wedge::kernels {

/// Output position o sees the inputs o * stride - pad + i * dilation for i in [0, kernel); those outside
/// [0, input) are padding. For transposed convolution `input` and `output` keep their meaning as sizes of what is
/// read and written, and input position i reaches the outputs i * stride - pad + j * dilation.
struct WindowAxis {
  size_t input = 1;
  size_t output = 1;
  size_t kernel = 1;
  size_t stride = 1;
  size_t dilation = 1;
  ptrdiff_t pad = 0;
  /// Only average pooling that counts padding looks at it.
  ptrdiff_t pad_end = 0;
};

}  // namespace wedge::kernels
