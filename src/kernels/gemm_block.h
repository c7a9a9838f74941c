// What gemm() asks of the code compiled per SIMD target.
#pragma once

#include <cstddef>

#include "kernels/gemm.h"

namespace wedge::kernels {

/// A block of C that one thread computes from k rows of B. Panels of B are b_panel_stride apart and their rows
/// b_row_stride; groups of tile rows of A are a_tile_stride apart.
struct GemmBlock {
  size_t m, n, k;
  const float* a;
  ptrdiff_t a_row_stride, a_column_stride, a_tile_stride;
  const float* b;
  ptrdiff_t b_row_stride, b_panel_stride;
  float* c;
  ptrdiff_t c_stride;
  float alpha;
  const float* row_bias;
  const float* column_bias;
  bool add_to_c;
  bool clamped;
  Clamp clamp;
};

struct GemmTile {
  size_t rows, columns;
};

}  // namespace wedge::kernels
