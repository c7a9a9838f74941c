// Integer arithmetic that notices overflow. Sizes from a file go through here before anything is allocated.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>

namespace wedge {

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) {
  T result;
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b) {
  T result;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

/// The product, or the largest value of the type when it would overflow; for non-negative operands.
[[nodiscard]] constexpr int64_t saturating_mul(int64_t a, int64_t b) {
  return checked_mul(a, b).value_or(std::numeric_limits<int64_t>::max());
}

/// The sum, or the type's limit in the direction of the overflow.
[[nodiscard]] constexpr int64_t saturating_add(int64_t a, int64_t b) {
  return checked_add(a, b).value_or(b < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max());
}

/// More bytes than a plan may take, and yet two of it can be added and rounded.
inline constexpr size_t too_many_bytes = std::numeric_limits<size_t>::max() / 2 - 4096;

/// The product, or `too_many_bytes` when it has as many.
[[nodiscard]] size_t saturating_bytes(uint64_t count, uint64_t bytes, uint64_t times = 1, uint64_t times_again = 1);

/// Rounds up to a multiple of a power of two; the caller has checked that it fits.
[[nodiscard]] constexpr size_t round_up(size_t value, size_t multiple) {
  return (value + multiple - 1) & ~(multiple - 1);
}

/// The quotient rounded up, of numbers that are not negative and whose sum fits.
template <std::integral T>
[[nodiscard]] constexpr T ceil_div(T a, T b) {
  return (a + b - 1) / b;
}

}  // namespace wedge
