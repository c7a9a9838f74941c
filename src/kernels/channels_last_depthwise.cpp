// Depthwise convolution with the channels side by side: each vector of channels is filtered on its own.
#include <algorithm>

#include "kernels/channels_last_methods.h"
#include "kernels/depthwise_rows.h"
#include "kernels/tap_range.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channels_last_depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());

// Where a stretch of outputs that see the same taps is.
struct Stretch {
  TapRange high, wide;
  ptrdiff_t top, left;
  size_t output;

  // The first pixel seen in row kh of the window, for tap 0 of its columns.
  [[nodiscard]] ptrdiff_t first_pixel(const Conv2d& conv, size_t kh) const {
    const ptrdiff_t row = top + static_cast<ptrdiff_t>(kh * conv.height.dilation);
    return row * static_cast<ptrdiff_t>(conv.width.input) + left;
  }
};

// sums[i] += the products under output i. For any window; `load` reads a vector of channels.
template <size_t pixels, typename Load>
HWY_INLINE void sum_any(const DepthwiseRows& rows, const Stretch& at, const Load& load,
                        hn::Vec<FloatTag> (&sums)[pixels]) {
  const Conv2d& conv = rows.conv;
  const size_t channels = conv.channels;
  const size_t step = conv.width.stride * channels;
  for (size_t kh = at.high.begin; kh < at.high.end; ++kh) {
    const ptrdiff_t pixel = at.first_pixel(conv, kh);
    const float* weights = rows.weights + kh * conv.width.kernel * channels;
    for (size_t kw = at.wide.begin; kw < at.wide.end; ++kw) {
      const auto weight = load(weights + kw * channels);
      const float* tap =
          rows.image + (pixel + static_cast<ptrdiff_t>(kw * conv.width.dilation)) * static_cast<ptrdiff_t>(channels);
      HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) sums[i] = hn::MulAdd(weight, load(tap + i * step), sums[i]);
    }
  }
}

// The same for whole windows of a width known here and outputs one apart: each input is read once for all that see it.
template <size_t width, size_t pixels, typename Load>
HWY_INLINE void sum_whole(const DepthwiseRows& rows, const Stretch& at, const Load& load,
                          hn::Vec<FloatTag> (&sums)[pixels]) {
  const Conv2d& conv = rows.conv;
  const size_t channels = conv.channels;
  for (size_t kh = at.high.begin; kh < at.high.end; ++kh) {
    const float* from = rows.image + at.first_pixel(conv, kh) * static_cast<ptrdiff_t>(channels);
    const float* of_row = rows.weights + kh * width * channels;
    hn::Vec<FloatTag> weights[width];
    HWY_UNROLL(8) for (size_t kw = 0; kw < width; ++kw) weights[kw] = load(of_row + kw * channels);
    HWY_UNROLL(16) for (size_t column = 0; column < pixels - 1 + width; ++column) {
      const auto x = load(from + column * channels);
      HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) {
        if (column >= i && column < i + width) sums[i] = hn::MulAdd(weights[column - i], x, sums[i]);
      }
    }
  }
}

// `pixels` outputs next to each other, for a vector of channels that `load` and `store` move. `width`: of windows for
// sum_whole(), or 0.
template <size_t pixels, size_t width, typename Load, typename Store>
HWY_INLINE void filter_vector(const DepthwiseRows& rows, const Stretch& at, const Load& load, const Store& store) {
  const FloatTag d;
  using V = hn::Vec<FloatTag>;
  const size_t channels = rows.conv.channels;
  V sums[pixels];
  const V bias = rows.finish.bias == nullptr ? hn::Zero(d) : load(rows.finish.bias);
  HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) sums[i] = bias;
  if constexpr (width == 0) {
    sum_any(rows, at, load, sums);
  } else {
    sum_whole<width>(rows, at, load, sums);
  }
  const V low_bound = hn::Set(d, rows.finish.clamp.low);
  const V high_bound = hn::Set(d, rows.finish.clamp.high);
  const bool clamped = rows.finish.clamp.active();
  HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) {
    V value = sums[i];
    if (rows.residual != nullptr) value = hn::Add(value, load(rows.residual + at.output + i * channels));
    if (clamped) value = clamp(value, low_bound, high_bound);
    store(value, rows.output + at.output + i * channels);
  }
}

template <size_t pixels, size_t width>
void filter(const DepthwiseRows& rows, const Stretch& at) {
  const FloatTag d;
  const size_t channels = rows.conv.channels;
  size_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) {
    filter_vector<pixels, width>(
        rows, at, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + channel); },
        [&](hn::Vec<FloatTag> value, float* to) HWY_ATTR { hn::StoreU(value, d, to + channel); });
  }
  if (channel == channels) return;
  const size_t count = channels - channel;
  filter_vector<pixels, 0>(
      rows, at, [&](const float* from) HWY_ATTR { return load_first(d, from + channel, count); },
      [&](hn::Vec<FloatTag> value, float* to) HWY_ATTR { store_first(value, d, to + channel, count); });
}

void filter_rows(const DepthwiseRows& rows) {
  const Conv2d& conv = rows.conv;
  const WindowAxis& width = conv.width;
  for (size_t y = rows.first; y < rows.last; ++y) {
    const ptrdiff_t top = window_start(conv.height, y);
    const TapRange high(conv.height, top);
    const bool is_three = width.kernel == 3 && width.dilation == 1 && width.stride == 1;
    const auto left = [&](size_t x) { return window_start(width, x); };
    const auto sees_all = [&](size_t x) { return TapRange(width, left(x)).size() == width.kernel; };
    for (size_t x = 0; x < width.output;) {
      const Stretch at{high, TapRange(width, left(x)), top, left(x), (y * width.output + x) * conv.channels};
      if (x + 4 <= width.output && sees_all(x) && sees_all(x + 3)) {
        (is_three ? filter<4, 3> : filter<4, 0>)(rows, at);
        x += 4;
      } else {
        filter<1, 0>(rows, at);
        ++x;
      }
    }
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(filter_rows);

size_t depthwise_packed_bytes(const Conv2d& conv) {
  return conv.channels * conv.height.kernel * conv.width.kernel * sizeof(float);
}

void depthwise_pack(const Conv2d& conv, const float* weights, std::byte* packed) {
  auto* to = reinterpret_cast<float*>(packed);
  const size_t taps = conv.height.kernel * conv.width.kernel;
  for (size_t tap = 0; tap < taps; ++tap) {
    for (size_t channel = 0; channel < conv.channels; ++channel) *to++ = weights[channel * taps + tap];
  }
}

void depthwise_conv2d(const ConvRun& run) {
  const Conv2d& conv = run.conv;
  const size_t input_image = conv.height.input * conv.width.input * conv.channels;
  const size_t output_row = conv.width.output * conv.channels;
  const size_t output_image = conv.height.output * output_row;
  const size_t rows_per_block = 1 + 16384 / (output_row * conv.height.kernel * conv.width.kernel + 1);
  const size_t blocks = (conv.height.output + rows_per_block - 1) / rows_per_block;
  run.workers.run(conv.batch * blocks, 1, [&](size_t block, size_t, unsigned) {
    const size_t image = block / blocks;
    const size_t first = block % blocks * rows_per_block;
    const size_t last = std::min(conv.height.output, first + rows_per_block);
    float* output = run.output + image * output_image;
    const DepthwiseRows rows{
        .conv = conv,
        .image = run.input + image * input_image,
        .weights = reinterpret_cast<const float*>(run.packed),
        .finish = run.finish,
        .residual = run.finish.residual == nullptr ? nullptr : run.finish.residual + image * output_image,
        .output = output,
        .first = first,
        .last = last};
    HWY_DYNAMIC_DISPATCH(filter_rows)(rows);
    activate(run.finish, output + first * output_row, (last - first) * output_row);
  });
}

}  // namespace wedge::kernels
#endif
