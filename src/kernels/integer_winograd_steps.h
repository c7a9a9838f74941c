// The steps of integer_winograd.cpp, which are vector code.
#pragma once

#include "base/checked.h"
#include "kernels/conv.h"
#include "kernels/integer_tile.h"

namespace wedge::kernels {

/// Tiles of 4x4 outputs, counted row by row through all images, and what becomes of them.
struct IntegerWinograd {
  static constexpr size_t tile = 4;
  static constexpr size_t side = tile + 2;
  static constexpr size_t points = side * side;

  size_t across, down, tiles;
  size_t pairs;  ///< of channels
  /// Elements from one point to the next, so many more that points do not share a set of the cache.
  size_t input_step, weight_step;

  explicit IntegerWinograd(const Conv2d& conv)
      : across(ceil_div(conv.width.output, tile)),
        down(ceil_div(conv.height.output, tile)),
        tiles(conv.batch * across * down),
        pairs(conv.channels / 2),
        input_step(pairs * 2 * pairs_tile_kind().rows + 32),
        weight_step(pairs * 2 * pairs_tile_kind().columns + 32) {}

  [[nodiscard]] size_t image(size_t number) const { return number / (across * down); }
  [[nodiscard]] size_t y(size_t number) const { return number / across % down * tile; }
  [[nodiscard]] size_t x(size_t number) const { return number % across * tile; }
};

/// Tiles [first, last), at most a block of them, which is the rows of a tile of the product: for each point, pairs of
/// channels of all rows.
struct IntegerWinogradInputs {
  const Conv2d& conv;
  const IntegerWinograd& shape;
  const uint8_t* images;
  uint8_t flip;            ///< makes the images' bytes unsigned
  const uint8_t* padding;  ///< a pixel
  size_t first, last;
  int16_t* transformed;
};

/// A panel of the weights: for each point, pairs of channels of all columns.
struct IntegerWinogradWeights {
  const IntegerWinograd& shape;
  const int8_t* panel;
  int16_t* transformed;
};

/// That panel times blocks of transformed inputs.
struct IntegerWinogradProducts {
  const IntegerWinograd& shape;
  size_t blocks;
  const int16_t* inputs;
  const int16_t* weights;
  int32_t* products;  ///< for each block and point, the sums of a tile
};

/// Tiles [first, last) of those products, side by side in the image, to the sums of each row of outputs.
struct IntegerWinogradOutputs {
  const int32_t* products;
  size_t first, last;
  int32_t* sums;
};

void integer_winograd_transform(const IntegerWinogradInputs& inputs);
void integer_winograd_transform(const IntegerWinogradWeights& weights);
void integer_winograd_multiply(const IntegerWinogradProducts& products);
void integer_winograd_transform(const IntegerWinogradOutputs& outputs);

}  // namespace wedge::kernels
