#include "wedge/shape.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/checked.h"
#include "base/result.h"

namespace wedge {

Shape::Shape(std::initializer_list<int64_t> dims) {
  if (dims.size() > max_rank) std::abort();
  for (const int64_t dim : dims) {
    if (dim < 0) std::abort();
    dims_[rank_++] = dim;
  }
}

Shape Shape::of_rank(size_t rank) {
  if (rank > max_rank) std::abort();
  Shape shape;
  shape.rank_ = rank;
  std::fill_n(shape.dims_.begin(), rank, 1);
  return shape;
}

Result<Shape> Shape::from(std::span<const int64_t> dims) {
  Shape shape;
  for (const int64_t dim : dims) {
    if (dim < 0) return fail(ErrorCode::invalid_argument, "a dimension is negative: ", dim);
    if (!shape.push_back(dim)) {
      return fail(ErrorCode::unsupported, "rank ", dims.size(), " exceeds the largest supported, ", max_rank);
    }
  }
  return shape;
}

Result<Shape> Shape::from_unsigned(std::span<const uint64_t> dims) {
  Shape shape;
  for (const uint64_t dim : dims) {
    if (dim > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return fail(ErrorCode::invalid_argument, "a dimension exceeds 64 signed bits: ", dim);
    }
    if (!shape.push_back(static_cast<int64_t>(dim))) {
      return fail(ErrorCode::unsupported, "rank ", dims.size(), " exceeds the largest supported, ", max_rank);
    }
  }
  return shape;
}

bool Shape::push_back(int64_t dim) {
  if (rank_ == max_rank) return false;
  dims_[rank_++] = dim;
  return true;
}

int64_t Shape::numel(size_t first, size_t last) const {
  int64_t count = 1;
  bool empty = false;
  for (size_t axis = first; axis < last; ++axis) {
    empty |= dims_[axis] == 0;
    count = saturating_mul(count, dims_[axis]);
  }
  return empty ? 0 : count;
}

std::array<uint64_t, Shape::max_rank> Shape::to_unsigned() const {
  std::array<uint64_t, max_rank> result{};
  std::copy_n(dims_.begin(), rank_, result.begin());
  return result;
}

bool operator==(const Shape& a, const Shape& b) { return std::ranges::equal(a.dims(), b.dims()); }

std::string to_string(const Shape& shape) {
  std::string out = "[";
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    if (axis != 0) out += ", ";
    append_text(out, shape[axis]);
  }
  return out + "]";
}

Result<int64_t> checked_numel(std::span<const int64_t> dims) {
  int64_t count = 1;
  bool overflow = false;
  bool empty = false;
  for (const int64_t dim : dims) {
    if (dim < 0) return fail(ErrorCode::invalid_argument, "a dimension is negative: ", dim);
    empty |= dim == 0;
    const auto product = checked_mul(count, dim);
    overflow |= !product;
    count = product.value_or(1);
  }
  if (empty) return 0;
  if (overflow) return fail(ErrorCode::out_of_range, "the number of elements exceeds 64 bits");
  return count;
}

Result<size_t> checked_byte_size(DType dtype, const Shape& shape) {
  WEDGE_ASSIGN(const int64_t count, checked_numel(shape.dims()));
  const auto bits = checked_mul<uint64_t>(static_cast<uint64_t>(count), bit_width(dtype));
  if (!bits || *bits / 8 >= std::numeric_limits<size_t>::max() / 2) {
    return fail(ErrorCode::out_of_range, "a ", dtype, " tensor of shape ", shape, " exceeds the address space");
  }
  return static_cast<size_t>(*bits / 8 + (*bits % 8 != 0 ? 1 : 0));
}

}  // namespace wedge
