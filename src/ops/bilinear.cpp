#include "ops/bilinear.h"

#include <cmath>

namespace wedge {

BilinearTaps bilinear_taps(double y, double x, int64_t height, int64_t width) {
  BilinearTaps taps;
  const auto h = static_cast<double>(height);
  const auto w = static_cast<double>(width);
  // NaN is outside too.
  if (!(y > -1 && y < h && x > -1 && x < w)) return taps;
  const double top = std::floor(y);
  const double left = std::floor(x);
  for (size_t i = 0; i < 4; ++i) {
    const double row = i < 2 ? top : top + 1;
    const double column = i % 2 == 0 ? left : left + 1;
    if (row < 0 || row >= h || column < 0 || column >= w) continue;
    taps.index[i] = static_cast<int64_t>(row) * width + static_cast<int64_t>(column);
    taps.weight[i] = (1 - std::fabs(y - row)) * (1 - std::fabs(x - column));
  }
  return taps;
}

}  // namespace wedge
