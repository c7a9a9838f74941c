// Minimal filtering (Winograd) in integers, exactly: inputs, weights and their transforms fit 16 bits, and what is
// summed and transformed back in 32 bits may wrap, as long as four times the true sum does not.
#include "kernels/integer_winograd.h"

#include <algorithm>

#include "kernels/channels_last_methods.h"
#include "kernels/integer_finish.h"
#include "kernels/integer_winograd_steps.h"

namespace wedge::kernels {
namespace {

// Transformed inputs of one chunk of tiles, for the second-level cache.
constexpr size_t chunk_bytes = size_t{512} << 10U;
// Tiles whose products with a panel stay in the first-level cache.
constexpr size_t group_tiles = 16;
constexpr size_t smallest_parallel_product = size_t{1} << 19U;

// What a call needs: offsets and zeros of columns, a pixel of padding and transformed inputs, then for each worker
// transformed weights, products and sums.
struct Sizes {
  size_t chunk_tiles, block_bytes;
  size_t columns_bytes, padding_bytes, inputs_bytes;
  size_t weights_bytes, products_bytes, sums_bytes;

  Sizes(const Conv2d& conv, const IntegerWinograd& shape) {
    constexpr size_t points = IntegerWinograd::points;
    const IntegerTileKind& kind = pairs_tile_kind();
    block_bytes = points * shape.input_step * sizeof(int16_t);
    const size_t groups = std::max<size_t>(1, chunk_bytes / (block_bytes / kind.rows * group_tiles));
    chunk_tiles = std::min(groups * group_tiles, round_up(shape.tiles, kind.rows));
    columns_bytes = IntegerPackedB(kind, 9, conv.channels, conv.output_channels).sums_bytes;
    padding_bytes = round_up(conv.channels, 64);
    inputs_bytes = chunk_tiles / kind.rows * block_bytes;
    weights_bytes = points * shape.weight_step * sizeof(int16_t);
    const size_t row_bytes = kind.columns * sizeof(int32_t);
    products_bytes = group_tiles * points * row_bytes;
    sums_bytes = group_tiles * IntegerWinograd::tile * IntegerWinograd::tile * row_bytes;
  }
  [[nodiscard]] size_t per_worker() const { return weights_bytes + products_bytes + sums_bytes; }
  [[nodiscard]] size_t bytes(Workers workers) const {
    return 2 * columns_bytes + padding_bytes + inputs_bytes + workers.count() * per_worker();
  }
};

class Call {
 public:
  Call(const Conv2d& conv, const std::byte* x, const IntegerProduct& product, std::byte* scratch)
      : conv_(conv),
        x_(x),
        product_(product),
        shape_(conv),
        sizes_(conv, shape_),
        b_(kind_, 9, conv.channels, conv.output_channels) {
    offsets_ = reinterpret_cast<int32_t*>(scratch);
    padding_ = scratch + 2 * sizes_.columns_bytes;
    inputs_ = padding_ + sizes_.padding_bytes;
    std::fill_n(padding_, conv.channels, static_cast<std::byte>(product.a_zero & 0xFF));
    has_zeros_ = set_integer_columns(product, b_.panels * kind_.columns, offsets_,
                                     reinterpret_cast<int32_t*>(scratch + sizes_.columns_bytes));
  }

  [[nodiscard]] bool has_zeros() const { return has_zeros_; }

  void run(Workers available) const {
    const size_t products = shape_.tiles * IntegerWinograd::points * conv_.channels * conv_.output_channels;
    const Workers workers = products < smallest_parallel_product ? Workers() : available;
    for (size_t first = 0; first < shape_.tiles; first += sizes_.chunk_tiles) {
      const size_t last = std::min(shape_.tiles, first + sizes_.chunk_tiles);
      workers.run(ceil_div(last - first, kind_.rows), 1, [&](size_t block, size_t, unsigned) {
        integer_winograd_transform(
            IntegerWinogradInputs{.conv = conv_,
                                  .shape = shape_,
                                  .images = reinterpret_cast<const uint8_t*>(x_),
                                  .flip = product_.a_is_signed ? sign_bit : uint8_t{0},
                                  .padding = reinterpret_cast<const uint8_t*>(padding_),
                                  .first = first + block * kind_.rows,
                                  .last = last,
                                  .transformed = reinterpret_cast<int16_t*>(inputs_ + block * sizes_.block_bytes)});
      });
      // Few panels are cut for many workers, each of which transforms the weights then.
      const size_t groups = ceil_div(last - first, group_tiles);
      const size_t parts = std::min(groups, ceil_div(size_t{workers.count()}, b_.panels));
      workers.run(b_.panels * parts, 1, [&](size_t task, size_t, unsigned worker) {
        const size_t part = task % parts;
        multiply_panel(first, last, groups * part / parts, groups * (part + 1) / parts, task / parts, worker);
      });
    }
  }

 private:
  // Groups [begin, end) of the tiles of a chunk.
  void multiply_panel(size_t first, size_t last, size_t begin, size_t end, size_t panel, unsigned worker) const {
    std::byte* own = inputs_ + sizes_.inputs_bytes + worker * sizes_.per_worker();
    auto* weights = reinterpret_cast<int16_t*>(own);
    auto* products = reinterpret_cast<int32_t*>(own + sizes_.weights_bytes);
    const std::byte* packed = product_.packed_b + b_.panel_at(panel);
    integer_winograd_transform(IntegerWinogradWeights{
        .shape = shape_, .panel = reinterpret_cast<const int8_t*>(packed), .transformed = weights});
    for (size_t group = begin; group < end; ++group) {
      const size_t tile = first + group * group_tiles;
      const size_t count = std::min(last - tile, group_tiles);
      const std::byte* inputs = inputs_ + group * group_tiles / kind_.rows * sizes_.block_bytes;
      integer_winograd_multiply(IntegerWinogradProducts{.shape = shape_,
                                                        .blocks = ceil_div(count, kind_.rows),
                                                        .inputs = reinterpret_cast<const int16_t*>(inputs),
                                                        .weights = weights,
                                                        .products = products});
      finish_group(tile, tile + count, panel * kind_.columns, products);
    }
  }

  // The products of tiles [first, last) to outputs, as far as they are side by side at a time.
  void finish_group(size_t first, size_t last, size_t column, int32_t* products) const {
    int32_t* sums = products + sizes_.products_bytes / sizeof(int32_t);
    for (size_t begin = first, end = 0; begin < last; begin = end) {
      end = std::min(last, begin - begin % shape_.across + shape_.across);
      integer_winograd_transform(
          IntegerWinogradOutputs{.products = products, .first = begin - first, .last = end - first, .sums = sums});
      const size_t x = shape_.x(begin);
      const size_t y = shape_.y(begin);
      const size_t width = (end - begin) * IntegerWinograd::tile;
      for (size_t i = 0; i < std::min(IntegerWinograd::tile, conv_.height.output - y); ++i) {
        finish_integer_tile({.product = product_,
                             .sums = sums + i * width * kind_.columns,
                             .sums_stride = kind_.columns,
                             .rows = std::min(width, conv_.width.output - x),
                             .columns = std::min(kind_.columns, conv_.output_channels - column),
                             .offsets = offsets_ + column,
                             .row_sums = nullptr,
                             .b_zeros = nullptr,
                             .row = (shape_.image(begin) * conv_.height.output + y + i) * conv_.width.output + x,
                             .column = column});
      }
    }
  }

  const IntegerTileKind& kind_ = pairs_tile_kind();
  const Conv2d& conv_;
  const std::byte* x_;
  const IntegerProduct& product_;
  IntegerWinograd shape_;
  Sizes sizes_;
  IntegerPackedB b_;
  int32_t* offsets_;
  std::byte* padding_;
  std::byte* inputs_;
  bool has_zeros_;
};

}  // namespace

bool suits_integer_winograd(const Conv2d& conv) {
  // Of so many channels sums are within 2^29 whatever the weights are.
  constexpr size_t most_channels = ((size_t{1} << 31U) - 1) / (size_t{4} * 9 * 255 * 128);
  constexpr size_t fewest_channels = 16;
  // Transformed bytes are of 16 bits, which are worth it where products of bytes are little faster than of pairs of
  // such.
  const IntegerTileKind& fastest = integer_tile_kind();
  if (&fastest != &pairs_tile_kind() && !fastest.cuts_pairs) return false;
  if (!suits_winograd(conv)) return false;
  if (std::min(conv.channels, conv.output_channels) < fewest_channels || conv.channels > most_channels) return false;
  if (conv.channels % 8 != 0) return false;  // Vectors of channels are whole.
  // Transforming the weights takes as long as the products of so many tiles: on Zen 3 most of it is storing them in as
  // many places as there are points.
#if defined(__wasm__)
  constexpr size_t transform_tiles = 3;
#else
  constexpr size_t transform_tiles = 9;
#endif
  const size_t tiles = IntegerWinograd(conv).tiles + transform_tiles;
  return conv.batch * conv.height.output * conv.width.output * 9 / IntegerWinograd::points > tiles;
}

size_t integer_winograd_scratch_bytes(const Conv2d& conv, Workers workers) {
  return Sizes(conv, IntegerWinograd(conv)).bytes(workers);
}

bool integer_winograd_conv2d(const Conv2d& conv, const std::byte* x, const IntegerProduct& product, std::byte* scratch,
                             Workers workers) {
  const Call call(conv, x, product, scratch);
  if (call.has_zeros()) return false;
  call.run(workers);
  return true;
}

}  // namespace wedge::kernels
