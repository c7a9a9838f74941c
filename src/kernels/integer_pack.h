// A panel of a packed matrix of bytes.
#pragma once

#include "kernels/integer_gemm.h"

namespace wedge::kernels {

/// Columns [first, first + columns) of B, as signed bytes: for each tap and group of rows, the group's rows of each of
/// `width` columns. `sums` are zeros before, and `to` where the panel has no row or column.
struct IntegerPanel {
  static constexpr size_t widest = 32;
  const IntegerMatrix& b;
  size_t first, columns;
  size_t width;          ///< whole vectors of sums, at most `widest`
  size_t groups, group;  ///< groups of 2 or 4 rows
  uint8_t* to;
  uint32_t* sums;  ///< of each column
};

void pack_integer_panel(const IntegerPanel& panel);

/// Where weights of a packed panel go that its kind would cut.
struct IntegerExtrasToPack {
  int8_t* groups;
  size_t count, group_bytes;
  uint32_t* numbers;  ///< of `most` extras
  int8_t* extras;
  size_t most;
};

/// Halves weights, side by side in a group, whose products with bytes could have a sum past 16 bits. Returns how many
/// extras hold the other halves, or more than `most`.
size_t move_large_pairs(const IntegerExtrasToPack& panel);

}  // namespace wedge::kernels
