// The part of a window that lies inside the input.
#pragma once

#include "kernels/window.h"

namespace wedge::kernels {

/// The taps [begin, end) of an axis inside the input when the window starts at `start`.
struct TapRange {
  size_t begin = 0;
  size_t end;

  TapRange(const WindowAxis& axis, ptrdiff_t start) : end(axis.kernel) {
    const auto position = [&](size_t tap) { return start + static_cast<ptrdiff_t>(tap * axis.dilation); };
    while (begin < end && position(begin) < 0) ++begin;
    while (end > begin && position(end - 1) >= static_cast<ptrdiff_t>(axis.input)) --end;
  }
  [[nodiscard]] size_t size() const { return end - begin; }
};

/// Where the window of an output position starts.
inline ptrdiff_t window_start(const WindowAxis& axis, size_t output) {
  return static_cast<ptrdiff_t>(output * axis.stride) - axis.pad;
}

}  // namespace wedge::kernels
