// The part of a window that lies inside the input.
#pragma once

#include <algorithm>

#include "kernels/window.h"

namespace wedge::kernels {

/// The taps [begin, end) of an axis inside the input when the window starts at `start`; none when begin == end.
struct TapRange {
  size_t begin = 0;
  size_t end = 0;

  TapRange(const WindowAxis& axis, ptrdiff_t start) {
    const auto dilation = static_cast<ptrdiff_t>(axis.dilation);
    const ptrdiff_t room = static_cast<ptrdiff_t>(axis.input) - start;
    if (start < 0) begin = static_cast<size_t>((-start + dilation - 1) / dilation);
    if (room > 0) end = std::min(axis.kernel, static_cast<size_t>((room + dilation - 1) / dilation));
    if (begin >= end) begin = end = 0;
  }
  [[nodiscard]] size_t size() const { return end - begin; }
};

/// Where the window of an output position starts.
inline ptrdiff_t window_start(const WindowAxis& axis, size_t output) {
  return static_cast<ptrdiff_t>(output * axis.stride) - axis.pad;
}

}  // namespace wedge::kernels
