// Where the operands of an indirect convolution are.
#pragma once

#include "kernels/conv.h"

namespace wedge::kernels {

/// The pixels that outputs [first, first + rows) of an image see, channels side by side: for each tap `tap_stride`
/// pointers, of which the first `rows` are set. Taps in the padding point to `padding`. `image` is the first channel of
/// the group.
template <typename T>
void find_pixels(const Conv2d& conv, const T* image, const T* padding, size_t tap_stride, size_t first, size_t rows,
                 const T** pixels) {
  const auto height = static_cast<ptrdiff_t>(conv.height.input);
  const auto width = static_cast<ptrdiff_t>(conv.width.input);
  const auto channels = static_cast<ptrdiff_t>(conv.channels);
  for (size_t i = 0; i < rows; ++i) {
    const auto top = static_cast<ptrdiff_t>((first + i) / conv.width.output * conv.height.stride) - conv.height.pad;
    const auto left = static_cast<ptrdiff_t>((first + i) % conv.width.output * conv.width.stride) - conv.width.pad;
    const T** to = pixels + i;
    for (size_t kh = 0; kh < conv.height.kernel; ++kh) {
      const ptrdiff_t row = top + static_cast<ptrdiff_t>(kh * conv.height.dilation);
      const bool has_row = row >= 0 && row < height;
      for (size_t kw = 0; kw < conv.width.kernel; ++kw, to += tap_stride) {
        const ptrdiff_t column = left + static_cast<ptrdiff_t>(kw * conv.width.dilation);
        const bool inside = has_row && column >= 0 && column < width;
        *to = inside ? image + (row * width + column) * channels : padding;
      }
    }
  }
}

}  // namespace wedge::kernels
