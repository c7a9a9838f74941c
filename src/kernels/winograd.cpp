// Convolution of 3x3 kernels by minimal filtering, channels side by side: F(2x2, 3x3) and F(4x4, 3x3) of Lavin and
// Gray, "Fast Algorithms for Convolutional Neural Networks", 2015. A tile of inputs is transformed to (tile + 2)^2
// points, each point of all tiles is one matrix product over the channels, and the products are transformed to tile^2
// outputs.
#include <algorithm>

#include "base/checked.h"
#include "kernels/channels_last_methods.h"
#include "kernels/winograd_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
using V = hn::Vec<FloatTag>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());

template <size_t tile>
struct Transform;

template <>
struct Transform<2> {
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

// Where a tile lies: its image, and its first output.
struct TilePlace {
  size_t image, y, x;

  TilePlace(const Conv2d& conv, size_t tile, size_t number) {
    const size_t across = (conv.width.output + tile - 1) / tile;
    const size_t down = (conv.height.output + tile - 1) / tile;
    image = number / (across * down);
    y = number / across % down * tile;
    x = number % across * tile;
  }
};

template <size_t tile, typename Load, typename Store>
HWY_INLINE void transform_vector(const WinogradTiles& tiles, const TilePlace& place, const Load& load,
                                 const Store& store) {
  constexpr size_t points = tile + 2;
  const FloatTag d;
  const Conv2d& conv = tiles.conv;
  const auto height = static_cast<ptrdiff_t>(conv.height.input);
  const auto width = static_cast<ptrdiff_t>(conv.width.input);
  const ptrdiff_t top = static_cast<ptrdiff_t>(place.y) - conv.height.pad;
  const ptrdiff_t left = static_cast<ptrdiff_t>(place.x) - conv.width.pad;
  const float* image = tiles.input + place.image * conv.height.input * conv.width.input * conv.channels;
  V half[points][points];
  for (size_t i = 0; i < points; ++i) {
    const ptrdiff_t row = top + static_cast<ptrdiff_t>(i);
    V line[points];
    for (size_t j = 0; j < points; ++j) {
      const ptrdiff_t column = left + static_cast<ptrdiff_t>(j);
      const bool inside = row >= 0 && row < height && column >= 0 && column < width;
      line[j] = inside ? load(image + (row * width + column) * static_cast<ptrdiff_t>(conv.channels)) : hn::Zero(d);
    }
    Transform<tile>::input(line, half[i]);
  }
  for (size_t j = 0; j < points; ++j) {
    V column[points];
    V result[points];
    for (size_t i = 0; i < points; ++i) column[i] = half[i][j];
    Transform<tile>::input(column, result);
    for (size_t i = 0; i < points; ++i) store(result[i], i * points + j);
  }
}

template <size_t tile>
void transform_inputs(const WinogradTiles& tiles) {
  const FloatTag d;
  const size_t channels = tiles.conv.channels;
  for (size_t number = tiles.first; number < tiles.last; ++number) {
    const TilePlace place(tiles.conv, tile, number);
    float* row = tiles.transformed + (number - tiles.chunk) * channels;
    const size_t point_step = tiles.rows * channels;
    size_t at = 0;
    for (; at + lanes <= channels; at += lanes) {
      transform_vector<tile>(
          tiles, place, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + at); },
          [&](V value, size_t point) HWY_ATTR { hn::StoreU(value, d, row + point * point_step + at); });
    }
    if (at == channels) continue;
    const size_t count = channels - at;
    transform_vector<tile>(
        tiles, place, [&](const float* from) HWY_ATTR { return load_first(d, from + at, count); },
        [&](V value, size_t point) HWY_ATTR { store_first(value, d, row + point * point_step + at, count); });
  }
}

template <size_t tile, typename Load, typename Store>
HWY_INLINE void output_vector(const WinogradTiles& tiles, const TilePlace& place, const float* row, const Load& load,
                              const Store& store) {
  constexpr size_t points = tile + 2;
  const FloatTag d;
  const Conv2d& conv = tiles.conv;
  const ConvFinish& finish = tiles.finish;
  const size_t outputs = conv.output_channels;
  const size_t point_step = tiles.rows * outputs;
  V half[tile][points];
  for (size_t j = 0; j < points; ++j) {
    V column[points];
    V result[tile];
    for (size_t i = 0; i < points; ++i) column[i] = load(row + (i * points + j) * point_step);
    Transform<tile>::output(column, result);
    for (size_t i = 0; i < tile; ++i) half[i][j] = result[i];
  }
  const V bias = finish.bias == nullptr ? hn::Zero(d) : load(finish.bias);
  const V low_bound = hn::Set(d, finish.clamp.low);
  const V high_bound = hn::Set(d, finish.clamp.high);
  const bool clamped = finish.clamp.active();
  const size_t rows = std::min(tile, conv.height.output - place.y);
  const size_t columns = std::min(tile, conv.width.output - place.x);
  for (size_t i = 0; i < rows; ++i) {
    V result[tile];
    Transform<tile>::output(half[i], result);
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

template <size_t tile>
void transform_outputs(const WinogradTiles& tiles) {
  const FloatTag d;
  const size_t outputs = tiles.conv.output_channels;
  for (size_t number = tiles.first; number < tiles.last; ++number) {
    const TilePlace place(tiles.conv, tile, number);
    const float* row = tiles.products + (number - tiles.chunk) * outputs;
    size_t at = 0;
    for (; at + lanes <= outputs; at += lanes) {
      output_vector<tile>(
          tiles, place, row, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + at); },
          [&](V value, float* to) HWY_ATTR { hn::StoreU(value, d, to + at); });
    }
    if (at == outputs) continue;
    const size_t count = outputs - at;
    output_vector<tile>(
        tiles, place, row, [&](const float* from) HWY_ATTR { return load_first(d, from + at, count); },
        [&](V value, float* to) HWY_ATTR { store_first(value, d, to + at, count); });
  }
}

void transform_inputs_2(const WinogradTiles& tiles) { transform_inputs<2>(tiles); }
void transform_inputs_4(const WinogradTiles& tiles) { transform_inputs<4>(tiles); }
void transform_outputs_2(const WinogradTiles& tiles) { transform_outputs<2>(tiles); }
void transform_outputs_4(const WinogradTiles& tiles) { transform_outputs<4>(tiles); }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(transform_inputs_2);
HWY_EXPORT(transform_inputs_4);
HWY_EXPORT(transform_outputs_2);
HWY_EXPORT(transform_outputs_4);

// Transformed inputs and products of one chunk of tiles stay about this small, for the second-level cache.
constexpr size_t chunk_bytes = size_t{768} << 10U;
constexpr size_t fewest_rows = 16;
constexpr size_t smallest_parallel_product = size_t{1} << 18U;
// A sum of so few products is the same whatever rows are computed beside it, so that chunks may depend on the workers.
constexpr size_t most_channels_apart = 256;

size_t points_of(size_t tile) { return (tile + 2) * (tile + 2); }

/// Tiles go through the transforms chunk by chunk.
struct Chunks {
  size_t tiles, rows;
  Workers workers;
  /// Workers take whole chunks, each with scratch of its own, so that nothing goes from one core's cache to another's
  /// between the transforms. That needs as many chunks, and weights that each core can hold; else they share each
  /// chunk.
  bool are_shared;

  Chunks(const Conv2d& conv, size_t tile, Workers available)
      : tiles(conv.batch * ((conv.height.output + tile - 1) / tile) * ((conv.width.output + tile - 1) / tile)) {
    const size_t products = points_of(tile) * conv.channels * conv.output_channels;
    const size_t bytes_per_tile = points_of(tile) * (conv.channels + conv.output_channels) * sizeof(float);
    rows = std::min(tiles, round_up(std::max(fewest_rows, chunk_bytes / bytes_per_tile), fewest_rows));
    workers = rows * products < smallest_parallel_product ? Workers() : available;
    are_shared = workers.count() == 1 || count() < workers.count() || products * sizeof(float) > chunk_bytes ||
                 conv.channels > most_channels_apart;
    // As many chunks for each worker.
    if (!are_shared)
      rows = std::min(rows, ceil_div(tiles, ceil_div(count(), size_t{workers.count()}) * workers.count()));
  }

  [[nodiscard]] size_t count() const { return ceil_div(tiles, rows); }
};

/// The memory that one chunk goes through.
struct ChunkScratch {
  size_t transformed_bytes, bytes;

  ChunkScratch(const Conv2d& conv, size_t tile, const Chunks& chunks) {
    const size_t floats = points_of(tile) * chunks.rows;
    transformed_bytes = round_up(floats * conv.channels * sizeof(float), 64);
    bytes = transformed_bytes + round_up(floats * conv.output_channels * sizeof(float), 64);
  }
};

size_t point_bytes(const Conv2d& conv) { return gemm_packed_b_bytes(conv.channels, conv.output_channels); }

// The transforms and products of the tiles [first, last).
void convolve_chunk(const WinogradTiles& tiles, const std::byte* packed, size_t tile, Workers workers) {
  const Conv2d& conv = tiles.conv;
  const size_t rows = tiles.last - tiles.first;
  const size_t tiles_per_block = std::max<size_t>(1, rows / (size_t{4} * workers.count()));
  const auto part = [&](size_t begin, size_t end) {
    WinogradTiles some = tiles;
    some.first = tiles.first + begin;
    some.last = tiles.first + end;
    return some;
  };
  workers.run(rows, tiles_per_block, [&](size_t begin, size_t end, unsigned) {
    if (tile == 2) {
      HWY_DYNAMIC_DISPATCH(transform_inputs_2)(part(begin, end));
    } else {
      HWY_DYNAMIC_DISPATCH(transform_inputs_4)(part(begin, end));
    }
  });
  workers.run(points_of(tile), 1, [&](size_t point, size_t, unsigned) {
    GemmArguments g{.m = rows, .n = conv.output_channels, .k = conv.channels};
    g.a = {tiles.transformed + point * tiles.rows * conv.channels, static_cast<ptrdiff_t>(conv.channels), 1};
    g.packed_b = packed + point * point_bytes(conv);
    g.c = tiles.products + point * tiles.rows * conv.output_channels;
    g.c_stride = static_cast<ptrdiff_t>(conv.output_channels);
    gemm(g, nullptr, Workers());
  });
  workers.run(rows, tiles_per_block, [&](size_t begin, size_t end, unsigned) {
    if (tile == 2) {
      HWY_DYNAMIC_DISPATCH(transform_outputs_2)(part(begin, end));
    } else {
      HWY_DYNAMIC_DISPATCH(transform_outputs_4)(part(begin, end));
    }
  });
}

}  // namespace

bool suits_winograd(const Conv2d& conv) {
  const auto suits = [](const WindowAxis& axis) {
    return axis.kernel == 3 && axis.stride == 1 && axis.dilation == 1 && axis.output > 0;
  };
  return conv.groups == 1 && suits(conv.height) && suits(conv.width);
}

size_t winograd_scratch_bytes(const Conv2d& conv, size_t tile, Workers workers) {
  const Chunks chunks(conv, tile, workers);
  return ChunkScratch(conv, tile, chunks).bytes * (chunks.are_shared ? 1 : chunks.workers.count());
}

void winograd_conv2d(const ConvRun& run, size_t tile) {
  const Conv2d& conv = run.conv;
  const Chunks chunks(conv, tile, run.workers);
  const ChunkScratch scratch(conv, tile, chunks);
  const auto convolve = [&](size_t chunk, std::byte* memory, Workers workers) {
    const WinogradTiles tiles{.conv = conv,
                              .finish = run.finish,
                              .input = run.input,
                              .output = run.output,
                              .first = chunk * chunks.rows,
                              .last = std::min(chunks.tiles, (chunk + 1) * chunks.rows),
                              .chunk = chunk * chunks.rows,
                              .rows = chunks.rows,
                              .transformed = reinterpret_cast<float*>(memory),
                              .products = reinterpret_cast<float*>(memory + scratch.transformed_bytes)};
    convolve_chunk(tiles, run.packed, tile, workers);
  };
  if (chunks.are_shared) {
    for (size_t chunk = 0; chunk < chunks.count(); ++chunk) convolve(chunk, run.scratch, chunks.workers);
  } else {
    chunks.workers.run(chunks.count(), 1, [&](size_t chunk, size_t, unsigned worker) {
      convolve(chunk, run.scratch + worker * scratch.bytes, Workers());
    });
  }
  const size_t pixels = conv.batch * conv.height.output * conv.width.output;
  chunks.workers.run(run.finish.activates() ? pixels : 0, 64, [&](size_t begin, size_t end, unsigned) {
    activate(run.finish, run.output + begin * conv.output_channels, (end - begin) * conv.output_channels);
  });
}

}  // namespace wedge::kernels
#endif
