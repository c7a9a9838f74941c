#include "kernels/product_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <vector>

namespace wedge {
namespace {

using kernels::ProductSchedule;
using kernels::ProductShape;
using kernels::ProductTask;

constexpr double much_work = 1e9;

TEST(ProductSchedule, TasksMakeEveryPartOfEveryProductOnce) {
  std::minstd_rand generator(1);
  const auto below = [&](size_t limit) { return generator() % limit; };
  const auto one_of = [&](std::initializer_list<size_t> sizes) { return sizes.begin()[below(sizes.size())]; };
  for (int round = 0; round < 500; ++round) {
    const size_t row_step = one_of({1, 16});
    const ProductShape shape{.products = below(5),
                             .rows = 1 + below(400),
                             .tile_rows = row_step * one_of({1, 2, 6, 8}),
                             .row_step = row_step,
                             .panels = below(50),
                             .tile_panels = one_of({1, 2}),
                             .panel_bytes = below(500'000),
                             .work = below(2) == 0 ? 0 : much_work};
    const auto workers = static_cast<unsigned>(1 + below(8));
    SCOPED_TRACE(testing::Message() << workers << " workers, " << shape.products << " of " << shape.rows << " rows and "
                                    << shape.panels << " panels, tiles of " << shape.tile_rows << " and "
                                    << shape.tile_panels << ", panels of " << shape.panel_bytes << " bytes");
    const ProductSchedule schedule(shape, Workers(workers));
    std::vector<int> times(shape.products * shape.rows * shape.panels);
    for (size_t number = 0; number < schedule.tasks(); ++number) {
      const ProductTask task = schedule.task(number, 0);
      EXPECT_GT(task.rows(), 0U);
      EXPECT_EQ(task.first_row % row_step, 0U);
      for (size_t row = task.first_row; row < task.last_row; ++row) {
        for (size_t panel = task.first_panel; panel < task.last_panel; ++panel) {
          ++times.at((task.product * shape.rows + row) * shape.panels + panel);
        }
      }
    }
    EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](int count) { return count == 1; }));
  }
}

struct Area {
  size_t rows, panels, panel_bytes;
};

TEST(ProductSchedule, WorkersHaveAsMuchToDo) {
  constexpr unsigned workers = 2;
  constexpr double few_percent = 1.05;
  for (const auto& [rows, panels, panel_bytes] : {Area{196, 18, 12 << 10},  // of rows that no number of tiles divides
                                                  Area{49, 30, 20 << 10},   // too many panels for the cache: in halves
                                                  Area{49, 5, 120 << 10},   // an odd number of them: the rows in halves
                                                  Area{196, 32, 32 << 10},  // many rows
                                                  Area{16, 48, 48 << 10},   // few
                                                  Area{3136, 1, 32 << 10}}) {
    SCOPED_TRACE(testing::Message() << rows << " rows, " << panels << " panels");
    const ProductSchedule schedule({.rows = rows,
                                    .tile_rows = 6,
                                    .panels = panels,
                                    .tile_panels = 2,
                                    .panel_bytes = panel_bytes,
                                    .work = much_work},
                                   Workers(workers));
    size_t most = 0;
    for (unsigned worker = 0; worker < workers; ++worker) {
      const size_t begin = worker == 0 ? 0 : share_end(schedule.tasks(), worker - 1, workers);
      size_t area = 0;
      for (size_t number = begin; number < share_end(schedule.tasks(), worker, workers); ++number) {
        const ProductTask task = schedule.task(number, worker);
        area += task.rows() * task.panels();
      }
      most = std::max(most, area);
    }
    EXPECT_LE(static_cast<double>(most * workers), few_percent * static_cast<double>(rows * panels));
  }
}

TEST(ProductSchedule, OneWorkerKeepsRowsTogether) {
  const ProductSchedule schedule({.rows = 500,
                                  .tile_rows = 6,
                                  .panels = 31,
                                  .tile_panels = 2,
                                  .panel_bytes = size_t{32} << 10U,
                                  .work = much_work},
                                 Workers());
  EXPECT_EQ(schedule.tasks(), 4U);
  for (size_t number = 0; number < schedule.tasks(); ++number) {
    const ProductTask task = schedule.task(number, 0);
    EXPECT_EQ(task.rows(), 500U);
    EXPECT_EQ(task.first_panel % 2, 0U);
    EXPECT_TRUE(task.leaves_panels);
  }
}

}  // namespace
}  // namespace wedge
