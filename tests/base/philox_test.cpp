#include "base/philox.h"

#include <gtest/gtest.h>

#include <set>

namespace wedge {
namespace {

// The known answers of the authors' own library.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(Philox(0).block(0), (Philox::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

TEST(Philox, UniformNumbersAreEvenAndDiffer) {
  const Philox random(42);
  constexpr int count = 10000;
  double sum = 0;
  double squares = 0;
  std::set<double> seen;
  for (int i = 0; i < count; ++i) {
    const double x = random.uniform(static_cast<uint64_t>(i));
    ASSERT_TRUE(x >= 0 && x < 1);
    sum += x;
    squares += x * x;
    seen.insert(x);
  }
  EXPECT_NEAR(sum / count, 0.5, 0.01);
  EXPECT_NEAR(squares / count, 1.0 / 3, 0.01);
  EXPECT_EQ(seen.size(), size_t{count});
}

}  // namespace
}  // namespace wedge
