// A tensor seen along one axis.
#pragma once

#include "wedge/shape.h"

namespace wedge {

/// Dense memory as outer × count × inner, the axis in the middle.
struct AxisSplit {
  int64_t outer;
  int64_t count;  ///< elements along the axis
  int64_t inner;  ///< their distance

  AxisSplit(int64_t outer, int64_t count, int64_t inner) : outer(outer), count(count), inner(inner) {}
  AxisSplit(const Shape& shape, size_t axis)
      : outer(shape.numel(0, axis)), count(shape[axis]), inner(shape.numel(axis + 1, shape.rank())) {}

  /// The lines along the axis, and where each starts.
  [[nodiscard]] int64_t lines() const { return outer * inner; }
  [[nodiscard]] int64_t start(int64_t line) const { return line / inner * count * inner + line % inner; }
};

}  // namespace wedge
