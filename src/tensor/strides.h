// Index arithmetic over strided arrays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wedge/shape.h"

namespace wedge {

using Strides = std::array<int64_t, Shape::max_rank>;

/// Strides, in elements, of a dense row-major array.
Strides dense_strides(const Shape& shape);

/// Copies elements of `width` bytes from a strided source to dense row-major memory. Strides are in elements.
void copy_strided(const std::byte* source, std::span<const int64_t> strides, const Shape& shape, size_t width,
                  std::byte* destination);

}  // namespace wedge
