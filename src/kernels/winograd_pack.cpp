// The weights of minimal filtering (winograd.cpp): every kernel transformed to the points of a tile, each point of all
// kernels a packed matrix of the products over the channels.
#include <algorithm>

#include "base/checked.h"
#include "kernels/channels_last_methods.h"
#include "kernels/gemm.h"
#include "kernels/unaligned.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/winograd_pack.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using V = hn::Vec<FloatTag>;

template <size_t tile>
struct KernelTransform;

template <>
struct KernelTransform<1> {
  static constexpr size_t taps = 1;
  static constexpr size_t points = 1;
  static HWY_INLINE void run(const V (&g)[1], V (&t)[1]) { t[0] = g[0]; }
};

template <>
struct KernelTransform<2> {
  static constexpr size_t taps = 3;
  static constexpr size_t points = 4;
  static HWY_INLINE void run(const V (&g)[3], V (&t)[4]) {
    const FloatTag d;
    const V half = hn::Set(d, 0.5F);
    const V outer = hn::Mul(half, hn::Add(g[0], g[2]));
    t[0] = g[0];
    t[1] = hn::MulAdd(half, g[1], outer);
    t[2] = hn::NegMulAdd(half, g[1], outer);
    t[3] = g[2];
  }
};

template <>
struct KernelTransform<4> {
  static constexpr size_t taps = 3;
  static constexpr size_t points = 6;
  static HWY_INLINE void run(const V (&g)[3], V (&t)[6]) {
    const FloatTag d;
    const V sixth = hn::Set(d, 1.0F / 6);
    const V outer = hn::Mul(hn::Set(d, -1.0F / 6), hn::Add(g[0], g[2]));
    const V far = hn::MulAdd(sixth, g[2], hn::Mul(hn::Set(d, 1.0F / 24), g[0]));
    const V twelfth = hn::Set(d, 1.0F / 12);
    t[0] = hn::Mul(hn::Set(d, 0.25F), g[0]);
    t[1] = hn::NegMulAdd(sixth, g[1], outer);
    t[2] = hn::MulAdd(sixth, g[1], outer);
    t[3] = hn::MulAdd(twelfth, g[1], far);
    t[4] = hn::NegMulAdd(twelfth, g[1], far);
    t[5] = g[2];
  }
};

// One vector of kernels, their taps `stride` floats apart, to the same place of every point.
template <size_t height, size_t width>
HWY_INLINE void transform_kernels(const float* taps, size_t stride, float* to, size_t point_stride) {
  using Down = KernelTransform<height>;
  using Across = KernelTransform<width>;
  const FloatTag d;
  V half[Down::points][Across::taps];
  for (size_t x = 0; x < Across::taps; ++x) {
    V column[Down::taps];
    V result[Down::points];
    for (size_t y = 0; y < Down::taps; ++y) column[y] = hn::LoadU(d, taps + (y * Across::taps + x) * stride);
    Down::run(column, result);
    for (size_t i = 0; i < Down::points; ++i) half[i][x] = result[i];
  }
  for (size_t i = 0; i < Down::points; ++i) {
    V result[Across::points];
    Across::run(half[i], result);
    for (size_t j = 0; j < Across::points; ++j) {
      hn::StoreU(result[j], d, to + (i * Across::points + j) * point_stride);
    }
  }
}

// So many channels of a panel are transformed at a time: points lie far apart, often by a multiple of what a cache has
// for a set, and are written in lengths that fill lines.
inline constexpr size_t floats_at_once = 128;
inline constexpr size_t channels_at_once = std::max<size_t>(1, floats_at_once / panel_width);

// `count` floats of each of `columns` rows, `stride` apart at any alignment, as rows of a panel.
HWY_INLINE void gather_taps(const float* from, size_t stride, size_t count, size_t columns, float* to) {
  size_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  if (columns == panel_width) {
    for (; done + 4 <= count; done += 4) {
      for (size_t j = 0; j < panel_width; j += 4) {
        const float* rows = from + j * stride + done;
        transpose_block<panel_width>(rows, rows + stride, rows + 2 * stride, rows + 3 * stride,
                                     to + done * panel_width + j);
      }
    }
  }
#endif
  for (size_t j = 0; j < columns; ++j) {
    for (size_t i = done; i < count; ++i) to[i * panel_width + j] = read_unaligned(from + j * stride + i);
  }
}

// Of the output channels [begin, end), where a panel begins.
template <size_t height, size_t width>
void pack(const Conv2d& conv, const float* weights, float* packed, size_t point_stride, size_t begin, size_t end) {
  constexpr size_t window = KernelTransform<height>::taps * KernelTransform<width>::taps;
  constexpr size_t points = KernelTransform<height>::points * KernelTransform<width>::points;
  HWY_ALIGN float taps[channels_at_once * window * panel_width] = {};
  HWY_ALIGN float transformed[points][channels_at_once * panel_width];
  packed += begin * conv.channels;
  for (size_t first = begin; first < end; first += panel_width) {
    const size_t columns = std::min(panel_width, conv.output_channels - first);
    if (columns < panel_width) std::fill(std::begin(taps), std::end(taps), 0.0F);
    const float* from = weights + first * conv.channels * window;
    for (size_t channel = 0; channel < conv.channels; channel += channels_at_once) {
      const size_t channels = std::min(channels_at_once, conv.channels - channel);
      gather_taps(from + channel * window, conv.channels * window, channels * window, columns, taps);
      for (size_t i = 0; i < channels; ++i) {
        for (size_t j = 0; j < panel_width; j += lanes) {
          transform_kernels<height, width>(taps + i * window * panel_width + j, panel_width,
                                           transformed[0] + i * panel_width + j, channels_at_once * panel_width);
        }
      }
      for (size_t point = 0; point < points; ++point) {
        std::copy_n(transformed[point], channels * panel_width, packed + point * point_stride);
      }
      packed += channels * panel_width;
    }
  }
}

void winograd_pack_points(const Conv2d& conv, size_t tile, const float* weights, float* packed, size_t point_stride,
                          size_t begin, size_t end) {
  // Taps and points of one axis lie in the same order, whichever it is.
  if (conv.height.kernel == 1 || conv.width.kernel == 1) {
    return pack<1, 4>(conv, weights, packed, point_stride, begin, end);
  }
  if (tile == 2) return pack<2, 2>(conv, weights, packed, point_stride, begin, end);
  pack<4, 4>(conv, weights, packed, point_stride, begin, end);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(winograd_pack_points);

size_t point_bytes(const Conv2d& conv) { return gemm_packed_b_bytes(conv.channels, conv.output_channels); }

}  // namespace

size_t winograd_packed_bytes(const Conv2d& conv, size_t tile) {
  return saturating_bytes(winograd_points(conv, tile), point_bytes(conv));
}

void winograd_pack(const Conv2d& conv, size_t tile, const float* weights, std::byte* packed, Workers workers) {
  const size_t width = gemm_panel_width();
  workers.run(ceil_div(conv.output_channels, width), 1, [&](size_t begin, size_t end, unsigned) {
    HWY_DYNAMIC_DISPATCH(winograd_pack_points)
    (conv, tile, weights, reinterpret_cast<float*>(packed), point_bytes(conv) / sizeof(float), begin * width,
     std::min(conv.output_channels, end * width));
  });
}

}  // namespace wedge::kernels
#endif
