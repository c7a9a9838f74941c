// Dimensions that may not be known yet. Shape rules are written once on these and serve both the symbolic inference
// at load, where `batch` is a name, and the planning of a run, where every dimension has its number.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

#include "base/checked.h"
#include "wedge/shape.h"

namespace wedge {

/// A known non-negative number, a named symbol, or unknown. Arithmetic on anything unknown is unknown.
class Dim {
 public:
  constexpr Dim() = default;
  constexpr Dim(int64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor): a number is a Dim
  static constexpr Dim unknown() { return {}; }
  /// Two dims with the same symbol are equal, whatever their number turns out to be.
  static constexpr Dim symbol(int32_t id) {
    Dim dim;
    dim.symbol_ = id;
    return dim;
  }

  [[nodiscard]] constexpr bool is_known() const { return value_ >= 0; }
  [[nodiscard]] constexpr int64_t value() const { return value_; }
  [[nodiscard]] constexpr bool is_symbol() const { return symbol_ >= 0; }
  [[nodiscard]] constexpr int32_t symbol() const { return symbol_; }
  [[nodiscard]] constexpr bool is(int64_t number) const { return value_ == number; }

  /// Known to be equal.
  friend constexpr bool same(Dim a, Dim b) {
    return a.is_known() ? a.value_ == b.value_ : a.is_symbol() && a.symbol_ == b.symbol_;
  }
  /// Known to differ.
  friend constexpr bool conflict(Dim a, Dim b) { return a.is_known() && b.is_known() && a.value_ != b.value_; }

  friend constexpr Dim operator+(Dim a, Dim b) {
    if (a.is(0)) return b;
    if (b.is(0)) return a;
    return a.is_known() && b.is_known() ? Dim(saturating_add(a.value_, b.value_)) : unknown();
  }
  friend constexpr Dim operator*(Dim a, Dim b) {
    if (a.is(1)) return b;
    if (b.is(1)) return a;
    if (a.is(0) || b.is(0)) return {0};
    return a.is_known() && b.is_known() ? Dim(saturating_mul(a.value_, b.value_)) : unknown();
  }

 private:
  int64_t value_ = -1;
  int32_t symbol_ = -1;
};

/// The dimensions of a value as far as they are known; without a rank nothing is.
class SymbolicShape {
 public:
  /// Unknown rank.
  SymbolicShape() = default;
  SymbolicShape(std::initializer_list<Dim> dims);
  SymbolicShape(const Shape& shape);  // NOLINT(google-explicit-constructor): a shape is a known symbolic one
  /// `rank` unknown dimensions; rank is at most Shape::max_rank.
  static SymbolicShape of_rank(size_t rank);

  [[nodiscard]] bool has_rank() const { return has_rank_; }
  [[nodiscard]] size_t rank() const { return rank_; }
  [[nodiscard]] Dim operator[](size_t axis) const { return dims_[axis]; }
  [[nodiscard]] Dim& operator[](size_t axis) { return dims_[axis]; }
  [[nodiscard]] std::span<const Dim> dims() const { return {dims_.data(), rank_}; }
  /// Adds a dimension at the end; false when the rank is at its maximum. Makes the rank known.
  [[nodiscard]] bool push_back(Dim dim);

  /// The product of dimensions [first, last).
  [[nodiscard]] Dim numel(size_t first, size_t last) const;
  [[nodiscard]] Dim numel() const { return has_rank_ ? numel(0, rank_) : Dim::unknown(); }

  /// The shape when every dimension is a number.
  [[nodiscard]] std::optional<Shape> concrete() const;

 private:
  std::array<Dim, Shape::max_rank> dims_{};
  size_t rank_ = 0;
  bool has_rank_ = false;
};

/// "[?, 3, 4]"; a symbol shows as "?"; "[...]" without a rank.
std::string to_string(const SymbolicShape& shape);

}  // namespace wedge
