#include "tensor/strides.h"

#include <cstring>

#include "base/checked.h"

namespace wedge {
namespace {

// The innermost loop with the width known to the compiler, so that each element is one move.
template <size_t width>
void copy_row(const std::byte* source, int64_t stride, int64_t count, std::byte* destination) {
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(destination + static_cast<size_t>(i) * width, source + i * stride * static_cast<int64_t>(width), width);
  }
}

void copy_row(const std::byte* source, int64_t stride, int64_t count, size_t width, std::byte* destination) {
  if (stride == 1) {
    std::memcpy(destination, source, static_cast<size_t>(count) * width);
    return;
  }
  switch (width) {
    case 1: return copy_row<1>(source, stride, count, destination);
    case 2: return copy_row<2>(source, stride, count, destination);
    case 4: return copy_row<4>(source, stride, count, destination);
    case 8: return copy_row<8>(source, stride, count, destination);
    case 16: return copy_row<16>(source, stride, count, destination);
    default: break;
  }
}

}  // namespace

Strides dense_strides(const Shape& shape) {
  Strides strides{};
  int64_t stride = 1;
  for (size_t axis = shape.rank(); axis-- > 0;) {
    strides[axis] = stride;
    // Beside a dimension of 0 the others may be any size; nothing is ever read at such strides.
    stride = saturating_mul(stride, shape[axis] == 0 ? 1 : shape[axis]);
  }
  return strides;
}

void copy_strided(const std::byte* source, std::span<const int64_t> strides, const Shape& shape, size_t width,
                  std::byte* destination) {
  if (shape.numel() == 0) return;
  // Axes that run on without a gap into the next one are merged, so that the inner loop is as long as it can be.
  std::array<int64_t, Shape::max_rank> dims{};
  Strides steps{};
  size_t rank = 0;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    if (rank != 0 && steps[rank - 1] == strides[axis] * shape[axis]) {
      dims[rank - 1] *= shape[axis];
      steps[rank - 1] = strides[axis];
    } else {
      dims[rank] = shape[axis];
      steps[rank++] = strides[axis];
    }
  }
  if (rank == 0) {
    std::memcpy(destination, source, width);
    return;
  }
  const size_t inner = rank - 1;
  std::array<int64_t, Shape::max_rank> index{};
  const auto row_bytes = static_cast<size_t>(dims[inner]) * width;
  for (;;) {
    copy_row(source, steps[inner], dims[inner], width, destination);
    destination += row_bytes;
    size_t axis = inner;
    while (axis-- > 0) {
      source += steps[axis] * static_cast<int64_t>(width);
      if (++index[axis] < dims[axis]) break;
      source -= steps[axis] * dims[axis] * static_cast<int64_t>(width);
      index[axis] = 0;
    }
    if (axis == static_cast<size_t>(-1)) return;
  }
}

}  // namespace wedge
