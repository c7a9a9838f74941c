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
constexpr size_t smallest_parallel_product = size_t{1} << 18U;
// A sum of so few products is the same whatever rows are computed beside it, so that chunks may depend on the workers.
constexpr size_t most_channels_apart = 256;

/// Tiles go through the transforms chunk by chunk.
struct Chunks {
  size_t tiles, rows;
  Workers workers;
  /// Workers take whole chunks, each with scratch of its own, so that nothing goes from one core's cache to another's
  /// between the transforms. That needs as many chunks, and weights that each core can hold; else they share each
  /// chunk.
  bool are_shared;

  Chunks(const Conv2d& conv, size_t tile, Workers available) : tiles(winograd_tiles(conv, tile)) {
    const size_t points = winograd_points(conv, tile);
    const size_t products = points * conv.channels * conv.output_channels;
    const size_t bytes_per_tile = points * (conv.channels + conv.output_channels) * sizeof(float);
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

// One point of so many tiles.
GemmArguments product(const Conv2d& conv, size_t rows, const float* transformed, const std::byte* packed,
                      float* products) {
  GemmArguments g{.m = rows, .n = conv.output_channels, .k = conv.channels};
  g.a = {transformed, static_cast<ptrdiff_t>(conv.channels), 1};
  g.packed_b = packed;
  g.c = products;
  g.c_stride = static_cast<ptrdiff_t>(conv.output_channels);
  return g;
}

size_t zeros_bytes(const Conv2d& conv) { return round_up(conv.channels * sizeof(float), 64); }

/// The memory that one chunk goes through; of calls of gemm() each worker has some.
struct ChunkScratch {
  size_t transformed_bytes, products_bytes, call_bytes, bytes;

  ChunkScratch(const Conv2d& conv, size_t tile, const Chunks& chunks) {
    constexpr std::byte packed{};
    const size_t floats = winograd_points(conv, tile) * chunks.rows;
    transformed_bytes = round_up(floats * conv.channels * sizeof(float), 64);
    products_bytes = round_up(floats * conv.output_channels * sizeof(float), 64);
    call_bytes = round_up(gemm_scratch_bytes(product(conv, chunks.rows, nullptr, &packed, nullptr), Workers()), 64);
    bytes = transformed_bytes + products_bytes + call_bytes * (chunks.are_shared ? chunks.workers.count() : 1);
  }
};

// The transforms and products of the tiles [first, last).
void convolve_chunk(const WinogradTiles& tiles, const TileTransforms& transforms, const std::byte* packed,
                    size_t points, std::byte* calls, size_t call_bytes, Workers workers) {
  const Conv2d& conv = tiles.conv;
  const size_t rows = tiles.last - tiles.first;
  const size_t tiles_per_block = std::max<size_t>(1, rows / (size_t{4} * workers.count()));
  const auto part = [&](size_t begin, size_t end) {
    WinogradTiles some = tiles;
    some.first = tiles.first + begin;
    some.last = tiles.first + end;
    return some;
  };
  workers.run(rows, tiles_per_block, [&](size_t begin, size_t end, unsigned) { transforms.inputs(part(begin, end)); });
  workers.run(points, 1, [&](size_t point, size_t, unsigned worker) {
    gemm(product(conv, rows, tiles.transformed + point * tiles.rows * conv.channels,
                 packed + point * gemm_packed_b_bytes(conv.channels, conv.output_channels),
                 tiles.products + point * tiles.rows * conv.output_channels),
         calls + worker * call_bytes, Workers());
  });
  workers.run(rows, tiles_per_block, [&](size_t begin, size_t end, unsigned) { transforms.outputs(part(begin, end)); });
}

}  // namespace

bool suits_winograd(const Conv2d& conv) {
  const auto suits = [](const WindowAxis& axis) {
    return (axis.kernel == 1 || axis.kernel == 3) && axis.stride == 1 && axis.dilation == 1 && axis.output > 0;
  };
  return conv.groups == 1 && suits(conv.height) && suits(conv.width) && conv.height.kernel * conv.width.kernel > 1;
}

size_t winograd_scratch_bytes(const Conv2d& conv, size_t tile, Workers workers) {
  const Chunks chunks(conv, tile, workers);
  return zeros_bytes(conv) + ChunkScratch(conv, tile, chunks).bytes * (chunks.are_shared ? 1 : chunks.workers.count());
}

void winograd_conv2d(const ConvRun& run, size_t tile) {
  const Conv2d& conv = run.conv;
  const Chunks chunks(conv, tile, run.workers);
  const ChunkScratch scratch(conv, tile, chunks);
  const TileTransforms transforms = winograd_transforms(conv, tile);
  auto* zeros = reinterpret_cast<float*>(run.scratch);
  std::fill_n(zeros, conv.channels, 0.0F);
  std::byte* memory = run.scratch + zeros_bytes(conv);
  const auto convolve = [&](size_t chunk, std::byte* transformed, Workers workers) {
    std::byte* products = transformed + scratch.transformed_bytes;
    const WinogradTiles tiles{.conv = conv,
                              .finish = run.finish,
                              .input = run.input,
                              .zeros = zeros,
                              .output = run.output,
                              .first = chunk * chunks.rows,
                              .last = std::min(chunks.tiles, (chunk + 1) * chunks.rows),
                              .chunk = chunk * chunks.rows,
                              .rows = chunks.rows,
                              .transformed = reinterpret_cast<float*>(transformed),
                              .products = reinterpret_cast<float*>(products)};
    convolve_chunk(tiles, transforms, run.packed, winograd_points(conv, tile), products + scratch.products_bytes,
                   scratch.call_bytes, workers);
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
