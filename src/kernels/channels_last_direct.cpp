// Direct convolution: output pixels are rows of a matrix product that is summed over the taps of the kernel, and the
// rows of its left factor are read where they are, through pointers (Dukhan, "The Indirect Convolution Algorithm",
// 2019).
#include <algorithm>

#include "base/checked.h"
#include "kernels/channels_last_taps.h"
#include "kernels/gemm_block.h"
#include "kernels/product_schedule.h"
#include "kernels/unaligned.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channels_last_direct.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_tile-inl.h"
#include "kernels/taps_block.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

template <size_t rows, size_t vectors>
HWY_NOINLINE void sum_taps(const TapsBlock& block, const float* b, size_t column, size_t columns) {
  hn::Vec<FloatTag> sums[rows][vectors];
  set_zero(sums);
  if constexpr (copies_a) {
    const float* a = block.panel;
    for (size_t tap = 0; tap < block.taps; ++tap, a += block.depth * tile_rows, b += block.tap_stride) {
      add_products(a, b, block.depth, sums);
    }
    return store_tile(block.finish, sums, block.c, block.c_stride, 0, column, columns);
  }
  const auto panel_stride = static_cast<ptrdiff_t>(block.panel_stride);
  const float* const* pixels = block.pixels;
  for (size_t tap = 0; tap < block.taps; ++tap, pixels += tile_rows, b += block.tap_stride) {
    const float* a[rows];
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    const auto add_tap = [&](auto ahead) WEDGE_INLINE {
      const float* row_of_b = b;
      size_t first = 0;
      for_each_row<steps_at_once<rows, float>>(
          block.depth, ahead,
          [&](size_t p) WEDGE_INLINE {
            add_product([&](size_t i) WEDGE_INLINE { return a[i][first + p]; }, row_of_b + p * panel_width,
                        panel_stride, sums);
          },
          [&](size_t count) WEDGE_INLINE {
            first += count;
            row_of_b += count * panel_width;
          });
    };
    with_prefetcher<panels_of<vectors>>(block.next, b, panel_stride * static_cast<ptrdiff_t>(sizeof(float)),
                                        block.depth, block.tile, add_tap);
  }
  store_tile(block.finish, sums, block.c, block.c_stride, 0, column, columns);
}

template <size_t rows>
void sum_row_of_tiles(const TapsBlock& block) {
  const float* b = block.b;
  for_each_tile<rows>(block.n, [&]<size_t vectors>(size_t column, size_t columns) HWY_ATTR {
    sum_taps<rows, vectors>(block, b, column, columns);
    b += panels_of<vectors> * block.panel_stride;
  });
}

// Small builds have tiles of all rows and of one.
void sum_row_by_row(TapsBlock block) {
  for (; block.rows > 0; --block.rows) {
    sum_row_of_tiles<1>(block);
    ++block.pixels;
    ++block.panel;
    block.c += block.c_stride;
    if (block.finish.addend != nullptr) block.finish.addend += block.finish.addend_stride;
  }
}

// The pixels as one panel for all taps.
void copy_pixels(const TapsBlock& block) {
  float* to = block.panel;
  const float* const* pixels = block.pixels;
  for (size_t tap = 0; tap < block.taps; ++tap, pixels += tile_rows) {
    size_t p = 0;
#if HWY_TARGET != HWY_SCALAR
    if (block.rows == 4) {
      for (; p + 4 <= block.depth; p += 4, to += 4 * tile_rows) {
        transpose_block<tile_rows>(pixels[0] + p, pixels[1] + p, pixels[2] + p, pixels[3] + p, to);
      }
    }
#endif
    for (; p < block.depth; ++p, to += tile_rows) {
      for (size_t i = 0; i < block.rows; ++i) to[i] = pixels[i][p];
    }
  }
}

void sum_pixels(const TapsBlock& block) {
  static_assert(tile_vectors == 2 && tile_rows <= most_tile_rows);
  if constexpr (copies_a) copy_pixels(block);
  if constexpr (!has_narrow_tiles) {
    if (block.rows == tile_rows) return sum_row_of_tiles<tile_rows>(block);
    return sum_row_by_row(block);
  }
  switch (block.rows) {
    case 1: return sum_row_of_tiles<1>(block);
    case 2: return sum_row_of_tiles<2>(block);
    case 3: return sum_row_of_tiles<3>(block);
    case 4: return sum_row_of_tiles<4>(block);
    case 5: return sum_row_of_tiles<std::min<size_t>(5, tile_rows)>(block);
    case 6: return sum_row_of_tiles<std::min<size_t>(6, tile_rows)>(block);
    case 7: return sum_row_of_tiles<std::min<size_t>(7, tile_rows)>(block);
    default: return sum_row_of_tiles<tile_rows>(block);
  }
}

size_t rows_per_tile() { return tile_rows; }
size_t panels_per_tile() { return is_wide<tile_rows> ? wide_vectors / tile_vectors : 1; }
size_t rows_copied() { return copies_a ? tile_rows : 0; }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(sum_pixels);
HWY_EXPORT(rows_per_tile);
HWY_EXPORT(panels_per_tile);
HWY_EXPORT(rows_copied);

// So few that the weights a tile reads stay in the second-level cache while all rows pass by, and what is copied of A
// for a tile in the first. In how many passes a sum is made must not depend on how the product is cut.
size_t taps_per_pass(const Taps& taps) {
  constexpr size_t cached_bytes = size_t{640} << 10U;
  constexpr size_t copied_bytes = size_t{24} << 10U;
  const size_t row_bytes = std::max<size_t>(taps.depth, 1) * sizeof(float);
  const size_t rows = HWY_DYNAMIC_DISPATCH(rows_copied)();
  const size_t columns = HWY_DYNAMIC_DISPATCH(panels_per_tile)() * gemm_panel_width();
  const size_t most = rows != 0 ? copied_bytes / (rows * row_bytes) : cached_bytes / (columns * row_bytes);
  const size_t passes = ceil_div(taps.count, std::max<size_t>(most, 1));
  return ceil_div(taps.count, passes);
}

ProductSchedule schedule(const Conv2d& conv, const Taps& taps, Workers workers) {
  const size_t panel = gemm_panel_width();
  const size_t pixels = conv.height.output * conv.width.output;
  // Where tasks copy their rows there are to be few of them: the panels of one pass stay in the cache.
  const size_t panel_taps = HWY_DYNAMIC_DISPATCH(rows_copied)() != 0 ? taps_per_pass(taps) : taps.count;
  return {{.products = conv.batch * conv.groups,
           .rows = pixels,
           .tile_rows = HWY_DYNAMIC_DISPATCH(rows_per_tile)(),
           .panels = ceil_div(outputs_per_group(conv), panel),
           .tile_panels = HWY_DYNAMIC_DISPATCH(panels_per_tile)(),
           .panel_bytes = panel_taps * taps.depth * panel * sizeof(float),
           .work = static_cast<double>(conv.batch * pixels) * static_cast<double>(conv.output_channels) *
                   static_cast<double>(taps.count * taps.depth)},
          workers};
}

size_t table_bytes(const Taps& taps) { return round_up(taps.count * most_tile_rows * sizeof(float*), 64); }
size_t zeros_bytes(const Taps& taps) { return round_up(taps.depth * sizeof(float), 64); }
size_t panel_bytes(const Taps& taps) {
  return round_up(HWY_DYNAMIC_DISPATCH(rows_copied)() * taps_per_pass(taps) * taps.depth * sizeof(float), 64);
}
// Calls use(packed matrix, its first element among the weights, strides of its rows and columns there) for every tap.
template <typename Byte, typename Use>
void for_taps(const Conv2d& conv, Byte* packed, const Use& use) {
  const Taps taps(conv);
  const size_t window = conv.height.kernel * conv.width.kernel;
  const size_t depth = window * channels_per_group(conv);
  for (size_t group = 0; group < conv.groups; ++group) {
    for (size_t tap = 0; tap < window; ++tap, packed += packed_tap_bytes(conv, taps)) {
      use(packed, group * outputs_per_group(conv) * depth + tap, static_cast<ptrdiff_t>(window),
          static_cast<ptrdiff_t>(depth));
    }
  }
}

// scratch: tables and panels of all workers.
void sum_tiles(const ConvRun& run, const ConvImages& images, std::byte* scratch) {
  const Conv2d& conv = run.conv;
  const Taps taps(conv);
  const ProductSchedule s = schedule(conv, taps, run.workers);
  const size_t outputs = outputs_per_group(conv);
  const size_t pixels = conv.height.output * conv.width.output;
  const size_t tile_rows = HWY_DYNAMIC_DISPATCH(rows_per_tile)();
  const size_t tap_floats = packed_tap_bytes(conv, taps) / sizeof(float);
  const size_t taps_at_once = taps_per_pass(taps);
  std::byte* panels = scratch + table_bytes(taps) * run.workers.count();

  s.workers().run(s.tasks(), 1, [&](size_t number, size_t, unsigned worker) {
    const ProductTask task = s.task(number, worker);
    const size_t n_begin = task.first_panel * gemm_panel_width();
    const size_t group = task.product % conv.groups;
    const size_t image = task.product / conv.groups;
    auto** table = reinterpret_cast<const float**>(scratch + worker * table_bytes(taps));
    const size_t n = std::min(task.panels() * gemm_panel_width(), outputs - n_begin);
    const size_t first_output = group * outputs + n_begin;
    TapsBlock block{};
    block.n = n;
    block.depth = taps.depth;
    block.panel = reinterpret_cast<float*>(panels + worker * panel_bytes(taps));
    const float* weights =
        reinterpret_cast<const float*>(run.packed) + group * taps.count * tap_floats + n_begin * taps.depth;
    block.tap_stride = tap_floats;
    block.panel_stride = gemm_panel_width() * taps.depth;
    block.c_stride = static_cast<ptrdiff_t>(conv.output_channels);
    const size_t rows_at_once = even_rows(task.rows(), tile_rows);
    const size_t tap_bytes = task.panels() * block.panel_stride * sizeof(float);
    for (size_t tap = 0; tap < taps.count; tap += taps_at_once) {
      const bool is_last = tap + taps_at_once >= taps.count;
      block.taps = std::min(taps_at_once, taps.count - tap);
      block.pixels = table + tap * tile_rows;
      block.b = weights + tap * tap_floats;
      block.tile = 0;
      block.finish.clamp = is_last ? run.finish.clamp : Clamp();
      block.finish.column_bias = is_last && run.finish.bias != nullptr ? run.finish.bias + first_output : nullptr;
      // The same columns of the next taps, or the first taps of the next columns.
      const size_t next =
          is_last ? tap_bytes - tap * tap_floats * sizeof(float) : taps_at_once * tap_floats * sizeof(float);
      block.next =
          NextPanels(!is_last || task.leaves_panels, static_cast<ptrdiff_t>(next), gemm_panel_width() * sizeof(float),
                     block.taps * tap_bytes, ceil_div(task.rows(), rows_at_once));
      const float* addend = tap == 0 ? run.finish.residual : run.output;
      for (size_t row = task.first_row; row < task.last_row; row += rows_at_once, ++block.tile) {
        block.rows = std::min(rows_at_once, task.last_row - row);
        images.find(conv, image, group * taps.depth, tile_rows, row, block.rows, table);
        const size_t place = (image * pixels + row) * conv.output_channels + first_output;
        block.c = run.output + place;
        block.finish.addend = addend == nullptr ? nullptr : addend + place;
        block.finish.addend_stride = block.c_stride;
        HWY_DYNAMIC_DISPATCH(sum_pixels)(block);
        if (!is_last) continue;
        if (n == conv.output_channels) {
          activate(run.finish, block.c, block.rows * n);
        } else {
          for (size_t i = 0; i < block.rows; ++i) activate(run.finish, block.c + i * conv.output_channels, n);
        }
      }
    }
  });
}

}  // namespace

size_t direct_packed_bytes(const Conv2d& conv) {
  const Taps taps(conv);
  return saturating_bytes(conv.groups, taps.count, packed_tap_bytes(conv, taps));
}

void direct_pack(const Conv2d& conv, const float* weights, std::byte* packed, Workers workers) {
  const Taps taps(conv);
  const size_t outputs = outputs_per_group(conv);
  const size_t channels = channels_per_group(conv);
  if (!widens(conv)) {
    return for_taps(conv, packed, [&](std::byte* of_tap, size_t first, ptrdiff_t row_stride, ptrdiff_t column_stride) {
      gemm_pack_b({weights + first, row_stride, column_stride}, channels, outputs, of_tap, workers);
    });
  }
  // The rows of the product are (kw, channel), which are no single stride apart in the weights.
  const size_t window = conv.height.kernel * conv.width.kernel;
  const size_t panel = gemm_panel_width();
  auto* to = reinterpret_cast<float*>(packed);
  for (size_t tap = 0; tap < taps.count; ++tap) {
    for (size_t column = 0; column < outputs; column += panel) {
      for (size_t p = 0; p < taps.depth; ++p, to += panel) {
        const float* from = weights + (p % channels) * window + tap * conv.width.kernel + p / channels;
        for (size_t j = 0; j < panel; ++j) {
          to[j] = column + j < outputs ? read_unaligned(from + (column + j) * window * channels) : 0.0F;
        }
      }
    }
  }
}

bool direct_unpacks(const Conv2d& conv) { return !widens(conv); }

void direct_unpack(const Conv2d& conv, const std::byte* packed, float* weights) {
  for_taps(conv, packed, [&](const std::byte* of_tap, size_t first, ptrdiff_t row_stride, ptrdiff_t column_stride) {
    gemm_unpack_b(of_tap, channels_per_group(conv), outputs_per_group(conv), weights + first, row_stride,
                  column_stride);
  });
}

size_t direct_scratch_bytes(const Conv2d& conv, Workers workers) {
  const Taps taps(conv);
  const size_t padded = widens(conv) ? conv.batch * round_up(PaddedImage(conv).elements() * sizeof(float), 64) : 0;
  const size_t products = suits_split_conv(conv) ? split_conv_scratch_bytes(conv, workers)
                                                 : (table_bytes(taps) + panel_bytes(taps)) * workers.count();
  return padded + zeros_bytes(taps) + products;
}

void direct_conv2d(const ConvRun& run) {
  const Conv2d& conv = run.conv;
  const Taps taps(conv);
  auto* zeros = reinterpret_cast<float*>(run.scratch);
  std::fill_n(zeros, taps.depth, 0.0F);
  std::byte* scratch = run.scratch + zeros_bytes(taps);
  ConvImages images{.first = run.input,
                    .image_floats = conv.height.input * conv.width.input * conv.channels,
                    .zeros = zeros,
                    .padded = PaddedImage(conv),
                    .are_padded = widens(conv)};
  if (images.are_padded) {
    const size_t copy_floats = round_up(images.padded.elements() * sizeof(float), 64) / sizeof(float);
    auto* copies = reinterpret_cast<float*>(scratch);
    for (size_t i = 0; i < conv.batch; ++i) {
      pad_image(conv, images.padded, run.input + i * images.image_floats, 0.0F, copies + i * copy_floats, run.workers);
    }
    images.first = copies;
    images.image_floats = copy_floats;
    scratch += conv.batch * copy_floats * sizeof(float);
  }
  suits_split_conv(conv) ? split_conv2d(run, images, scratch) : sum_tiles(run, images, scratch);
}

}  // namespace wedge::kernels
#endif
