// What Winograd's convolution asks of its transforms, which are compiled per SIMD target.
#pragma once

#include "kernels/channels_last.h"

namespace wedge::kernels {

/// Tiles [first, last) of all images, counted row by row; `chunk` is the tile that transformed row 0 belongs to.
struct WinogradTiles {
  const Conv2d& conv;
  const ConvFinish& finish;
  const float* input;
  const float* zeros;  ///< as many as channels
  float* output;
  size_t first, last, chunk;
  /// One matrix per point of a transformed tile: `rows` tiles by channels, or by output channels.
  size_t rows;
  float* transformed;
  float* products;
};

/// From the image to `transformed`, and from `products` to the output.
struct TileTransforms {
  void (*inputs)(const WinogradTiles& tiles);
  void (*outputs)(const WinogradTiles& tiles);
};

TileTransforms winograd_transforms(const Conv2d& conv, size_t tile);

}  // namespace wedge::kernels
