// The kernels of Resize, for the axes that change.
#pragma once

#include <limits>
#include <vector>

#include "ops/operator.h"
#include "ops/resize_axis.h"

namespace wedge {

/// Each output element is one input element, whatever the type.
Result<Kernel> prepare_nearest(PrepareContext& context, const ResizeMode& mode, std::vector<ResizeAxis> axes);

/// Each output element is a weighted sum. One pass per axis, with sums kept in between.
Result<Kernel> prepare_interpolation(PrepareContext& context, const ResizeMode& mode,
                                     const std::vector<ResizeAxis>& axes);

/// A number as an element: integers are cut off towards zero and limited to what they can hold.
template <typename T, typename A>
T interpolated(A value) {
  if constexpr (std::is_integral_v<T>) {
    constexpr auto low = static_cast<A>(std::numeric_limits<T>::lowest());
    constexpr auto high = static_cast<A>(std::numeric_limits<T>::max());
    if (value >= high) return std::numeric_limits<T>::max();
    return value > low ? static_cast<T>(value) : std::numeric_limits<T>::lowest();
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace wedge
