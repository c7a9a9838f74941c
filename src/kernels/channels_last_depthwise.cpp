// Depthwise convolution with the channels side by side: each vector of channels is filtered on its own.
#include <algorithm>

#include "kernels/channels_last_methods.h"
#include "kernels/depthwise_rows.h"
#include "kernels/tap_range.h"
#include "kernels/unaligned.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channels_last_depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
using V = hn::Vec<FloatTag>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());
// Outputs next to each other that are summed together.
inline constexpr size_t together = 4;

// Where a stretch of outputs that see the same taps is.
struct Stretch {
  TapRange high, wide;
  ptrdiff_t top, left;
  size_t output;

  // What tap 0 of row kh of the first window sees.
  [[nodiscard]] const float* first_seen(const DepthwiseRows& rows, size_t kh) const {
    const Conv2d& conv = rows.conv;
    const ptrdiff_t row = top + static_cast<ptrdiff_t>(kh * conv.height.dilation);
    const ptrdiff_t pixel = row * static_cast<ptrdiff_t>(conv.width.input) + left;
    return rows.image + pixel * static_cast<ptrdiff_t>(conv.channels);
  }
};

// What becomes of sums, at hand for all of a call.
struct Finish {
  V low, high;
  const float* residual;
  float* output;

  HWY_INLINE explicit Finish(const DepthwiseRows& rows)
      : low(hn::Set(FloatTag(), rows.finish.clamp.low)),
        high(hn::Set(FloatTag(), rows.finish.clamp.high)),
        residual(rows.residual),
        output(rows.output) {}

  // `load` and `store` move a vector of channels.
  template <typename Load, typename Store>
  HWY_INLINE void operator()(V sum, size_t place, const Load& load, const Store& store) const {
    if (residual != nullptr) sum = hn::Add(sum, load(residual + place));
    store(clamp(sum, low, high), output + place);
  }
};

// One output of any window, for `vectors` vectors of channels that `load` and `store` move.
template <size_t vectors, typename Load, typename Store>
HWY_INLINE void filter_vectors(const DepthwiseRows& rows, const Stretch& at, const Finish& finish, const Load& load,
                               const Store& store) {
  const Conv2d& conv = rows.conv;
  const size_t step = conv.width.dilation * conv.channels;
  V sums[vectors];
  HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
    sums[j] = rows.finish.bias == nullptr ? hn::Zero(FloatTag()) : load(rows.finish.bias + j * lanes);
  }
  for (size_t kh = at.high.begin; kh < at.high.end; ++kh) {
    const float* weights = rows.weights + (kh * conv.width.kernel + at.wide.begin) * conv.channels;
    const float* tap = at.first_seen(rows, kh) + at.wide.begin * step;
    for (size_t kw = at.wide.begin; kw < at.wide.end; ++kw, weights += conv.channels, tap += step) {
      HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
        sums[j] = hn::MulAdd(load(weights + j * lanes), load(tap + j * lanes), sums[j]);
      }
    }
  }
  HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) finish(sums[j], at.output + j * lanes, load, store);
}

// The channels from `channel` on.
void filter_any(const DepthwiseRows& rows, const Stretch& at, size_t channel) {
  const FloatTag d;
  const Finish finish(rows);
  const size_t channels = rows.conv.channels;
  const auto load = [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + channel); };
  const auto store = [&](V value, float* to) HWY_ATTR { hn::StoreU(value, d, to + channel); };
  for (; channel + 4 * lanes <= channels; channel += 4 * lanes) filter_vectors<4>(rows, at, finish, load, store);
  for (; channel + lanes <= channels; channel += lanes) filter_vectors<1>(rows, at, finish, load, store);
  if (channel == channels) return;
  const size_t count = channels - channel;
  filter_vectors<1>(
      rows, at, finish, [&](const float* from) HWY_ATTR { return load_first(d, from + channel, count); },
      [&](V value, float* to) HWY_ATTR { store_first(value, d, to + channel, count); });
}

// One row of whole windows: each input is read once for all outputs that see it.
template <size_t width, size_t stride>
HWY_INLINE void add_row(const V (&weights)[width], const float* from, size_t channels, V (&sums)[together]) {
  HWY_UNROLL(16) for (size_t column = 0; column < (together - 1) * stride + width; ++column) {
    const V x = hn::LoadU(FloatTag(), from + column * channels);
    HWY_UNROLL(4) for (size_t i = 0; i < together; ++i) {
      if (column >= i * stride && column < i * stride + width) {
        sums[i] = hn::MulAdd(weights[column - i * stride], x, sums[i]);
      }
    }
  }
}

template <size_t width>
HWY_INLINE void load_row(const float* from, size_t channels, V (&weights)[width]) {
  HWY_UNROLL(8) for (size_t kw = 0; kw < width; ++kw) weights[kw] = hn::LoadU(FloatTag(), from + kw * channels);
}

// `groups` groups of outputs whose windows lie inside the image along the width. A height that is known here is that of
// all windows, whose weights then stay in registers; 0 is any.
template <size_t height, size_t width, size_t stride>
void filter_groups(const DepthwiseRows& rows, const Stretch& at, size_t groups) {
  const FloatTag d;
  const Finish finish(rows);
  const size_t channels = rows.conv.channels;
  const size_t line = rows.conv.width.input * channels;
  size_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) {
    const auto load = [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + channel); };
    const auto store = [&](V value, float* to) HWY_ATTR { hn::StoreU(value, d, to + channel); };
    const float* weights = rows.weights + channel;
    V kept[height + 1][width];
    HWY_UNROLL(4) for (size_t kh = 0; kh < height; ++kh) load_row(weights + kh * width * channels, channels, kept[kh]);
    const V bias = rows.finish.bias == nullptr ? hn::Zero(d) : load(rows.finish.bias);
    const float* first = at.first_seen(rows, at.high.begin) + channel;
    size_t place = at.output;
    for (size_t group = 0; group < groups; ++group, first += together * stride * channels) {
      V sums[together];
      HWY_UNROLL(4) for (V& sum : sums) sum = bias;
      const float* from = first;
      if constexpr (height != 0) {
        HWY_UNROLL(4) for (size_t kh = 0; kh < height; ++kh, from += line) {
          add_row<width, stride>(kept[kh], from, channels, sums);
        }
      } else {
        for (size_t kh = at.high.begin; kh < at.high.end; ++kh, from += rows.conv.height.dilation * line) {
          load_row(weights + kh * width * channels, channels, kept[0]);
          add_row<width, stride>(kept[0], from, channels, sums);
        }
      }
      HWY_UNROLL(4) for (size_t i = 0; i < together; ++i, place += channels) { finish(sums[i], place, load, store); }
    }
  }
  if (channel == channels) return;
  Stretch one = at;
  for (size_t i = 0; i < groups * together; ++i) {
    filter_any(rows, one, channel);
    one.left += static_cast<ptrdiff_t>(stride);
    one.output += channels;
  }
}

template <size_t width, size_t stride>
void filter_whole(const DepthwiseRows& rows, const Stretch& at, size_t groups) {
  if constexpr (width == 3) {
    if (at.high.size() == 3 && rows.conv.height.kernel == 3 && rows.conv.height.dilation == 1) {
      return filter_groups<3, width, stride>(rows, at, groups);
    }
  }
  filter_groups<0, width, stride>(rows, at, groups);
}

using WholeFilter = void (*)(const DepthwiseRows&, const Stretch&, size_t groups);

WholeFilter whole_filter(const WindowAxis& width) {
  if (width.dilation != 1) return nullptr;
  if (width.kernel == 3 && width.stride == 1) return filter_whole<3, 1>;
  if (width.kernel == 3 && width.stride == 2) return filter_whole<3, 2>;
  if (width.kernel == 5 && width.stride == 1) return filter_whole<5, 1>;
  if (width.kernel == 5 && width.stride == 2) return filter_whole<5, 2>;
  if (width.kernel == 7 && width.stride == 1) return filter_whole<7, 1>;
  return nullptr;
}

void filter_rows(const DepthwiseRows& rows) {
  const Conv2d& conv = rows.conv;
  const WindowAxis& width = conv.width;
  const WholeFilter whole = whole_filter(width);
  const auto left = [&](size_t x) { return window_start(width, x); };
  const auto sees_all = [&](size_t x) { return TapRange(width, left(x)).size() == width.kernel; };
  for (size_t y = rows.first; y < rows.last; ++y) {
    const ptrdiff_t top = window_start(conv.height, y);
    const TapRange high(conv.height, top);
    for (size_t x = 0; x < width.output;) {
      const Stretch at{high, TapRange(width, left(x)), top, left(x), (y * width.output + x) * conv.channels};
      size_t groups = 0;
      if (whole != nullptr && high.size() != 0 && sees_all(x)) {
        while (x + (groups + 1) * together <= width.output && sees_all(x + (groups + 1) * together - 1)) {
          ++groups;
        }
      }
      if (groups == 0) {
        filter_any(rows, at, 0);
        ++x;
      } else {
        whole(rows, at, groups);
        x += groups * together;
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
    for (size_t channel = 0; channel < conv.channels; ++channel) *to++ = read_unaligned(weights + channel * taps + tap);
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
