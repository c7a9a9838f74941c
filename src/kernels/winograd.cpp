// Convolution of 3x3, 3x1 and 1x3 kernels by minimal filtering, channels side by side: F(2x2, 3x3), F(4x4, 3x3) and
// F(4, 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015. A tile of inputs is transformed
// to points, two more than outputs along an axis of three taps; each point of all tiles is one matrix product over the
// channels, and the products are transformed to outputs.
#include <algorithm>

#include "base/checked.h"
#include "kernels/channels_last_methods.h"
#include "kernels/gemm.h"
#include "kernels/winograd_tiles.h"

namespace wedge::kernels {
namespace {

// Transformed inputs and products of one chunk of tiles stay about this small, for the second-level cache.
constexpr size_t chunk_bytes = size_t{768} << 10U;
constexpr size_t fewest_rows = 16;
// So many rows keep a core busy for longer than the weights of the next point take to come from a cache that cores
// share.
constexpr size_t many_rows = 24;
constexpr size_t smallest_parallel_product = size_t{1} << 18U;
// A sum of so few products is the same whatever rows are computed beside it, so that chunks may depend on the workers.
constexpr size_t most_channels_apart = 256;

/// Tiles go through the transforms chunk by chunk.
struct Chunks {
  size_t tiles, rows;
  Workers workers;
  /// Workers take whole chunks, each with scratch of its own, so that nothing goes from one core's cache to another's
  /// between the transforms. That needs tiles enough for each, and weights that a core can hold or uses often; else
  /// they share each chunk.
  bool are_shared = true;

  Chunks(const Conv2d& conv, const WinogradTile& tile, Workers available)
      : tiles(conv.batch * tile.down * tile.across) {
    const size_t products = tile.points() * conv.channels * conv.output_channels;
    const size_t bytes_per_tile = tile.points() * (conv.channels + conv.output_channels) * sizeof(float);
    rows = std::min(tiles, round_up(std::max(fewest_rows, chunk_bytes / bytes_per_tile), fewest_rows));
    workers = rows * products < smallest_parallel_product ? Workers() : available;
    if (workers.count() == 1 || conv.channels > most_channels_apart) return;
    // As many chunks for each worker.
    const size_t for_each = ceil_div(count(), size_t{workers.count()});
    const size_t rows_apart = std::min(rows, ceil_div(tiles, for_each * workers.count()));
    const bool reads_often = rows_apart < many_rows && products * sizeof(float) > chunk_bytes;
    if (rows_apart < fewest_rows || reads_often) return;
    are_shared = false;
    rows = rows_apart;
  }

  [[nodiscard]] size_t count() const { return ceil_div(tiles, rows); }
};

size_t zeros_bytes(const Conv2d& conv) { return round_up(conv.channels * sizeof(float), 64); }

// So many floats or more, an odd number of cache lines: the points of a tile, so far apart, fall into different sets of
// a cache.
size_t odd_lines(size_t floats) { return (ceil_div(floats, size_t{16}) | 1U) * 16; }

/// The memory that one chunk goes through.
struct ChunkScratch {
  size_t transformed_stride, point_floats, product_stride, product_floats, transformed_bytes, bytes;

  ChunkScratch(const Conv2d& conv, const WinogradTile& tile, size_t rows) {
    const WinogradLayout layout = winograd_layout();
    transformed_stride = layout.panel_tiles > 1 ? conv.channels : round_up(conv.channels, layout.lanes);
    point_floats = odd_lines(round_up(rows, layout.panel_tiles) * transformed_stride);
    product_stride = round_up(conv.output_channels, layout.lanes);
    product_floats = odd_lines(rows * product_stride);
    transformed_bytes = round_up(tile.points() * point_floats * sizeof(float), 64);
    bytes = transformed_bytes + round_up(tile.points() * product_floats * sizeof(float), 64);
  }
};

// The transforms and products of the tiles [first, last).
void convolve_chunk(const WinogradTiles& tiles, const std::byte* packed, Workers workers) {
  const Conv2d& conv = tiles.conv;
  const size_t panel_tiles = winograd_layout().panel_tiles;
  const size_t rows = tiles.last - tiles.first;
  const size_t tiles_per_block = round_up(ceil_div(rows, size_t{4} * workers.count()), panel_tiles);
  const auto part = [&](size_t begin, size_t end) {
    WinogradTiles some = tiles;
    some.first = tiles.first + begin;
    some.last = tiles.first + end;
    return some;
  };
  workers.run(rows, tiles_per_block,
              [&](size_t begin, size_t end, unsigned) { winograd_transform_inputs(part(begin, end)); });
  workers.run(tiles.tile.points(), 1, [&](size_t point, size_t, unsigned) {
    GemmArguments g{.m = rows, .n = conv.output_channels, .k = conv.channels, .is_part = true};
    const float* transformed = tiles.transformed + point * tiles.point_floats;
    if (panel_tiles > 1) {
      g.packed_a = reinterpret_cast<const std::byte*>(transformed);
    } else {
      g.a = {transformed, static_cast<ptrdiff_t>(tiles.transformed_stride), 1};
    }
    g.packed_b = packed + point * gemm_packed_b_bytes(conv.channels, conv.output_channels);
    g.c = tiles.products + point * tiles.product_floats;
    g.c_stride = static_cast<ptrdiff_t>(tiles.product_stride);
    gemm(g, nullptr, Workers());
  });
  workers.run(rows, tiles_per_block,
              [&](size_t begin, size_t end, unsigned) { winograd_transform_outputs(part(begin, end)); });
}

}  // namespace

bool suits_winograd(const Conv2d& conv) {
  const auto suits = [](const WindowAxis& axis) {
    return (axis.kernel == 1 || axis.kernel == 3) && axis.stride == 1 && axis.dilation == 1 && axis.output > 0;
  };
  return conv.groups == 1 && suits(conv.height) && suits(conv.width) && conv.height.kernel * conv.width.kernel > 1;
}

size_t winograd_tiles(const Conv2d& conv, size_t tile) {
  const WinogradTile cut(conv, tile);
  return conv.batch * cut.down * cut.across;
}
size_t winograd_points(const Conv2d& conv, size_t tile) { return WinogradTile(conv, tile).points(); }

size_t winograd_scratch_bytes(const Conv2d& conv, size_t outputs, Workers workers) {
  const WinogradTile tile(conv, outputs);
  const Chunks chunks(conv, tile, workers);
  return zeros_bytes(conv) +
         ChunkScratch(conv, tile, chunks.rows).bytes * (chunks.are_shared ? 1 : chunks.workers.count());
}

void WinogradTiles::find_inputs(size_t number, const float* (&pixels)[most_points]) const {
  const size_t line = number / tile.across;
  const auto rows = static_cast<ptrdiff_t>(conv.height.input);
  const auto columns = static_cast<ptrdiff_t>(conv.width.input);
  const ptrdiff_t top = static_cast<ptrdiff_t>(line % tile.down * tile.height) - conv.height.pad;
  const ptrdiff_t left = static_cast<ptrdiff_t>((number - line * tile.across) * tile.width) - conv.width.pad;
  const float* image = input + line / tile.down * conv.height.input * conv.width.input * conv.channels;
  const float** pixel = pixels;
  for (ptrdiff_t row = top; row < top + static_cast<ptrdiff_t>(tile.points_down()); ++row) {
    for (ptrdiff_t column = left; column < left + static_cast<ptrdiff_t>(tile.points_across()); ++column) {
      const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
      *pixel++ = inside ? image + (row * columns + column) * static_cast<ptrdiff_t>(conv.channels) : zeros;
    }
  }
}

void WinogradTiles::find_outputs(size_t number, size_t (&pixels)[most_pixels]) const {
  const size_t line = number / tile.across;
  const size_t top = line % tile.down * tile.height;
  const size_t left = (number - line * tile.across) * tile.width;
  const size_t first_line = line / tile.down * conv.height.output;
  size_t* pixel = pixels;
  for (size_t row = top; row < top + tile.height; ++row) {
    for (size_t column = left; column < left + tile.width; ++column) {
      const bool inside = row < conv.height.output && column < conv.width.output;
      const size_t at = ((first_line + row) * conv.width.output + column) * conv.output_channels;
      *pixel++ = inside ? at : WinogradTile::outside;
    }
  }
}

void winograd_conv2d(const ConvRun& run, size_t outputs) {
  const Conv2d& conv = run.conv;
  const WinogradTile tile(conv, outputs);
  const Chunks chunks(conv, tile, run.workers);
  const ChunkScratch scratch(conv, tile, chunks.rows);
  auto* zeros = reinterpret_cast<float*>(run.scratch);
  std::fill_n(zeros, conv.channels, 0.0F);
  std::byte* memory = run.scratch + zeros_bytes(conv);
  const auto convolve = [&](size_t chunk, std::byte* transformed, Workers workers) {
    const WinogradTiles tiles{.conv = conv,
                              .finish = run.finish,
                              .tile = tile,
                              .input = run.input,
                              .zeros = zeros,
                              .output = run.output,
                              .first = chunk * chunks.rows,
                              .last = std::min(chunks.tiles, (chunk + 1) * chunks.rows),
                              .chunk = chunk * chunks.rows,
                              .transformed = reinterpret_cast<float*>(transformed),
                              .point_floats = scratch.point_floats,
                              .transformed_stride = scratch.transformed_stride,
                              .products = reinterpret_cast<float*>(transformed + scratch.transformed_bytes),
                              .product_floats = scratch.product_floats,
                              .product_stride = scratch.product_stride};
    convolve_chunk(tiles, run.packed, workers);
  };
  if (chunks.are_shared) {
    for (size_t chunk = 0; chunk < chunks.count(); ++chunk) convolve(chunk, memory, chunks.workers);
  } else {
    chunks.workers.run(chunks.count(), 1, [&](size_t chunk, size_t, unsigned worker) {
      convolve(chunk, memory + worker * scratch.bytes, Workers());
    });
  }
  const size_t pixels = conv.batch * conv.height.output * conv.width.output;
  chunks.workers.run(run.finish.activates() ? pixels : 0, 64, [&](size_t begin, size_t end, unsigned) {
    activate(run.finish, run.output + begin * conv.output_channels, (end - begin) * conv.output_channels);
  });
}

}  // namespace wedge::kernels
