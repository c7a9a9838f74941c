#include "graph/dim.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace wedge {

SymbolicShape::SymbolicShape(std::initializer_list<Dim> dims) : rank_(dims.size()), has_rank_(true) {
  if (dims.size() > Shape::max_rank) std::abort();
  std::ranges::copy(dims, dims_.begin());
}

SymbolicShape::SymbolicShape(const Shape& shape) : rank_(shape.rank()), has_rank_(true) {
  std::ranges::copy(shape, dims_.begin());
}

SymbolicShape SymbolicShape::of_rank(size_t rank) {
  if (rank > Shape::max_rank) std::abort();
  SymbolicShape shape;
  shape.rank_ = rank;
  shape.has_rank_ = true;
  return shape;
}

bool SymbolicShape::push_back(Dim dim) {
  has_rank_ = true;
  if (rank_ == Shape::max_rank) return false;
  dims_[rank_++] = dim;
  return true;
}

Dim SymbolicShape::numel(size_t first, size_t last) const {
  Dim count = 1;
  for (size_t axis = first; axis < last; ++axis) count = count * dims_[axis];
  return count;
}

std::optional<Shape> SymbolicShape::concrete() const {
  if (!has_rank_) return std::nullopt;
  Shape shape = Shape::of_rank(rank_);
  for (size_t axis = 0; axis < rank_; ++axis) {
    if (!dims_[axis].is_known()) return std::nullopt;
    shape[axis] = dims_[axis].value();
  }
  return shape;
}

std::string to_string(const SymbolicShape& shape) {
  if (!shape.has_rank()) return "[...]";
  std::string out = "[";
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    if (axis != 0) out += ", ";
    if (shape[axis].is_known()) {
      append_text(out, shape[axis].value());
    } else {
      out += '?';
    }
  }
  return out + "]";
}

}  // namespace wedge
