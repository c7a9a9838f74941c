#include "tensor/small_types.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace wedge {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

const DType small_types[] = {DType::f8e4m3fn, DType::f8e4m3fnuz, DType::f8e5m2, DType::f8e5m2fnuz, DType::f4e2m1,
                             DType::f8e8m0,   DType::u4,         DType::i4,     DType::u2,         DType::i2};

size_t count_of(DType dtype) { return size_t{1} << bit_width(dtype); }

TEST(SmallTypes, EveryValueSurvivesTheRoundTrip) {
  for (const DType dtype : small_types) {
    for (size_t bits = 0; bits < count_of(dtype); ++bits) {
      const float value = small_to_float(dtype, static_cast<uint8_t>(bits));
      const uint8_t back = float_to_small(dtype, value, {.saturate = false});
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(small_to_float(dtype, back))) << to_string(dtype) << " " << bits;
      } else {
        EXPECT_EQ(back, bits) << to_string(dtype) << " " << value;
      }
    }
  }
}

// Half way between neighbours the one with even bits wins, nearer to one of them that one.
TEST(SmallTypes, FloatsRoundToTheNearestTiesToEven) {
  for (const DType dtype : {DType::f8e4m3fn, DType::f8e4m3fnuz, DType::f8e5m2, DType::f8e5m2fnuz, DType::f4e2m1}) {
    for (size_t bits = 0; bits + 1 < count_of(dtype) / 2; ++bits) {
      const float low = small_to_float(dtype, static_cast<uint8_t>(bits));
      const float high = small_to_float(dtype, static_cast<uint8_t>(bits + 1));
      if (!std::isfinite(low) || !std::isfinite(high)) continue;
      const float middle = low + (high - low) / 2;
      EXPECT_EQ(float_to_small(dtype, middle), bits % 2 == 0 ? bits : bits + 1) << to_string(dtype) << " " << middle;
      EXPECT_EQ(float_to_small(dtype, std::nextafter(middle, low)), bits) << to_string(dtype) << " " << middle;
      EXPECT_EQ(float_to_small(dtype, std::nextafter(middle, high)), bits + 1) << to_string(dtype) << " " << middle;
    }
  }
}

TEST(SmallTypes, LargestNumbers) {
  EXPECT_EQ(small_to_float(DType::f8e4m3fn, 0x7E), 448.0F);
  EXPECT_EQ(small_to_float(DType::f8e4m3fnuz, 0x7F), 240.0F);
  EXPECT_EQ(small_to_float(DType::f8e5m2, 0x7B), 57344.0F);
  EXPECT_EQ(small_to_float(DType::f8e5m2fnuz, 0x7F), 57344.0F);
  EXPECT_EQ(small_to_float(DType::f4e2m1, 0x7), 6.0F);
  EXPECT_EQ(small_to_float(DType::f8e8m0, 0xFE), 0x1p127F);
}

TEST(SmallTypes, WhatDoesNotFitSaturatesOrIsLost) {
  constexpr SmallRounding loses = {.saturate = false};
  EXPECT_EQ(float_to_small(DType::f8e4m3fn, 1e9F), 0x7E);
  EXPECT_EQ(float_to_small(DType::f8e4m3fn, -infinity), 0xFE);
  EXPECT_EQ(float_to_small(DType::f8e4m3fn, -infinity, loses), 0xFF);
  EXPECT_EQ(float_to_small(DType::f8e4m3fn, 464.0F, loses), 0x7E);
  EXPECT_EQ(float_to_small(DType::f8e4m3fn, 465.0F, loses), 0x7F);
  EXPECT_EQ(float_to_small(DType::f8e4m3fnuz, infinity, loses), 0x80);
  EXPECT_EQ(float_to_small(DType::f8e4m3fnuz, -1e-9F), 0);
  EXPECT_EQ(float_to_small(DType::f8e5m2, infinity), 0x7B);
  EXPECT_EQ(float_to_small(DType::f8e5m2, -infinity, loses), 0xFC);
  EXPECT_EQ(float_to_small(DType::f8e5m2fnuz, nan), 0x80);
  EXPECT_EQ(float_to_small(DType::f4e2m1, -100.0F, loses), 0xF);
  EXPECT_EQ(float_to_small(DType::f8e8m0, nan), 0xFF);
  EXPECT_EQ(float_to_small(DType::f8e8m0, infinity), 0xFE);
  EXPECT_EQ(float_to_small(DType::f8e8m0, 0.0F), 0);
}

TEST(SmallTypes, PowersOfTwoRoundAsAsked) {
  using enum SmallRounding::Powers;
  const auto power = [](float value, SmallRounding::Powers powers) {
    return small_to_float(DType::f8e8m0, float_to_small(DType::f8e8m0, value, {.saturate = true, .powers = powers}));
  };
  EXPECT_EQ(power(5.0F, up), 8.0F);
  EXPECT_EQ(power(5.0F, down), 4.0F);
  EXPECT_EQ(power(5.0F, nearest), 4.0F);
  EXPECT_EQ(power(6.0F, nearest), 8.0F);
  EXPECT_EQ(power(8.0F, up), 8.0F);
}

TEST(SmallTypes, IntegersRoundAndSaturateOrWrap) {
  EXPECT_EQ(float_to_small(DType::i4, -8.6F), 0x8);
  EXPECT_EQ(float_to_small(DType::i4, 2.5F), 0x2);
  EXPECT_EQ(float_to_small(DType::u4, 99.0F), 0xF);
  EXPECT_EQ(float_to_small(DType::i2, nan), 0);
  std::vector<std::byte> packed(2, std::byte{0xFF});
  const std::vector<int32_t> integers = {-9, 8, 17};
  encode_small(DType::i4, integers.data(), 0, integers.size(), packed.data());
  EXPECT_EQ(packed, (std::vector{std::byte{0x87}, std::byte{0x01}}));
}

TEST(SmallTypes, BlocksAgreeWithSingleElements) {
  for (const DType dtype : small_types) {
    for (const size_t count : {size_t{1}, size_t{3}, size_t{8}, size_t{300}}) {
      std::vector<float> numbers(count);
      for (size_t i = 0; i < count; ++i) numbers[i] = small_to_float(dtype, static_cast<uint8_t>(i % count_of(dtype)));
      const size_t per_byte = 8 / bit_width(dtype);
      std::vector<std::byte> packed((count + per_byte - 1) / per_byte, std::byte{0xAA});
      encode_small(dtype, numbers.data(), 0, count, packed.data());
      std::vector<float> back(count);
      decode_small(dtype, packed.data(), 0, count, back.data());
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(small_bits(dtype, packed.data(), i), float_to_small(dtype, numbers[i])) << to_string(dtype);
        if (!std::isnan(back[i])) EXPECT_EQ(back[i], small_to_float(dtype, small_bits(dtype, packed.data(), i)));
      }
    }
  }
}

}  // namespace
}  // namespace wedge
