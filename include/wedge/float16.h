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
    // Chosen among, not branched to, so that loops become vectors. A subnormal is its mantissa times 2^-24, exact in
    // float.
    const uint32_t subnormal = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24F);
    const uint32_t normal = (magnitude << 13) + 0x38000000U;
    const uint32_t special = 0x7f800000U | magnitude << 13;
    const uint32_t finite = magnitude >= 0x0400U ? normal : subnormal;
    return std::bit_cast<float>(sign | (magnitude >= 0x7c00U ? special : finite));
  }
  friend constexpr bool operator==(Float16 a, Float16 b) { return static_cast<float>(a) == static_cast<float>(b); }

 private:
  static constexpr uint16_t from_float(float value) {
    const uint32_t word = std::bit_cast<uint32_t>(value);
    const uint32_t sign = (word >> 16) & 0x8000U;
    const uint32_t magnitude = word & 0x7fffffffU;
    // The top bits of a NaN's payload stay; the quiet bit keeps it a NaN when they are zero.
    const uint32_t special = magnitude > 0x7f800000U ? 0x7e00U | ((magnitude >> 13) & 0x3ffU) : 0x7c00U;
    // Below 2^-14 adding 0.5 lets the float adder do the rounding to a multiple of 2^-24.
    const uint32_t subnormal = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - 0x3f000000U;
    const uint32_t normal = (magnitude - 0x38000000U + 0xfffU + ((magnitude >> 13) & 1U)) >> 13;
    const uint32_t finite = magnitude < 0x38800000U ? subnormal : normal;
    return static_cast<uint16_t>(sign | (magnitude >= 0x47800000U ? special : finite));
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
    const uint32_t rounded = (word + 0x7fffU + ((word >> 16) & 1U)) >> 16;
    return static_cast<uint16_t>((word & 0x7fffffffU) > 0x7f800000U ? (word >> 16) | 0x0040U : rounded);
  }
};

}  // namespace wedge
