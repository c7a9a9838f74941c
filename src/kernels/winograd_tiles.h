// What Winograd's convolution asks of the code compiled per SIMD target.
#pragma once

#include "kernels/channels_last.h"

namespace wedge::kernels {

/// Tiles [first, last) of all images, counted row by row; `chunk` is the tile that transformed row 0 belongs to.
struct WinogradTiles {
  const Conv2d& conv;
  const ConvFinish& finish;
  const float* input;
  float* output;
  size_t first, last, chunk;
  /// One matrix per point of a transformed tile: `rows` tiles by channels, or by output channels.
  size_t rows;
  float* transformed;
  float* products;
};

}  // namespace wedge::kernels
