// The transforms of winograd.cpp: of inputs to points and of products to outputs, a vector of channels at a time.
#include <algorithm>

#include "kernels/winograd_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_transforms.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
using V = hn::Vec<FloatTag>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());

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

// Tiles of height x width outputs.
template <size_t height, size_t width>
struct Tile {
  static constexpr size_t down = Transform<height>::points;
  static constexpr size_t across = Transform<width>::points;

  // Its image, and its first output.
  size_t image, y, x;

  Tile(const Conv2d& conv, size_t number) {
    const size_t tiles_across = (conv.width.output + width - 1) / width;
    const size_t tiles_down = (conv.height.output + height - 1) / height;
    image = number / (tiles_across * tiles_down);
    y = number / tiles_across % tiles_down * height;
    x = number % tiles_across * width;
  }

  // The pixels it reads; those outside of the image are zeros.
  void find_pixels(const WinogradTiles& tiles, const float* (&pixels)[down][across]) const {
    const Conv2d& conv = tiles.conv;
    const auto rows = static_cast<ptrdiff_t>(conv.height.input);
    const auto columns = static_cast<ptrdiff_t>(conv.width.input);
    const ptrdiff_t top = static_cast<ptrdiff_t>(y) - conv.height.pad;
    const ptrdiff_t left = static_cast<ptrdiff_t>(x) - conv.width.pad;
    const float* from = tiles.input + image * conv.height.input * conv.width.input * conv.channels;
    for (size_t i = 0; i < down; ++i) {
      const ptrdiff_t row = top + static_cast<ptrdiff_t>(i);
      for (size_t j = 0; j < across; ++j) {
        const ptrdiff_t column = left + static_cast<ptrdiff_t>(j);
        const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
        pixels[i][j] = inside ? from + (row * columns + column) * static_cast<ptrdiff_t>(conv.channels) : tiles.zeros;
      }
    }
  }
};

template <size_t height, size_t width, typename Load, typename Store>
HWY_INLINE void transform_vector(const Load& load, const Store& store) {
  constexpr size_t down = Transform<height>::points;
  constexpr size_t across = Transform<width>::points;
  V half[down][across];
  for (size_t i = 0; i < down; ++i) {
    V line[across];
    for (size_t j = 0; j < across; ++j) line[j] = load(i, j);
    Transform<width>::input(line, half[i]);
  }
  for (size_t j = 0; j < across; ++j) {
    V column[down];
    V result[down];
    for (size_t i = 0; i < down; ++i) column[i] = half[i][j];
    Transform<height>::input(column, result);
    for (size_t i = 0; i < down; ++i) store(result[i], i * across + j);
  }
}

template <size_t height, size_t width>
void transform_inputs(const WinogradTiles& tiles) {
  using Place = Tile<height, width>;
  const FloatTag d;
  const size_t channels = tiles.conv.channels;
  const size_t point_step = tiles.rows * channels;
  for (size_t number = tiles.first; number < tiles.last; ++number) {
    const float* pixels[Place::down][Place::across];
    Place(tiles.conv, number).find_pixels(tiles, pixels);
    float* row = tiles.transformed + (number - tiles.chunk) * channels;
    size_t at = 0;
    for (; at + lanes <= channels; at += lanes) {
      transform_vector<height, width>([&](size_t i, size_t j) HWY_ATTR { return hn::LoadU(d, pixels[i][j] + at); },
                                      [&](V value, size_t point)
                                          HWY_ATTR { hn::StoreU(value, d, row + point * point_step + at); });
    }
    if (at == channels) continue;
    const size_t count = channels - at;
    transform_vector<height, width>(
        [&](size_t i, size_t j) HWY_ATTR { return load_first(d, pixels[i][j] + at, count); },
        [&](V value, size_t point) HWY_ATTR { store_first(value, d, row + point * point_step + at, count); });
  }
}

template <size_t height, size_t width, typename Load, typename Store>
HWY_INLINE void output_vector(const WinogradTiles& tiles, const Tile<height, width>& place, const float* row,
                              const Load& load, const Store& store) {
  constexpr size_t down = Transform<height>::points;
  constexpr size_t across = Transform<width>::points;
  const FloatTag d;
  const Conv2d& conv = tiles.conv;
  const ConvFinish& finish = tiles.finish;
  const size_t outputs = conv.output_channels;
  const size_t point_step = tiles.rows * outputs;
  V half[height][across];
  for (size_t j = 0; j < across; ++j) {
    V column[down];
    V result[height];
    for (size_t i = 0; i < down; ++i) column[i] = load(row + (i * across + j) * point_step);
    Transform<height>::output(column, result);
    for (size_t i = 0; i < height; ++i) half[i][j] = result[i];
  }
  const V bias = finish.bias == nullptr ? hn::Zero(d) : load(finish.bias);
  const V low_bound = hn::Set(d, finish.clamp.low);
  const V high_bound = hn::Set(d, finish.clamp.high);
  const bool clamped = finish.clamp.active();
  const size_t rows = std::min(height, conv.height.output - place.y);
  const size_t columns = std::min(width, conv.width.output - place.x);
  for (size_t i = 0; i < rows; ++i) {
    V result[width];
    Transform<width>::output(half[i], result);
    const size_t line = (place.image * conv.height.output + place.y + i) * conv.width.output + place.x;
    for (size_t j = 0; j < columns; ++j) {
      const size_t at = (line + j) * outputs;
      V value = hn::Add(result[j], bias);
      if (finish.residual != nullptr) value = hn::Add(value, load(finish.residual + at));
      if (clamped) value = clamp(value, low_bound, high_bound);
      store(value, tiles.output + at);
    }
  }
}

template <size_t height, size_t width>
void transform_outputs(const WinogradTiles& tiles) {
  const FloatTag d;
  const size_t outputs = tiles.conv.output_channels;
  for (size_t number = tiles.first; number < tiles.last; ++number) {
    const Tile<height, width> place(tiles.conv, number);
    const float* row = tiles.products + (number - tiles.chunk) * outputs;
    size_t at = 0;
    for (; at + lanes <= outputs; at += lanes) {
      output_vector(
          tiles, place, row, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + at); },
          [&](V value, float* to) HWY_ATTR { hn::StoreU(value, d, to + at); });
    }
    if (at == outputs) continue;
    const size_t count = outputs - at;
    output_vector(
        tiles, place, row, [&](const float* from) HWY_ATTR { return load_first(d, from + at, count); },
        [&](V value, float* to) HWY_ATTR { store_first(value, d, to + at, count); });
  }
}

TileTransforms tile_transforms(const Conv2d& conv, size_t tile) {
  if (conv.height.kernel == 1) return {transform_inputs<1, 4>, transform_outputs<1, 4>};
  if (conv.width.kernel == 1) return {transform_inputs<4, 1>, transform_outputs<4, 1>};
  if (tile == 2) return {transform_inputs<2, 2>, transform_outputs<2, 2>};
  return {transform_inputs<4, 4>, transform_outputs<4, 4>};
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(tile_transforms);

TileTransforms winograd_transforms(const Conv2d& conv, size_t tile) {
  return HWY_DYNAMIC_DISPATCH(tile_transforms)(conv, tile);
}

}  // namespace wedge::kernels
#endif
