// Tensors for tests that do not care about the numbers, only where they go.
#pragma once

#include <rapidcheck.h>

#include <numeric>

#include "support/run_node.h"

namespace wedge::testing {

/// 0, 1, 2 … in row-major order.
template <Element T = float>
Tensor counting(const Shape& shape) {
  std::vector<T> elements(static_cast<size_t>(shape.numel()));
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(static_cast<int>(i));
  return tensor<T>(shape, elements);
}

/// A rank-1 tensor of 64-bit integers, as most inputs that decide shapes are.
inline Tensor list(const std::vector<int64_t>& elements) {
  return tensor<int64_t>({static_cast<int64_t>(elements.size())}, elements);
}

/// Between `least` and `most` dimensions of 1 to 4.
inline Shape any_shape(size_t least, size_t most) {
  Shape shape = Shape::of_rank(*rc::gen::inRange(least, most + 1));
  for (size_t axis = 0; axis < shape.rank(); ++axis) shape[axis] = *rc::gen::inRange<int64_t>(1, 5);
  return shape;
}

}  // namespace wedge::testing
