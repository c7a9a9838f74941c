// A panel of a packed matrix of bytes.
#pragma once

#include "kernels/integer_gemm.h"

namespace wedge::kernels {

/// Columns [first, first + columns) of B, as signed bytes: for each tap and group of rows, the group's rows of each of
/// `width` columns. `to` and `sums` are zeros before.
struct IntegerPanel {
  const IntegerMatrix& b;
  size_t first, columns;
  size_t width;
  size_t groups, group;  ///< groups of 2 or 4 rows
  uint8_t* to;
  uint32_t* sums;  ///< of each column
};

void pack_integer_panel(const IntegerPanel& panel);

}  // namespace wedge::kernels
