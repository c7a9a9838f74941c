// What is computed of tiles (integer_winograd_steps.h).
#include "kernels/integer_winograd_steps.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_winograd_steps.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/integer_pairs-inl.h"
#include "kernels/integer_winograd_transforms-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

inline constexpr size_t tile_size = IntegerWinograd::tile;
inline constexpr size_t side = IntegerWinograd::side;
inline constexpr size_t points = IntegerWinograd::points;

using ShortTag = hn::CappedTag<int16_t, 8>;
using Shorts = hn::Vec<ShortTag>;
inline constexpr size_t channels_at_once = hn::MaxLanes(ShortTag());

// The pixels that a tile sees.
void find_tile(const IntegerWinogradInputs& in, size_t number, const uint8_t** pixels) {
  const Conv2d& conv = in.conv;
  const auto height = static_cast<ptrdiff_t>(conv.height.input);
  const auto width = static_cast<ptrdiff_t>(conv.width.input);
  const uint8_t* image = in.images + in.shape.image(number) * conv.height.input * conv.width.input * conv.channels;
  const auto top = static_cast<ptrdiff_t>(in.shape.y(number)) - conv.height.pad;
  const auto left = static_cast<ptrdiff_t>(in.shape.x(number)) - conv.width.pad;
  for (ptrdiff_t row = top; row < top + static_cast<ptrdiff_t>(side); ++row) {
    for (ptrdiff_t column = left; column < left + static_cast<ptrdiff_t>(side); ++column) {
      const bool inside = row >= 0 && row < height && column >= 0 && column < width;
      *pixels++ = inside ? image + static_cast<size_t>(row * width + column) * conv.channels : in.padding;
    }
  }
}

// A vector of channels of each pixel to each point.
HWY_INLINE void transform_pixels(const uint8_t* const* pixels, size_t channel, uint8_t flip, Shorts* transformed) {
  const ShortTag d;
  const hn::Rebind<uint8_t, ShortTag> bytes;
  Shorts half[side][side];
  for (size_t j = 0; j < side; ++j) {
    Shorts column[side];
    Shorts result[side];
    for (size_t i = 0; i < side; ++i) {
      const auto x = hn::LoadU(bytes, pixels[i * side + j] + channel);
      column[i] = hn::PromoteTo(d, hn::Xor(x, hn::Set(bytes, flip)));
    }
    transform_input(column, result);
    for (size_t i = 0; i < side; ++i) half[i][j] = result[i];
  }
  for (size_t i = 0; i < side; ++i) {
    Shorts result[side];
    transform_input(half[i], result);
    for (size_t j = 0; j < side; ++j) transformed[i * side + j] = result[j];
  }
}

// A vector of channels of each of four rows to pairs side by side.
HWY_INLINE void store_rows(Shorts a, Shorts b, Shorts c, Shorts e, int16_t* to) {
#if HWY_TARGET == HWY_SCALAR
  to[0] = hn::GetLane(a);
  to[2] = hn::GetLane(b);
  to[4] = hn::GetLane(c);
  to[6] = hn::GetLane(e);
#else
  const hn::FixedTag<int32_t, 4> d;
  store_transposed(d, hn::BitCast(d, a), hn::BitCast(d, b), hn::BitCast(d, c), hn::BitCast(d, e),
                   reinterpret_cast<int32_t*>(to), tile_rows);
#endif
}

void transform_inputs(const IntegerWinogradInputs& in) {
  const uint8_t flip = in.flip;
  for (size_t row = 0; row < tile_rows; row += 4) {
    const uint8_t* pixels[4][points];
    // Rows that are not there repeat the last; nobody reads what comes of them.
    for (size_t i = 0; i < 4; ++i) find_tile(in, std::min(in.first + row + i, in.last - 1), pixels[i]);
    for (size_t channel = 0; channel < in.conv.channels; channel += channels_at_once) {
      Shorts values[4][points];
      for (size_t i = 0; i < 4; ++i) transform_pixels(pixels[i], channel, flip, values[i]);
      int16_t* to = in.transformed + channel / 2 * 2 * tile_rows + channel % 2 + 2 * row;
      for (size_t point = 0; point < points; ++point, to += in.shape.input_step) {
        store_rows(values[0][point], values[1][point], values[2][point], values[3][point], to);
      }
    }
  }
}

void transform_weights(const IntegerWinogradWeights& w) {
  const hn::ScalableTag<int16_t> d;
  const hn::Rebind<int8_t, hn::ScalableTag<int16_t>> bytes;
  const size_t row = w.shape.pairs * 2 * tile_columns;
  for (size_t at = 0; at < row; at += 2 * lanes) {
    Pairs half[side][3];
    for (size_t j = 0; j < 3; ++j) {
      Pairs column[3];
      Pairs result[side];
      for (size_t i = 0; i < 3; ++i) column[i] = hn::PromoteTo(d, hn::LoadU(bytes, w.panel + (i * 3 + j) * row + at));
      transform_kernel(column, result);
      for (size_t i = 0; i < side; ++i) half[i][j] = result[i];
    }
    for (size_t i = 0; i < side; ++i) {
      Pairs result[side];
      transform_kernel(half[i], result);
      for (size_t j = 0; j < side; ++j) {
        hn::StoreU(result[j], d, w.transformed + (i * side + j) * w.shape.weight_step + at);
      }
    }
  }
}

void multiply(const IntegerWinogradProducts& p) {
  for (size_t point = 0; point < points; ++point) {
    for (size_t block = 0; block < p.blocks; ++block) {
      const size_t at = block * points + point;
      sum_pairs<int16_t, tile_rows>({.rows = tile_rows,
                                     .taps = 1,
                                     .groups = p.shape.pairs,
                                     .pixels = nullptr,
                                     .panel = reinterpret_cast<const std::byte*>(p.inputs + at * p.shape.input_step),
                                     .b = reinterpret_cast<const std::byte*>(p.weights + point * p.shape.weight_step),
                                     .sums = p.products + at * tile_rows * tile_columns});
    }
  }
}

void transform_outputs(const IntegerWinogradOutputs& out) {
  constexpr size_t point_step = tile_rows * tile_columns;
  const IntTag d;
  const size_t line = (out.last - out.first) * tile_size * tile_columns;
  for (size_t number = out.first; number < out.last; ++number) {
    const int32_t* from = out.products + number / tile_rows * points * point_step + number % tile_rows * tile_columns;
    int32_t* to = out.sums + (number - out.first) * tile_size * tile_columns;
    for (size_t at = 0; at < tile_columns; at += lanes) {
      Wide half[tile_size][side];
      for (size_t j = 0; j < side; ++j) {
        Wide column[side];
        Wide result[tile_size];
        for (size_t i = 0; i < side; ++i) column[i] = hn::LoadU(d, from + (i * side + j) * point_step + at);
        transform_output(column, result);
        for (size_t i = 0; i < tile_size; ++i) half[i][j] = result[i];
      }
      for (size_t i = 0; i < tile_size; ++i) {
        Wide result[tile_size];
        transform_output(half[i], result);
        for (size_t j = 0; j < tile_size; ++j) {
          hn::StoreU(unscaled(result[j]), d, to + i * line + j * tile_columns + at);
        }
      }
    }
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(transform_inputs);
HWY_EXPORT(transform_weights);
HWY_EXPORT(multiply);
HWY_EXPORT(transform_outputs);

}  // namespace

void integer_winograd_transform(const IntegerWinogradInputs& inputs) { HWY_DYNAMIC_DISPATCH(transform_inputs)(inputs); }
void integer_winograd_transform(const IntegerWinogradWeights& weights) {
  HWY_DYNAMIC_DISPATCH(transform_weights)(weights);
}
void integer_winograd_multiply(const IntegerWinogradProducts& products) { HWY_DYNAMIC_DISPATCH(multiply)(products); }
void integer_winograd_transform(const IntegerWinogradOutputs& outputs) {
  HWY_DYNAMIC_DISPATCH(transform_outputs)(outputs);
}

}  // namespace wedge::kernels
#endif
