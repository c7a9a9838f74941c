#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace wedge {
namespace {

TEST(Workers, EveryIndexRunsOnce) {
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    for (const size_t count : {0U, 1U, 7U, 1000U}) {
      for (const size_t grain : {0U, 1U, 3U, 5000U}) {
        std::vector<std::atomic<int>> seen(count);
        Workers(threads).run(count, grain, [&](size_t begin, size_t end, unsigned worker) {
          EXPECT_LT(worker, threads);
          for (size_t i = begin; i < end; ++i) ++seen[i];
        });
        for (const auto& times : seen) EXPECT_EQ(times, 1);
      }
    }
  }
}

TEST(Workers, EachShareEndsOnce) {
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    for (const size_t blocks : {1U, 2U, 7U, 1000U}) {
      const size_t workers = std::min<size_t>(threads, blocks);
      size_t begin = 0;
      for (size_t worker = 0; worker < workers; ++worker) {
        const size_t end = share_end(blocks, worker, workers);
        EXPECT_LT(begin, end);
        for (size_t block = begin; block < end; ++block) {
          EXPECT_EQ(block + 1 == end, Workers(threads).ends_share(block, blocks, static_cast<unsigned>(worker)));
        }
        begin = end;
      }
      EXPECT_EQ(blocks, begin);
    }
  }
}

TEST(Workers, ManyShortJobsInARow) {
  std::atomic<size_t> total{0};
  for (int i = 0; i < 20000; ++i) {
    Workers(3).run(6, 1, [&](size_t begin, size_t end, unsigned) { total += end - begin; });
  }
  EXPECT_EQ(total, 120000U);
}

TEST(Workers, CallersOnSeveralThreadsAllFinish) {
  std::atomic<size_t> total{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        Workers(2).run(10, 3, [&](size_t begin, size_t end, unsigned) { total += end - begin; });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(total, 80000U);
}

TEST(Workers, ABodyMayForkAgain) {
  std::atomic<size_t> total{0};
  Workers(2).run(4, 1, [&](size_t, size_t, unsigned) {
    Workers(2).run(5, 1, [&](size_t begin, size_t end, unsigned) { total += end - begin; });
  });
  EXPECT_EQ(total, 20U);
}

}  // namespace
}  // namespace wedge
