#include "base/checked.h"

#include <gtest/gtest.h>

namespace wedge {
namespace {

constexpr size_t large = size_t{1} << (sizeof(size_t) * 8 - 2);

TEST(Checked, BytesAreTheProductOrTooMany) {
  EXPECT_EQ(saturating_bytes(3, 4), 12U);
  EXPECT_EQ(saturating_bytes(3, 4, 5, 7), 420U);
  EXPECT_EQ(saturating_bytes(large, 1), large);
  EXPECT_EQ(saturating_bytes(large, 2), too_many_bytes);
  // Products that wrap to 0 and to 4.
  EXPECT_EQ(saturating_bytes(large, 4), too_many_bytes);
  EXPECT_EQ(saturating_bytes(large + 1, 4), too_many_bytes);
  EXPECT_EQ(saturating_bytes(large, large, large, large), too_many_bytes);
  EXPECT_EQ(saturating_bytes(large, large, 0), 0U);
  EXPECT_EQ(saturating_bytes(0, large, large, large), 0U);
}

TEST(Checked, TooManyBytesCanBeAddedAndRounded) {
  EXPECT_GT(round_up(too_many_bytes, 64) + round_up(too_many_bytes, 64), too_many_bytes);
}

}  // namespace
}  // namespace wedge
