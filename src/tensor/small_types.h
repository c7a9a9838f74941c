// Element types of 8 bits and less that C++ has no type for: floats of 8 and 4 bits, integers of 4 and 2 bits.
// Sources: "FP8 Formats for Deep Learning" (Micikevicius et al., 2022), "8-bit Numerical Formats for Deep Neural
// Networks" (Noune et al., 2022) for the fnuz types, OCP Microscaling Formats 1.0 for float4e2m1 and float8e8m0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wedge/dtype.h"

namespace wedge {

constexpr bool is_small_float(DType dtype) {
  return (dtype >= DType::f8e4m3fn && dtype <= DType::f8e5m2fnuz) || dtype == DType::f4e2m1 || dtype == DType::f8e8m0;
}
constexpr bool is_small_integer(DType dtype) {
  return dtype == DType::u4 || dtype == DType::i4 || dtype == DType::u2 || dtype == DType::i2;
}
constexpr bool is_small(DType dtype) { return is_small_float(dtype) || is_small_integer(dtype); }

/// What becomes of numbers that a small float does not have.
struct SmallRounding {
  /// Those too large become the largest finite number, else infinity or NaN, whichever the type has. float4e2m1 has
  /// neither: it always saturates, and NaN becomes its negative zero.
  bool saturate = true;
  /// float8e8m0 has powers of two only.
  enum class Powers : uint8_t { nearest, up, down };
  Powers powers = Powers::up;
};

/// The number of an element's bits; exact.
float small_to_float(DType dtype, uint8_t bits);
/// The bits of a number: floats round to nearest, ties to even; integers round so too and saturate.
uint8_t float_to_small(DType dtype, float value, SmallRounding rounding = {});

/// Element i of packed or byte-wide elements as its bits.
uint8_t small_bits(DType dtype, const std::byte* elements, size_t i);

/// Elements [first, first + count) as floats. `elements` is where element 0 lies.
void decode_small(DType dtype, const std::byte* elements, size_t first, size_t count, float* to);
/// Writes elements [first, first + count); `first` begins a byte, and bits of the last byte past the end become 0.
void encode_small(DType dtype, const float* from, size_t first, size_t count, std::byte* elements,
                  SmallRounding rounding = {});
/// As above for the small integers; numbers wrap.
void encode_small(DType dtype, const int32_t* from, size_t first, size_t count, std::byte* elements);

}  // namespace wedge
