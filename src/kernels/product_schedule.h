// How a matrix product is cut into tasks when its right factor is packed in panels.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/checked.h"
#include "base/thread_pool.h"

namespace wedge::kernels {

/// So many rows at once that all tiles have as many, where that comes out: of 7x7 pixels seven times seven, not six
/// times eight and one.
inline size_t even_rows(size_t rows, size_t most) { return ceil_div(rows, ceil_div(rows, most)); }

/// A task computes `rows` rows of the result times `panels` panels of its columns: so few that their factors stay in
/// the second-level cache while all rows pass by. Results never depend on how a product is cut.
struct ProductSchedule {
  size_t rows, row_blocks;
  size_t panels, panel_blocks;
  unsigned workers;

  /// `products`: how many such products there are side by side. `tile_panels`: the panels that a tile of so many rows
  /// reads at once. `work`: the multiplications of all of them.
  static ProductSchedule make(size_t products, size_t all_rows, size_t tile_rows, size_t all_panels, size_t tile_panels,
                              size_t panel_bytes, double work, Workers available) {
    constexpr size_t cached_bytes = size_t{384} << 10U;
    constexpr double smallest_parallel_work = 1 << 18;
    ProductSchedule s{.rows = all_rows, .row_blocks = 1, .panels = 1, .panel_blocks = 1, .workers = 1};
    const auto some_panels = [&](size_t count) {
      return std::min(round_up(std::max<size_t>(count, 1), tile_panels), std::max<size_t>(all_panels, 1));
    };
    s.panels = some_panels(cached_bytes / (panel_bytes + 1) / tile_panels * tile_panels);
    if (work >= smallest_parallel_work) s.workers = available.count();
    if (s.workers > 1) {
      // As many panels for each worker.
      const size_t cut = ceil_div(all_panels, s.panels);
      if (cut > 1) s.panels = some_panels(ceil_div(all_panels, ceil_div(cut, size_t{s.workers}) * s.workers));
      const size_t wanted = size_t{4} * s.workers;
      const size_t blocks = products * ((all_panels + s.panels - 1) / s.panels);
      if (blocks < wanted && all_rows >= 2 * tile_rows) {
        const size_t row_blocks = (wanted + blocks - 1) / blocks;
        s.rows = ceil_div(ceil_div(all_rows, row_blocks), tile_rows) * tile_rows;
        // The rows of the worker that has the most blocks: with seven of 30 rows, four of them. More blocks read their
        // panels more often, so they are to be worth it.
        const auto most_rows = [&](size_t rows) {
          return ceil_div(ceil_div(all_rows, rows) * blocks, size_t{s.workers}) * rows;
        };
        for (size_t rows = s.rows; rows >= tile_rows && 2 * rows >= s.rows; rows -= tile_rows) {
          if (12 * most_rows(rows) < 11 * most_rows(s.rows)) s.rows = rows;
        }
      } else if (blocks < wanted) {
        s.panels = some_panels(s.panels * blocks / wanted);
      }
    }
    s.row_blocks = (all_rows + s.rows - 1) / s.rows;
    s.panel_blocks = (all_panels + s.panels - 1) / s.panels;
    return s;
  }

  [[nodiscard]] size_t blocks() const { return row_blocks * panel_blocks; }
};

}  // namespace wedge::kernels
