// What gemm() asks of the code compiled per SIMD target.
#pragma once

#include <cstddef>

#include "kernels/gemm.h"
#include "kernels/next_panels.h"

namespace wedge::kernels {

/// What becomes of the sums on their way to C: clamp(alpha * sum + addend + column_bias + row_bias). Pointers, null
/// where there is nothing to add, belong to the first row and column of the block.
struct TileFinish {
  float alpha = 1.0F;
  const float* addend = nullptr;  ///< as large as the block; may be C itself
  ptrdiff_t addend_stride = 0;
  const float* row_bias = nullptr;
  const float* column_bias = nullptr;
  Clamp clamp;

  /// To a block that begins at another row and column.
  void move(size_t row, size_t column) {
    if (addend != nullptr) addend += static_cast<ptrdiff_t>(row) * addend_stride + static_cast<ptrdiff_t>(column);
    if (row_bias != nullptr) row_bias += row;
    if (column_bias != nullptr) column_bias += column;
  }
};

/// A block of C that one thread computes from k rows of B. Panels of B are b_panel_stride apart and their rows
/// b_row_stride; groups of tile rows of A are a_tile_stride apart.
struct GemmBlock {
  size_t m, n, k;
  const float* a;
  ptrdiff_t a_row_stride, a_column_stride, a_tile_stride;
  const void* b;  ///< elements of b_type
  PackedType b_type;
  ptrdiff_t b_row_stride, b_panel_stride;
  NextPanels next;
  float* c;
  ptrdiff_t c_stride;
  TileFinish finish;
};

struct GemmTile {
  size_t rows, columns;
  bool copies_a;  ///< whether rows of A are better read from panels than where they are
};

/// This machine's.
GemmTile gemm_tile();

/// Computes it, by vectors.
void gemm_block(const GemmBlock& block);

}  // namespace wedge::kernels
