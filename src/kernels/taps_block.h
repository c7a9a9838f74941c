// What the direct convolution asks of the code compiled per SIMD target.
#pragma once

#include "kernels/gemm_block.h"

namespace wedge::kernels {

/// No target's tile of C has more rows.
inline constexpr size_t most_tile_rows = 8;

/// Some rows of C, no more than a tile has: for each tap, rows of A that the pointers show, times a matrix of weights.
struct TapsBlock {
  size_t rows, n;
  size_t taps, depth;
  const float* const* pixels;  ///< a tile's rows of pointers per tap, each to `depth` floats
  float* panel;                ///< a tile's rows of taps * depth floats, written here where the target copies A
  const float* b;              ///< panels of weights: depth x panel width, one after the other
  size_t tap_stride, panel_stride;
  NextPanels next;
  size_t tile;  ///< the number of this row of tiles
  float* c;
  ptrdiff_t c_stride;
  TileFinish finish;
};

}  // namespace wedge::kernels
