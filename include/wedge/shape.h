// The dimensions of a tensor.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "wedge/dtype.h"
#include "wedge/error.h"

namespace wedge {

/// Up to max_rank non-negative dimensions, held in place: copying a Shape never allocates.
class Shape {
 public:
  static constexpr size_t max_rank = 12;

  /// A scalar: rank 0, one element.
  constexpr Shape() = default;
  /// For dimensions known to be right; a negative one or too many is a programming error and aborts.
  Shape(std::initializer_list<int64_t> dims);
  /// `rank` dimensions of 1, to be filled in. Aborts when rank exceeds max_rank.
  static Shape of_rank(size_t rank);
  /// For dimensions from outside; an Error when one is negative, exceeds int64 or there are more than max_rank.
  static Result<Shape> from(std::span<const int64_t> dims);
  static Result<Shape> from_unsigned(std::span<const uint64_t> dims);

  [[nodiscard]] size_t rank() const { return rank_; }
  [[nodiscard]] int64_t operator[](size_t axis) const { return dims_[axis]; }
  [[nodiscard]] int64_t& operator[](size_t axis) { return dims_[axis]; }
  [[nodiscard]] std::span<const int64_t> dims() const { return {dims_.data(), rank_}; }
  [[nodiscard]] const int64_t* begin() const { return dims_.data(); }
  [[nodiscard]] const int64_t* end() const { return dims_.data() + rank_; }

  /// Adds a dimension at the end; false when the rank is at its maximum.
  [[nodiscard]] bool push_back(int64_t dim);

  /// The number of elements; saturates at the largest int64, which no allocation can satisfy.
  [[nodiscard]] int64_t numel() const { return numel(0, rank_); }
  /// The product of dimensions [first, last).
  [[nodiscard]] int64_t numel(size_t first, size_t last) const;

  /// The dimensions as unsigned numbers; they are never negative.
  [[nodiscard]] std::array<uint64_t, max_rank> to_unsigned() const;

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<int64_t, max_rank> dims_{};
  size_t rank_ = 0;
};

/// "[2, 3, 4]"; "[]" for a scalar.
std::string to_string(const Shape& shape);

/// The product of the dimensions, or an Error when one is negative or the product exceeds int64.
Result<int64_t> checked_numel(std::span<const int64_t> dims);

/// The bytes a dense tensor takes (sub-byte elements packed, rounded up), or an Error when that exceeds the address
/// space.
Result<size_t> checked_byte_size(DType dtype, const Shape& shape);

}  // namespace wedge
