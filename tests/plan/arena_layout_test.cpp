#include "plan/arena_layout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace wedge {
namespace {

bool overlap(size_t a, size_t a_size, size_t b, size_t b_size) { return a < b + b_size && b < a + a_size; }

RC_GTEST_PROP(ArenaLayout, NothingThatLivesAtTheSameTimeOverlaps, ()) {
  const auto count = *rc::gen::inRange<size_t>(0, 60);
  std::vector<Lifetime> lifetimes;
  size_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto first = *rc::gen::inRange<uint32_t>(0, 30);
    lifetimes.push_back({.size = *rc::gen::inRange<size_t>(0, 5000),
                         .first = first,
                         .last = first + *rc::gen::inRange<uint32_t>(0, 10)});
    sum += lifetimes.back().size + 64;
  }
  const ArenaLayout layout = lay_out_arena(lifetimes);
  RC_ASSERT(layout.size <= sum);
  for (size_t i = 0; i < count; ++i) {
    RC_ASSERT(layout.offsets[i] % 64 == 0U);
    RC_ASSERT(layout.offsets[i] + lifetimes[i].size <= layout.size);
    for (size_t j = 0; j < i; ++j) {
      const bool together = lifetimes[i].first <= lifetimes[j].last && lifetimes[j].first <= lifetimes[i].last;
      if (together) {
        RC_ASSERT(!overlap(layout.offsets[i], lifetimes[i].size, layout.offsets[j], lifetimes[j].size));
      }
    }
  }
}

TEST(ArenaLayout, AChainTakesTwoBuffers) {
  std::vector<Lifetime> chain;
  for (uint32_t i = 0; i < 10; ++i) chain.push_back({.size = 1024, .first = i, .last = i + 1});
  EXPECT_EQ(lay_out_arena(chain).size, 2048U);
}

}  // namespace
}  // namespace wedge
