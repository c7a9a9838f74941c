// The transforms of winograd.cpp: of inputs to points and of products to outputs, a vector of channels at a time.
#include <algorithm>

#include "kernels/winograd_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_transforms.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using V = hn::Vec<FloatTag>;

// Tiles whose points are read together: a panel's, as gemm() has them, or rows of their own.
inline constexpr size_t panel_tiles = copies_a ? tile_rows : 1;
static_assert(panel_tiles == 1 || panel_tiles == 4);

/// Of one axis; of `tile` outputs.
template <size_t tile>
struct Transform;

template <>
struct Transform<1> {
  static constexpr size_t points = 1;
  static HWY_INLINE void input(const V (&d)[1], V (&t)[1]) { t[0] = d[0]; }
  static HWY_INLINE void output(const V (&m)[1], V (&y)[1]) { y[0] = m[0]; }
};

template <>
struct Transform<2> {
  static constexpr size_t points = 4;
  static HWY_INLINE void input(const V (&d)[4], V (&t)[4]) {
    t[0] = hn::Sub(d[0], d[2]);
    t[1] = hn::Add(d[1], d[2]);
    t[2] = hn::Sub(d[2], d[1]);
    t[3] = hn::Sub(d[1], d[3]);
  }
  static HWY_INLINE void output(const V (&m)[4], V (&y)[2]) {
    y[0] = hn::Add(hn::Add(m[0], m[1]), m[2]);
    y[1] = hn::Sub(hn::Sub(m[1], m[2]), m[3]);
  }
};

template <>
struct Transform<4> {
  static constexpr size_t points = 6;
  static HWY_INLINE void input(const V (&d)[6], V (&t)[6]) {
    const FloatTag f;
    const V two = hn::Set(f, 2.0F);
    const V four = hn::Set(f, 4.0F);
    const V five = hn::Set(f, 5.0F);
    const V a = hn::NegMulAdd(four, d[2], d[4]);  // d4 - 4 d2
    const V b = hn::NegMulAdd(four, d[1], d[3]);  // d3 - 4 d1
    const V c = hn::Sub(d[4], d[2]);
    const V e = hn::Mul(two, hn::Sub(d[3], d[1]));
    t[0] = hn::NegMulAdd(five, d[2], hn::MulAdd(four, d[0], d[4]));
    t[1] = hn::Add(a, b);
    t[2] = hn::Sub(a, b);
    t[3] = hn::Add(c, e);
    t[4] = hn::Sub(c, e);
    t[5] = hn::NegMulAdd(five, d[3], hn::MulAdd(four, d[1], d[5]));
  }
  static HWY_INLINE void output(const V (&m)[6], V (&y)[4]) {
    const FloatTag f;
    const V sum = hn::Add(m[1], m[2]);
    const V difference = hn::Sub(m[1], m[2]);
    const V outer_sum = hn::Add(m[3], m[4]);
    const V outer_difference = hn::Sub(m[3], m[4]);
    y[0] = hn::Add(hn::Add(m[0], sum), outer_sum);
    y[1] = hn::MulAdd(hn::Set(f, 2.0F), outer_difference, difference);
    y[2] = hn::MulAdd(hn::Set(f, 4.0F), outer_sum, sum);
    y[3] = hn::Add(hn::MulAdd(hn::Set(f, 8.0F), outer_difference, difference), m[5]);
  }
};

// A vector of channels of one tile, of which `count` exist, to places that are `point_step` floats apart.
template <size_t height, size_t width>
HWY_INLINE void transform_input(const float* const* pixels, size_t channel, size_t count, float* to,
                                size_t point_step) {
  constexpr size_t down = Transform<height>::points;
  constexpr size_t across = Transform<width>::points;
  const FloatTag d;
  V half[down][across];
  for (size_t i = 0; i < down; ++i) {
    V line[across];
    for (size_t j = 0; j < across; ++j) {
      const float* from = pixels[i * across + j] + channel;
      line[j] = has_masked_memory<float> ? load_first(d, from, count) : hn::LoadU(d, from);
    }
    Transform<width>::input(line, half[i]);
  }
  for (size_t j = 0; j < across; ++j) {
    V column[down];
    V result[down];
    for (size_t i = 0; i < down; ++i) column[i] = half[i][j];
    Transform<height>::input(column, result);
    for (size_t i = 0; i < down; ++i) hn::StoreU(result[i], d, to + (i * across + j) * point_step);
  }
}

// A vector of output channels of one tile, of which `count` exist, to its pixels that exist.
template <size_t height, size_t width>
HWY_INLINE void transform_output(const WinogradTiles& tiles, const float* products, const size_t* pixels,
                                 size_t channel, size_t count) {
  constexpr size_t down = Transform<height>::points;
  constexpr size_t across = Transform<width>::points;
  const FloatTag d;
  const ConvFinish& finish = tiles.finish;
  const bool whole = count == lanes;
  const auto load = [&](const float* from) HWY_ATTR { return whole ? hn::LoadU(d, from) : load_first(d, from, count); };
  V half[height][across];
  for (size_t j = 0; j < across; ++j) {
    V column[down];
    V result[height];
    for (size_t i = 0; i < down; ++i) column[i] = hn::LoadU(d, products + (i * across + j) * tiles.product_floats);
    Transform<height>::output(column, result);
    for (size_t i = 0; i < height; ++i) half[i][j] = result[i];
  }
  const V bias = finish.bias == nullptr ? hn::Zero(d) : load(finish.bias + channel);
  const V low_bound = hn::Set(d, finish.clamp.low);
  const V high_bound = hn::Set(d, finish.clamp.high);
  const bool clamped = finish.clamp.active();
  for (size_t i = 0; i < height; ++i) {
    V result[width];
    Transform<width>::output(half[i], result);
    for (size_t j = 0; j < width; ++j) {
      if (pixels[i * width + j] == WinogradTile::outside) continue;
      const size_t at = pixels[i * width + j] + channel;
      V value = hn::Add(result[j], bias);
      if (finish.residual != nullptr) value = hn::Add(value, load(finish.residual + at));
      if (clamped) value = clamp(value, low_bound, high_bound);
      if (whole) {
        hn::StoreU(value, d, tiles.output + at);
      } else {
        store_first(value, d, tiles.output + at, count);
      }
    }
  }
}

template <size_t height, size_t width>
void transform_inputs(const WinogradTiles& tiles) {
  const FloatTag d;
  const size_t channels = tiles.conv.channels;
  constexpr size_t points = Transform<height>::points * Transform<width>::points;
  for (size_t number = tiles.first; number < tiles.last; number += panel_tiles) {
    const float* pixels[panel_tiles][most_points];
    for (size_t i = 0; i < panel_tiles; ++i) tiles.find_inputs(std::min(number + i, tiles.last - 1), pixels[i]);
    float* to = tiles.transformed + (number - tiles.chunk) * tiles.transformed_stride;
    HWY_ALIGN float edge[panel_tiles][points * lanes];
    for (size_t at = 0; at < channels; at += lanes, to += lanes * panel_tiles) {
      const size_t count = std::min(lanes, channels - at);
      size_t channel = at;
      if (!has_masked_memory<float> && count < lanes) {
        for (size_t i = 0; i < panel_tiles; ++i) {
          for (size_t point = 0; point < points; ++point) {
            float* copy = edge[i] + point * lanes;
            hn::Store(load_first(d, pixels[i][point] + at, count), d, copy);
            pixels[i][point] = copy;
          }
        }
        channel = 0;
      }
      if constexpr (panel_tiles == 4) {
        constexpr size_t block = panel_tiles * lanes;
        HWY_ALIGN float staged[points * block];
        for (size_t i = 0; i < panel_tiles; ++i)
          transform_input<height, width>(pixels[i], channel, count, staged + i * lanes, block);
        for (size_t point = 0; point < points; ++point) {
          float* from = staged + point * block;
          float* panel = to + point * tiles.point_floats;
          const V tile0 = hn::Load(d, from);
          const V tile1 = hn::Load(d, from + lanes);
          const V tile2 = hn::Load(d, from + 2 * lanes);
          const V tile3 = hn::Load(d, from + 3 * lanes);
          hn::StoreInterleaved4(tile0, tile1, tile2, tile3, d, count == lanes ? panel : from);
          if (count < lanes) std::copy_n(from, count * panel_tiles, panel);
        }
      } else {
        transform_input<height, width>(pixels[0], channel, count, to, tiles.point_floats);
      }
    }
  }
}

template <size_t height, size_t width>
void transform_outputs(const WinogradTiles& tiles) {
  const size_t outputs = tiles.conv.output_channels;
  for (size_t number = tiles.first; number < tiles.last; ++number) {
    size_t pixels[most_pixels];
    tiles.find_outputs(number, pixels);
    const float* products = tiles.products + (number - tiles.chunk) * tiles.product_stride;
    for (size_t at = 0; at < outputs; at += lanes) {
      transform_output<height, width>(tiles, products + at, pixels, at, std::min(lanes, outputs - at));
    }
  }
}

// What lies along the one axis of a line lies in the same order, whichever it is.
template <typename Transform>
Transform choose(const WinogradTile& tile, Transform of_2, Transform of_4, Transform of_line) {
  if (tile.points() == 16) return of_2;
  return tile.points() == 36 ? of_4 : of_line;
}

void all_inputs(const WinogradTiles& tiles) {
  choose(tiles.tile, transform_inputs<2, 2>, transform_inputs<4, 4>, transform_inputs<1, 4>)(tiles);
}
void all_outputs(const WinogradTiles& tiles) {
  choose(tiles.tile, transform_outputs<2, 2>, transform_outputs<4, 4>, transform_outputs<1, 4>)(tiles);
}

WinogradLayout layout() { return {.panel_tiles = panel_tiles, .lanes = lanes}; }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(all_inputs);
HWY_EXPORT(all_outputs);
HWY_EXPORT(layout);

WinogradLayout winograd_layout() { return HWY_DYNAMIC_DISPATCH(layout)(); }
void winograd_transform_inputs(const WinogradTiles& tiles) { HWY_DYNAMIC_DISPATCH(all_inputs)(tiles); }
void winograd_transform_outputs(const WinogradTiles& tiles) { HWY_DYNAMIC_DISPATCH(all_outputs)(tiles); }

}  // namespace wedge::kernels
#endif
