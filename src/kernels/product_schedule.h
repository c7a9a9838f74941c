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

/// What is to be cut.
struct ProductShape {
  size_t products = 1;  ///< so many side by side
  size_t rows;          ///< of the left factor
  size_t tile_rows;     ///< tasks have at least so many, where there are
  size_t row_step = 1;  ///< of a tile, that take as long as one: tasks begin at multiples
  size_t panels;        ///< of the right factor
  size_t tile_panels;   ///< what a tile reads at once
  size_t panel_bytes;
  double work;  ///< multiplications, of all products
};

/// Rows [first_row, last_row) of a product's result times panels [first_panel, last_panel).
struct ProductTask {
  size_t product, first_row, last_row, first_panel, last_panel;
  bool leaves_panels;  ///< the worker goes on to other panels

  [[nodiscard]] size_t rows() const { return last_row - first_row; }
  [[nodiscard]] size_t panels() const { return last_panel - first_panel; }
};

/// A task has so few panels that they stay in the second-level cache while its rows pass by. Workers share the rows, or
/// the panels where they are too many for that cache or rows do not come out even. Results never depend on how a
/// product is cut.
class ProductSchedule {
 public:
  ProductSchedule(const ProductShape& shape, Workers available) : shape_(shape) {
    constexpr size_t cached_bytes = size_t{384} << 10U;
    constexpr double smallest_parallel_work = 1 << 18;
    const size_t most_panels = cached_bytes / (shape.panel_bytes + 1) / shape.tile_panels * shape.tile_panels;
    panel_blocks_ = std::max<size_t>(ceil_div(shape.panels, std::max(most_panels, shape.tile_panels)), 1);
    if (shape.work >= smallest_parallel_work) workers_ = available.count();
    if (workers_ > 1 && shape.products > 0) share();
    // Tiles that are not whole at the end of each block, rather than more panels for one worker.
    const bool come_out = shape.panels % (panel_blocks_ * shape.tile_panels) == 0;
    panel_step_ = workers_ == 1 || come_out ? shape.tile_panels : 1;
  }

  [[nodiscard]] size_t tasks() const { return row_shares_ * shape_.products * panel_blocks_ * row_blocks_; }
  [[nodiscard]] Workers workers() const { return Workers(workers_); }

  [[nodiscard]] ProductTask task(size_t number, unsigned worker) const {
    const size_t row_block = number % row_blocks_;
    const size_t others = number / row_blocks_;
    const size_t panel_block = others % panel_blocks_;
    const size_t share = others / panel_blocks_ / shape_.products;
    return {.product = others / panel_blocks_ % shape_.products,
            .first_row = first_row(share * row_blocks_ + row_block),
            .last_row = first_row(share * row_blocks_ + row_block + 1),
            .first_panel = first_panel(panel_block),
            .last_panel = first_panel(panel_block + 1),
            .leaves_panels = row_block + 1 == row_blocks_ || workers().ends_share(number, tasks(), worker)};
  }

 private:
  void share() {
    // Parts where the worker with the most has as many as it would if all had.
    const auto rounded = [&](size_t parts) { return ceil_div(parts, size_t{workers_}) * workers_; };
    const bool is_even = shape_.products % workers_ == 0;
    // Rows stay in the cache of the core that made them, but every worker reads all panels.
    const size_t fewest_tiles = panel_blocks_ == 1 ? 1 : 4;
    const bool has_rows = shape_.rows >= workers_ * fewest_tiles * shape_.tile_rows;
    if (!is_even && has_rows &&
        32 * rounded(row_steps()) * shape_.panels <= 33 * rounded(shape_.panels) * row_steps()) {
      row_shares_ = workers_;
    } else if (!is_even) {
      panel_blocks_ = rounded(panel_blocks_);
    }
    // Blocks are handed out one by one, so that a worker that others disturb does fewer.
    const size_t more = ceil_div(size_t{4} * workers_, row_shares_ * shape_.products * panel_blocks_);
    const size_t most_row_blocks = shape_.rows / (row_shares_ * shape_.tile_rows);
    if (most_row_blocks > 1) {
      row_blocks_ = std::min(more, most_row_blocks);
    } else {
      panel_blocks_ *= more;
    }
    panel_blocks_ =
        std::clamp<size_t>(panel_blocks_, 1, std::max<size_t>(ceil_div(shape_.panels, shape_.tile_panels), 1));
  }

  [[nodiscard]] size_t row_steps() const { return ceil_div(shape_.rows, shape_.row_step); }
  [[nodiscard]] size_t first_row(size_t block) const {
    return std::min(shape_.rows, row_steps() * block / (row_shares_ * row_blocks_) * shape_.row_step);
  }
  [[nodiscard]] size_t first_panel(size_t block) const {
    const size_t steps = ceil_div(shape_.panels, panel_step_);
    return std::min(shape_.panels, steps * block / panel_blocks_ * panel_step_);
  }

  ProductShape shape_;
  unsigned workers_ = 1;
  size_t row_shares_ = 1;  ///< 1, or the workers
  size_t panel_blocks_;
  size_t row_blocks_ = 1;  ///< of each share
  size_t panel_step_;
};

}  // namespace wedge::kernels
