#include "wedge/float16.h"

#include <gtest/gtest.h>

#include <cmath>

namespace wedge {
namespace {

TEST(Float16, EveryValueSurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = Float16::from_bits(static_cast<uint16_t>(bits));
    const auto back = Float16(static_cast<float>(half));
    if (std::isnan(static_cast<float>(half))) {
      EXPECT_TRUE(std::isnan(static_cast<float>(back)));
    } else {
      EXPECT_EQ(back.bits, half.bits);
    }
    const auto brain = BFloat16::from_bits(static_cast<uint16_t>(bits));
    if (!std::isnan(static_cast<float>(brain))) {
      EXPECT_EQ(BFloat16(static_cast<float>(brain)).bits, brain.bits);
    }
  }
}

TEST(Float16, RoundsToTheNearestTiesToEven) {
  // Between neighbours the nearer one wins, half way the even one: checked over all pairs of finite neighbours.
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = static_cast<float>(Float16::from_bits(static_cast<uint16_t>(bits)));
    const float high = static_cast<float>(Float16::from_bits(static_cast<uint16_t>(bits + 1)));
    const float middle = low + (high - low) / 2;
    EXPECT_EQ(Float16(middle).bits, bits % 2 == 0 ? bits : bits + 1);
    EXPECT_EQ(Float16(std::nextafter(middle, low)).bits, bits);
    EXPECT_EQ(Float16(std::nextafter(middle, high)).bits, bits + 1);
    EXPECT_EQ(Float16(-middle).bits, (bits % 2 == 0 ? bits : bits + 1) | 0x8000U);
  }
  EXPECT_EQ(Float16(65520.0F).bits, 0x7c00U);
  EXPECT_EQ(Float16(65519.0F).bits, 0x7bffU);
  EXPECT_EQ(Float16(1e-9F).bits, 0U);
  EXPECT_EQ(BFloat16(1.00390625F).bits, 0x3f80U);
  EXPECT_EQ(BFloat16(1.01171875F).bits, 0x3f82U);
}

}  // namespace
}  // namespace wedge
