// Elements of any number type read and written as floats, block by block.
#pragma once

#include "tensor/small_types.h"

namespace wedge {

/// Whether read_floats() and write_floats() know the type: every number, and bool for neither.
bool has_float_access(DType dtype);

/// Elements [first, first + count) as floats; what a float does not hold is rounded.
void read_floats(DType dtype, const std::byte* elements, size_t first, size_t count, float* to);

/// Writes elements [first, first + count). Integers take floats rounded to nearest, ties to even, and saturate; NaN
/// becomes 0. Of packed types `first` begins a byte.
void write_floats(DType dtype, const float* from, size_t first, size_t count, std::byte* elements,
                  SmallRounding rounding = {});

}  // namespace wedge
