// The two 16-bit floating-point formats, as storage types that convert to and from float.
#pragma once

#include <bit>
#include <cstdint>

namespace wedge {

/// IEEE 754 binary16. Conversion from float rounds to nearest, ties to even; NaN and infinity are kept.
struct Float16 {
  uint16_t bits = 0;

  constexpr Float16() = default;
  explicit constexpr Float16(float value) : bits(from_float(value)) {}
  static constexpr Float16 from_bits(uint16_t bits) {
    Float16 half;
    half.bits = bits;
    return half;
  }
  explicit constexpr operator float() const {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000U) << 16;
    const uint32_t magnitude = bits & 0x7fffU;
    if (magnitude >= 0x7c00U) return std::bit_cast<float>(sign | 0x7f800000U | (magnitude & 0x3ffU) << 13);
    if (magnitude >= 0x0400U) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000U));
    // A subnormal is its mantissa times 2^-24, exact in float.
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  friend constexpr bool operator==(Float16 a, Float16 b) { return static_cast<float>(a) == static_cast<float>(b); }

 private:
  static constexpr uint16_t from_float(float value) {
    const uint32_t word = std::bit_cast<uint32_t>(value);
    const auto sign = static_cast<uint16_t>((word >> 16) & 0x8000U);
    const uint32_t magnitude = word & 0x7fffffffU;
    if (magnitude > 0x7f800000U) {
      // The top bits of the NaN's payload stay; the quiet bit keeps it a NaN when they are zero.
      return static_cast<uint16_t>(sign | 0x7e00U | ((magnitude >> 13) & 0x3ffU));
    }
    if (magnitude >= 0x47800000U) return static_cast<uint16_t>(sign | 0x7c00U);
    if (magnitude < 0x38800000U) {
      // Below 2^-14 adding 0.5 lets the float adder do the rounding to a multiple of 2^-24.
      const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
      return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000U));
    }
    const uint32_t odd = (magnitude >> 13) & 1U;
    return static_cast<uint16_t>(sign | ((magnitude - 0x38000000U + 0xfffU + odd) >> 13));
  }
};

/// bfloat16: the upper half of a float. Conversion rounds to nearest, ties to even.
struct BFloat16 {
  uint16_t bits = 0;

  constexpr BFloat16() = default;
  explicit constexpr BFloat16(float value) : bits(from_float(value)) {}
  static constexpr BFloat16 from_bits(uint16_t bits) {
    BFloat16 half;
    half.bits = bits;
    return half;
  }
  explicit constexpr operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
  friend constexpr bool operator==(BFloat16 a, BFloat16 b) { return static_cast<float>(a) == static_cast<float>(b); }

 private:
  static constexpr uint16_t from_float(float value) {
    const uint32_t word = std::bit_cast<uint32_t>(value);
    if ((word & 0x7fffffffU) > 0x7f800000U) return static_cast<uint16_t>((word >> 16) | 0x0040U);
    return static_cast<uint16_t>((word + 0x7fffU + ((word >> 16) & 1U)) >> 16);
  }
};

}  // namespace wedge
