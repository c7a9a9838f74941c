// What Winograd's convolution asks of its transforms, which are compiled per SIMD target.
#pragma once

#include <limits>

#include "base/checked.h"
#include "kernels/channels_last.h"

namespace wedge::kernels {

/// How an image is cut into tiles.
struct WinogradTile {
  /// Of a pixel that the image has not.
  static constexpr size_t outside = std::numeric_limits<size_t>::max();

  /// Outputs along each axis: one where the kernel has one tap.
  size_t height, width;
  /// Tiles along each axis.
  size_t down, across;

  WinogradTile(const Conv2d& conv, size_t tile)
      : height(conv.height.kernel == 1 ? 1 : tile),
        width(conv.width.kernel == 1 ? 1 : tile),
        down(ceil_div(conv.height.output, height)),
        across(ceil_div(conv.width.output, width)) {}

  [[nodiscard]] size_t points_down() const { return height == 1 ? 1 : height + 2; }
  [[nodiscard]] size_t points_across() const { return width == 1 ? 1 : width + 2; }
  [[nodiscard]] size_t points() const { return points_down() * points_across(); }
};

inline constexpr size_t most_points = 36;
inline constexpr size_t most_pixels = 16;

/// Tiles [first, last) of all images, counted row by row; `chunk` is the tile that transformed row 0 belongs to.
struct WinogradTiles {
  const Conv2d& conv;
  const ConvFinish& finish;
  WinogradTile tile;
  const float* input;
  const float* zeros;  ///< as many as channels
  float* output;
  size_t first, last, chunk;
  /// One matrix per point of a transformed tile, `point_floats` apart: tiles, `transformed_stride` apart, by channels,
  /// or panels of `panel_tiles`.
  float* transformed;
  size_t point_floats, transformed_stride;
  /// One matrix per point, `product_floats` apart: tiles, `product_stride` apart, by output channels.
  float* products;
  size_t product_floats, product_stride;

  /// The pixels that a tile's points are made of; zeros outside of the image.
  void find_inputs(size_t number, const float* (&pixels)[most_points]) const;
  /// Where a tile's outputs lie, or WinogradTile::outside.
  void find_outputs(size_t number, size_t (&pixels)[most_pixels]) const;
};

struct WinogradLayout {
  size_t panel_tiles;
  size_t lanes;  ///< strides of rows are multiples of it
};

WinogradLayout winograd_layout();
/// From the image to `transformed`; `first` starts a panel.
void winograd_transform_inputs(const WinogradTiles& tiles);
/// From `products` to the output.
void winograd_transform_outputs(const WinogradTiles& tiles);

}  // namespace wedge::kernels
