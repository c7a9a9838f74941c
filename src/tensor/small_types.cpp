#include "tensor/small_types.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace wedge {
namespace {

// A sign, exponent bits, mantissa bits. `infinity` is 0 when the type has none; `nan` is what NaN becomes.
struct SmallFloat {
  int mantissa_bits;
  int bias;
  uint8_t sign;
  uint8_t largest;
  uint8_t infinity;
  uint8_t nan;
  bool is_fnuz;  ///< no negative zero: its bits are the only NaN
  bool has_nan = true;
};

constexpr SmallFloat e4m3fn = {
    .mantissa_bits = 3, .bias = 7, .sign = 0x80, .largest = 0x7E, .infinity = 0, .nan = 0x7F, .is_fnuz = false};
constexpr SmallFloat e4m3fnuz = {
    .mantissa_bits = 3, .bias = 8, .sign = 0x80, .largest = 0x7F, .infinity = 0, .nan = 0x80, .is_fnuz = true};
constexpr SmallFloat e5m2 = {
    .mantissa_bits = 2, .bias = 15, .sign = 0x80, .largest = 0x7B, .infinity = 0x7C, .nan = 0x7E, .is_fnuz = false};
constexpr SmallFloat e5m2fnuz = {
    .mantissa_bits = 2, .bias = 16, .sign = 0x80, .largest = 0x7F, .infinity = 0, .nan = 0x80, .is_fnuz = true};
constexpr SmallFloat e2m1 = {.mantissa_bits = 1,
                             .bias = 1,
                             .sign = 0x08,
                             .largest = 0x07,
                             .infinity = 0,
                             .nan = 0x08,
                             .is_fnuz = false,
                             .has_nan = false};

const SmallFloat& format_of(DType dtype) {
  switch (dtype) {
    case DType::f8e4m3fn: return e4m3fn;
    case DType::f8e4m3fnuz: return e4m3fnuz;
    case DType::f8e5m2: return e5m2;
    case DType::f8e5m2fnuz: return e5m2fnuz;
    default: return e2m1;
  }
}

constexpr uint8_t power_nan = 0xFF;

float power_to_float(uint8_t bits) {
  return bits == power_nan ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0F, bits - 127);
}

uint8_t float_to_power(float value, SmallRounding rounding) {
  if (std::isnan(value)) return power_nan;
  value = std::fabs(value);
  if (std::isinf(value)) return rounding.saturate ? power_nan - 1 : power_nan;
  if (value == 0.0F) return 0;
  int exponent = 0;
  const float fraction = std::frexp(value, &exponent);  // in [0.5, 1)
  using enum SmallRounding::Powers;
  const bool rounds_up =
      (rounding.powers == up && fraction > 0.5F) || (rounding.powers == nearest && fraction >= 0.75F);
  const int power = exponent - 1 + (rounds_up ? 1 : 0) + 127;
  if (power > power_nan - 1) return rounding.saturate ? power_nan - 1 : power_nan;
  return static_cast<uint8_t>(std::max(power, 0));
}

float bits_to_float(const SmallFloat& format, uint8_t bits) {
  const bool negative = (bits & format.sign) != 0;
  const auto magnitude = static_cast<uint8_t>(bits & (format.sign - 1));
  const bool is_nan = format.is_fnuz ? bits == format.nan : format.has_nan && magnitude > format.largest;
  float value = 0.0F;
  if (format.infinity != 0 && magnitude == format.infinity) {
    value = std::numeric_limits<float>::infinity();
  } else if (is_nan) {
    value = std::numeric_limits<float>::quiet_NaN();
  } else {
    const int exponent = magnitude >> format.mantissa_bits;
    const int mantissa = magnitude - (exponent << format.mantissa_bits);
    const int implicit = exponent == 0 ? 0 : 1 << format.mantissa_bits;
    value =
        std::ldexp(static_cast<float>(implicit + mantissa), std::max(exponent, 1) - format.bias - format.mantissa_bits);
  }
  return negative ? -value : value;
}

// Bits grow with the magnitude, so that the count of steps from zero are the bits.
int magnitude_bits(const SmallFloat& format, float magnitude) {
  if (magnitude == 0.0F) return 0;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const int biased = std::max(exponent - 1 + format.bias, 1);
  const float in_steps = std::ldexp(magnitude, format.mantissa_bits + format.bias - biased);
  return static_cast<int>(std::nearbyint(in_steps)) + ((biased - 1) << format.mantissa_bits);
}

uint8_t float_to_bits(const SmallFloat& format, float value, bool saturate) {
  const auto sign = std::signbit(value) ? format.sign : uint8_t{0};
  const auto with_sign = [&](int magnitude) {
    return format.is_fnuz && magnitude == 0 ? uint8_t{0} : static_cast<uint8_t>(sign | magnitude);
  };
  const uint8_t nan = format.is_fnuz ? format.nan : with_sign(format.nan);
  if (std::isnan(value)) return nan;
  const float magnitude = std::fabs(value);
  const int bits = std::isinf(magnitude) || magnitude > 1e6F ? 0xFF : magnitude_bits(format, magnitude);
  if (bits <= format.largest) return with_sign(bits);
  if (saturate || !format.has_nan) return with_sign(format.largest);
  return format.infinity != 0 ? with_sign(format.infinity) : nan;
}

struct IntegerRange {
  float least;
  float most;
};

IntegerRange range_of(DType dtype) {
  switch (dtype) {
    case DType::u4: return {.least = 0.0F, .most = 15.0F};
    case DType::i4: return {.least = -8.0F, .most = 7.0F};
    case DType::u2: return {.least = 0.0F, .most = 3.0F};
    default: return {.least = -2.0F, .most = 1.0F};
  }
}

uint8_t mask_of(DType dtype) { return static_cast<uint8_t>((1U << bit_width(dtype)) - 1); }

float integer_to_float(DType dtype, uint8_t bits) {
  const float most = range_of(dtype).most;
  const auto value = static_cast<float>(bits);
  return value > most ? value - static_cast<float>(1U << bit_width(dtype)) : value;
}

void store(DType dtype, std::byte* elements, size_t i, uint8_t bits) {
  const size_t per_byte = 8 / bit_width(dtype);
  const size_t shift = i % per_byte * bit_width(dtype);
  std::byte& byte = elements[i / per_byte];
  // The first element of a byte clears the rest of it.
  byte = (shift == 0 ? std::byte{0} : byte) | static_cast<std::byte>(bits << shift);
}

using DecodeTable = std::array<float, 256>;

}  // namespace

float small_to_float(DType dtype, uint8_t bits) {
  if (dtype == DType::f8e8m0) return power_to_float(bits);
  if (is_small_integer(dtype)) return integer_to_float(dtype, bits);
  return bits_to_float(format_of(dtype), bits);
}

uint8_t float_to_small(DType dtype, float value, SmallRounding rounding) {
  if (dtype == DType::f8e8m0) return float_to_power(value, rounding);
  if (is_small_float(dtype)) return float_to_bits(format_of(dtype), value, rounding.saturate);
  const auto [least, most] = range_of(dtype);
  const float rounded = std::isnan(value) ? 0.0F : std::clamp(std::nearbyint(value), least, most);
  return static_cast<uint8_t>(static_cast<int>(rounded)) & mask_of(dtype);
}

uint8_t small_bits(DType dtype, const std::byte* elements, size_t i) {
  const size_t per_byte = 8 / bit_width(dtype);
  const size_t shift = i % per_byte * bit_width(dtype);
  return static_cast<uint8_t>(std::to_integer<unsigned>(elements[i / per_byte]) >> shift) & mask_of(dtype);
}

void decode_small(DType dtype, const std::byte* elements, size_t first, size_t count, float* to) {
  // A table pays where the same bits come again and again.
  const size_t values = size_t{1} << bit_width(dtype);
  if (count < values) {
    for (size_t i = 0; i < count; ++i) to[i] = small_to_float(dtype, small_bits(dtype, elements, first + i));
    return;
  }
  DecodeTable table;
  for (size_t bits = 0; bits < values; ++bits) table[bits] = small_to_float(dtype, static_cast<uint8_t>(bits));
  size_t i = 0;
  if (bit_width(dtype) == 4 && first % 2 == 0) {
    for (const std::byte* pair = elements + first / 2; i + 1 < count; i += 2, ++pair) {
      to[i] = table[std::to_integer<unsigned>(*pair) & 15U];
      to[i + 1] = table[std::to_integer<unsigned>(*pair) >> 4U];
    }
  }
  for (; i < count; ++i) to[i] = table[small_bits(dtype, elements, first + i)];
}

void encode_small(DType dtype, const float* from, size_t first, size_t count, std::byte* elements,
                  SmallRounding rounding) {
  for (size_t i = 0; i < count; ++i) store(dtype, elements, first + i, float_to_small(dtype, from[i], rounding));
}

void encode_small(DType dtype, const int32_t* from, size_t first, size_t count, std::byte* elements) {
  const uint8_t mask = mask_of(dtype);
  for (size_t i = 0; i < count; ++i) {
    store(dtype, elements, first + i, static_cast<uint8_t>(static_cast<uint32_t>(from[i]) & mask));
  }
}

}  // namespace wedge
