// Reductions of f32 along one (merged) axis.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"

namespace wedge::kernels {

/// maximum and minimum are NaN when an element is. Of nothing: sums are 0, mean NaN, maximum -infinity.
enum class Reduction : uint8_t { sum, mean, sum_of_squares, maximum, minimum };

/// in: outer x reduced x inner, out: outer x inner, both dense. They do not overlap. No scratch.
void reduce_f32(Reduction reduction, const float* in, float* out, size_t outer, size_t reduced, size_t inner,
                Workers workers);

}  // namespace wedge::kernels
