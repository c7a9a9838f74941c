// A plane read between its elements.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wedge {

/// The four elements around a point and how much each counts.
struct BilinearTaps {
  std::array<int64_t, 4> index{};
  std::array<double, 4> weight{};  ///< 0 for an element outside of the plane, whose index is then 0
};

/// The taps of a point of a plane; what lies outside counts as zero.
BilinearTaps bilinear_taps(double y, double x, int64_t height, int64_t width);

}  // namespace wedge
