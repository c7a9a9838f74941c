#include "kernels/integer_depthwise.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "kernels/integer_depthwise_dots.h"
#include "kernels/integer_depthwise_rows.h"
#include "kernels/scaled_sums.h"
#include "kernels/tap_range.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
using IntTag = hn::RebindToSigned<FloatTag>;
using V = hn::Vec<FloatTag>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());

// A vector of channels, whole or the first `count` of one.
template <typename T, bool whole>
HWY_INLINE V load_bytes(const T* from, size_t count) {
  const FloatTag d;
  const hn::Rebind<T, FloatTag> narrow;
  if constexpr (whole) return hn::ConvertTo(d, hn::PromoteTo(IntTag(), hn::LoadU(narrow, from)));
  return hn::ConvertTo(d, hn::PromoteTo(IntTag(), load_first(narrow, from, count)));
}

template <typename To>
HWY_INLINE void store_bytes(V scaled, const IntegerDepthwiseRows& rows, void* output, size_t at, size_t count) {
  const hn::Rebind<To, FloatTag> narrow;
  const auto zero = static_cast<float>(rows.operands.y_zero);
  const V low = hn::Set(FloatTag(), static_cast<float>(std::numeric_limits<To>::lowest()) - zero);
  const V high = hn::Set(FloatTag(), static_cast<float>(std::numeric_limits<To>::max()) - zero);
  const auto rounded = nearest_of_small(hn::Min(hn::Max(scaled, low), high));
  const auto result = hn::DemoteTo(narrow, hn::Add(rounded, hn::Set(IntTag(), rows.operands.y_zero)));
  To* to = static_cast<To*>(output) + at;
  if (count >= lanes) {
    hn::StoreU(result, narrow, to);
  } else {
    store_first(result, narrow, to, count);
  }
}

// Where a stretch of outputs that see the same taps is.
struct Stretch {
  TapRange high, wide;
  ptrdiff_t top, left;
  size_t output;
};

// sums[i] += the products under output i; weight_sum: the sum of the weights seen. For any window.
template <typename T, size_t pixels, bool whole>
HWY_INLINE void sum_any(const IntegerDepthwiseRows& rows, const Stretch& at, size_t channel, size_t count,
                        V (&sums)[pixels], V& weight_sum) {
  const FloatTag d;
  const Conv2d& conv = rows.conv.conv;
  const size_t channels = conv.channels;
  const auto line = static_cast<ptrdiff_t>(conv.width.input);
  const size_t step = conv.width.stride * channels;
  const auto* image = reinterpret_cast<const T*>(rows.image);
  for (size_t kh = at.high.begin; kh < at.high.end; ++kh) {
    const ptrdiff_t pixel = (at.top + static_cast<ptrdiff_t>(kh * conv.height.dilation)) * line + at.left;
    const float* weights = rows.weights + kh * conv.width.kernel * rows.channel_stride + channel;
    for (size_t kw = at.wide.begin; kw < at.wide.end; ++kw) {
      const V weight = hn::LoadU(d, weights + kw * rows.channel_stride);
      weight_sum = hn::Add(weight_sum, weight);
      const T* tap = image +
                     (pixel + static_cast<ptrdiff_t>(kw * conv.width.dilation)) * static_cast<ptrdiff_t>(channels) +
                     channel;
      HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) {
        sums[i] = hn::MulAdd(weight, load_bytes<T, whole>(tap + i * step, count), sums[i]);
      }
    }
  }
}

// The same for whole windows of a width known here: each input is converted once for all outputs that see it.
template <typename T, size_t pixels, bool whole, size_t width, size_t stride>
HWY_INLINE void sum_whole(const IntegerDepthwiseRows& rows, const Stretch& at, size_t channel, size_t count,
                          V (&sums)[pixels], V& weight_sum) {
  const FloatTag d;
  const Conv2d& conv = rows.conv.conv;
  const auto line = static_cast<ptrdiff_t>(conv.width.input);
  const auto* image = reinterpret_cast<const T*>(rows.image);
  for (size_t kh = at.high.begin; kh < at.high.end; ++kh) {
    const ptrdiff_t pixel = (at.top + static_cast<ptrdiff_t>(kh * conv.height.dilation)) * line + at.left;
    const T* from = image + pixel * static_cast<ptrdiff_t>(conv.channels) + channel;
    const float* of_row = rows.weights + kh * width * rows.channel_stride + channel;
    V weights[width];
    HWY_UNROLL(8) for (size_t kw = 0; kw < width; ++kw) {
      weights[kw] = hn::LoadU(d, of_row + kw * rows.channel_stride);
      weight_sum = hn::Add(weight_sum, weights[kw]);
    }
    HWY_UNROLL(16) for (size_t column = 0; column < (pixels - 1) * stride + width; ++column) {
      const V x = load_bytes<T, whole>(from + column * conv.channels, count);
      HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) {
        if (column >= i * stride && column < i * stride + width) {
          sums[i] = hn::MulAdd(weights[column - i * stride], x, sums[i]);
        }
      }
    }
  }
}

template <typename T, size_t pixels, bool whole>
HWY_INLINE void sum_window(const IntegerDepthwiseRows& rows, const Stretch& at, size_t channel, size_t count,
                           V (&sums)[pixels], V& weight_sum) {
  const WindowAxis& width = rows.conv.conv.width;
  if constexpr (pixels == 4 && whole) {
    if (width.kernel == 3 && width.dilation == 1 && width.stride == 1) {
      return sum_whole<T, pixels, whole, 3, 1>(rows, at, channel, count, sums, weight_sum);
    }
    if (width.kernel == 3 && width.dilation == 1 && width.stride == 2) {
      return sum_whole<T, pixels, whole, 3, 2>(rows, at, channel, count, sums, weight_sum);
    }
    if (width.kernel == 5 && width.dilation == 1 && width.stride == 1) {
      return sum_whole<T, pixels, whole, 5, 1>(rows, at, channel, count, sums, weight_sum);
    }
  }
  sum_any<T, pixels, whole>(rows, at, channel, count, sums, weight_sum);
}

// The outputs of `pixels` neighbours that see the same taps, for a vector of channels.
template <typename T, size_t pixels, bool whole>
HWY_INLINE void filter_vector(const IntegerDepthwiseRows& rows, const Stretch& at, size_t channel, size_t count) {
  const FloatTag d;
  const size_t channels = rows.conv.conv.channels;
  V sums[pixels];
  HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) sums[i] = hn::Zero(d);
  V weight_sum = hn::Zero(d);
  sum_window<T, pixels, whole>(rows, at, channel, count, sums, weight_sum);
  const V offset = hn::Mul(weight_sum, hn::Set(d, static_cast<float>(rows.operands.x_zero)));
  const auto bias = hn::LoadU(IntTag(), rows.bias + channel);
  HWY_UNROLL(4) for (size_t i = 0; i < pixels; ++i) {
    const auto sum = hn::Add(nearest_of_small(hn::Sub(sums[i], offset)), bias);
    const size_t place = at.output + i * channels + channel;
    if (rows.conv.result == IntegerResult::sums) {
      auto* to = static_cast<int32_t*>(rows.operands.y) + place;
      if constexpr (whole) {
        hn::StoreU(sum, IntTag(), to);
      } else {
        store_first(sum, IntTag(), to, count);
      }
      continue;
    }
    const V scaled = hn::Mul(hn::ConvertTo(d, sum), hn::LoadU(d, rows.scales + channel));
    if (rows.conv.result == IntegerResult::u8) {
      store_bytes<uint8_t>(scaled, rows, rows.operands.y, place, count);
    } else {
      store_bytes<int8_t>(scaled, rows, rows.operands.y, place, count);
    }
  }
}

template <typename T, size_t pixels>
void filter(const IntegerDepthwiseRows& rows, const Stretch& at) {
  const size_t channels = rows.conv.conv.channels;
  size_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) {
    filter_vector<T, pixels, true>(rows, at, channel, lanes);
  }
  if (channel < channels) filter_vector<T, pixels, false>(rows, at, channel, channels - channel);
}

template <typename T>
void filter_rows(const IntegerDepthwiseRows& rows) {
  const Conv2d& conv = rows.conv.conv;
  for (size_t y = rows.first; y < rows.last; ++y) {
    const ptrdiff_t top = window_start(conv.height, y);
    const TapRange high(conv.height, top);
    const auto sees_all = [&](size_t x) {
      return TapRange(conv.width, window_start(conv.width, x)).size() == conv.width.kernel;
    };
    for (size_t x = 0; x < conv.width.output;) {
      const size_t output = rows.output + (y * conv.width.output + x) * conv.channels;
      const ptrdiff_t left = window_start(conv.width, x);
      if (x + 4 <= conv.width.output && sees_all(x) && sees_all(x + 3)) {
        filter<T, 4>(rows, {high, TapRange(conv.width, left), top, left, output});
        x += 4;
      } else {
        filter<T, 1>(rows, {high, TapRange(conv.width, left), top, left, output});
        ++x;
      }
    }
  }
}

void filter_u8(const IntegerDepthwiseRows& rows) { filter_rows<uint8_t>(rows); }
void filter_i8(const IntegerDepthwiseRows& rows) { filter_rows<int8_t>(rows); }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(filter_u8);
HWY_EXPORT(filter_i8);

// Rows of weights and parameters are padded so that every vector of channels may be loaded whole.
size_t padded_channels(const Conv2d& conv) { return round_up(conv.channels, 16); }
size_t taps_of(const Conv2d& conv) { return conv.height.kernel * conv.width.kernel; }

size_t float_bytes(const IntegerConv& conv) { return padded_channels(conv.conv) * taps_of(conv.conv) * sizeof(float); }

// The pixels that a row of outputs sees in a row of the image; the last of an odd number of outputs reads one more.
size_t table_columns(const Conv2d& conv) {
  return (conv.width.output - 1) * conv.width.stride + (conv.width.kernel - 1) * conv.width.dilation + 2;
}

bool packs_dots(const IntegerConv& conv) {
  // Pads out of proportion are not worth a table of pixels.
  const bool is_wide = table_columns(conv.conv) > 4 * conv.conv.width.input + 4096;
  return vnni_depthwise() != nullptr && conv.conv.channels >= DepthwiseDots::block && !is_wide &&
         (conv.result == IntegerResult::u8 || conv.result == IntegerResult::i8);
}

// The sums of the channels' weights, then the weights.
size_t dot_sums_bytes(const DepthwiseDots& dots) { return round_up(dots.channels * sizeof(int32_t), 64); }

void pack_dots(const IntegerConv& conv, const std::byte* weights, std::byte* packed) {
  const DepthwiseDots dots(conv.conv);
  auto* sums = reinterpret_cast<int32_t*>(packed);
  std::byte* to = packed + dot_sums_bytes(dots);
  std::fill_n(to, dots.bytes(), std::byte{0});
  for (size_t block = 0; block < dots.blocks; ++block) {
    for (size_t i = 0; i < DepthwiseDots::block; ++i) {
      const size_t channel = dots.first_channel(block) + i;
      sums[channel] = 0;
      for (size_t tap = 0; tap < dots.taps; ++tap) {
        const std::byte weight =
            weights[channel * dots.taps + tap] ^ std::byte{conv.w_is_signed ? uint8_t{0} : sign_bit};
        sums[channel] += static_cast<int8_t>(weight);
        to[dots.place(block, i, tap)] = weight;
        if (dots.is_shared) to[dots.place(block, i, tap, true)] = weight;
      }
    }
  }
}

// As integer_depthwise_pack() lays out floats.
void unpack_dots(const IntegerConv& conv, const std::byte* packed, float* to) {
  const DepthwiseDots dots(conv.conv);
  const size_t stride = padded_channels(conv.conv);
  const auto shift = static_cast<float>(conv.w_is_signed ? 0 : sign_shift);
  std::fill_n(to, dots.taps * stride, 0.0F);
  for (size_t channel = 0; channel < dots.channels; ++channel) {
    const size_t block = channel / DepthwiseDots::block;
    const size_t i = channel - dots.first_channel(block);
    for (size_t tap = 0; tap < dots.taps; ++tap) {
      const auto weight = static_cast<int8_t>(packed[dot_sums_bytes(dots) + dots.place(block, i, tap)]);
      to[tap * stride + channel] = static_cast<float>(weight) + shift;
    }
  }
}

// Dot products know signed weights whose zero points are 0.
bool suits_dots(const IntegerConv& conv, const IntegerConvOperands& operands) {
  if (operands.w_zeros == nullptr) return conv.w_is_signed;
  const int32_t zero = conv.w_is_signed ? 0 : sign_shift;
  return std::all_of(operands.w_zeros, operands.w_zeros + conv.conv.channels, [&](int32_t z) { return z == zero; });
}

struct DotScratch {
  size_t columns, padding_bytes, offset_bytes, tap_bytes, table_bytes;

  explicit DotScratch(const Conv2d& conv)
      : columns(table_columns(conv)),
        padding_bytes(round_up(conv.channels, 64)),
        offset_bytes(round_up(conv.channels * sizeof(int32_t), 64)),
        tap_bytes(round_up(taps_of(conv), 4) * sizeof(size_t)),
        table_bytes(round_up(conv.height.kernel * columns * sizeof(std::byte*), 64)) {}
  [[nodiscard]] size_t bytes(Workers workers) const {
    return padding_bytes + offset_bytes + round_up(tap_bytes, 64) + table_bytes * workers.count();
  }
};

// Runs filter(image, first, last, worker) over all rows of outputs.
template <typename Filter>
void for_rows(const Conv2d& shape, Workers workers, const Filter& filter) {
  const size_t row_outputs = shape.width.output * shape.channels;
  const size_t rows_per_block = 1 + 16384 / (row_outputs * taps_of(shape) + 1);
  const size_t blocks = (shape.height.output + rows_per_block - 1) / rows_per_block;
  workers.run(shape.batch * blocks, 1, [&](size_t block, size_t, unsigned worker) {
    const size_t first = block % blocks * rows_per_block;
    filter(block / blocks, first, std::min(shape.height.output, first + rows_per_block), worker);
  });
}

size_t image_elements(const Conv2d& shape) { return shape.height.input * shape.width.input * shape.channels; }
size_t output_elements(const Conv2d& shape) { return shape.height.output * shape.width.output * shape.channels; }

// False, and nothing done, when sums may be too large for it.
bool convolve_by_dots(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                      Workers workers) {
  const Conv2d& shape = conv.conv;
  const DepthwiseDots dots(shape);
  const DotScratch parts(shape);
  std::byte* padding = scratch;
  auto* offsets = reinterpret_cast<int32_t*>(padding + parts.padding_bytes);
  auto* tap_columns = reinterpret_cast<size_t*>(padding + parts.padding_bytes + parts.offset_bytes);
  std::byte* tables = padding + parts.padding_bytes + parts.offset_bytes + round_up(parts.tap_bytes, 64);
  std::fill_n(padding, shape.channels, static_cast<std::byte>(operands.x_zero & 0xFF));
  const auto zero = static_cast<uint32_t>(operands.x_zero + (conv.x_is_signed ? sign_shift : 0));
  const auto* sums = reinterpret_cast<const int32_t*>(operands.packed_w);
  for (size_t channel = 0; channel < shape.channels; ++channel) {
    const uint32_t bias = operands.bias == nullptr ? 0 : static_cast<uint32_t>(operands.bias[channel]);
    offsets[channel] = static_cast<int32_t>(bias - zero * static_cast<uint32_t>(sums[channel]));
  }
  if (!scaled_sums_fit(dots.taps, offsets, operands.scales, shape.channels)) return false;
  for (size_t i = 0; i < round_up(dots.taps, 4); ++i) {
    const size_t tap = std::min(i, dots.taps - 1);
    tap_columns[i] = tap / dots.width * parts.columns + tap % dots.width * shape.width.dilation;
  }
  for_rows(shape, workers, [&](size_t image, size_t first, size_t last, unsigned worker) {
    vnni_depthwise()({.conv = conv,
                      .dots = dots,
                      .operands = operands,
                      .image = operands.x + image * image_elements(shape),
                      .weights = operands.packed_w + dot_sums_bytes(dots),
                      .padding = padding,
                      .offsets = offsets,
                      .tap_columns = tap_columns,
                      .column_count = parts.columns,
                      .columns = reinterpret_cast<const std::byte**>(tables + worker * parts.table_bytes),
                      .output = static_cast<std::byte*>(operands.y) + image * output_elements(shape),
                      .first = first,
                      .last = last});
  });
  return true;
}

// The weights less their zero points; in `scratch` where they are packed otherwise.
const float* float_weights(const IntegerConv& conv, const IntegerConvOperands& operands, float* scratch) {
  const size_t stride = padded_channels(conv.conv);
  const size_t count = taps_of(conv.conv) * stride;
  if (packs_dots(conv)) {
    unpack_dots(conv, operands.packed_w, scratch);
  } else if (operands.w_zeros == nullptr) {
    return reinterpret_cast<const float*>(operands.packed_w);
  } else {
    std::copy_n(reinterpret_cast<const float*>(operands.packed_w), count, scratch);
  }
  if (operands.w_zeros == nullptr) return scratch;
  for (size_t i = 0; i < count; ++i) {
    const size_t channel = i % stride;
    if (channel < conv.conv.channels) scratch[i] -= static_cast<float>(operands.w_zeros[channel]);
  }
  return scratch;
}

}  // namespace

size_t integer_depthwise_packed_bytes(const IntegerConv& conv) {
  if (!packs_dots(conv)) return float_bytes(conv);
  const DepthwiseDots dots(conv.conv);
  return dot_sums_bytes(dots) + dots.bytes();
}

void integer_depthwise_pack(const IntegerConv& conv, const std::byte* weights, std::byte* packed) {
  if (packs_dots(conv)) return pack_dots(conv, weights, packed);
  const size_t stride = padded_channels(conv.conv);
  const size_t taps = taps_of(conv.conv);
  auto* to = reinterpret_cast<float*>(packed);
  for (size_t tap = 0; tap < taps; ++tap, to += stride) {
    for (size_t channel = 0; channel < conv.conv.channels; ++channel) {
      const auto byte = static_cast<uint8_t>(weights[channel * taps + tap]);
      to[channel] = conv.w_is_signed ? static_cast<float>(static_cast<int8_t>(byte)) : static_cast<float>(byte);
    }
    std::fill(to + conv.conv.channels, to + stride, 0.0F);
  }
}

size_t integer_depthwise_scratch_bytes(const IntegerConv& conv, Workers workers) {
  // Weights less their zero points, bias and scales.
  const size_t floats = float_bytes(conv) + 2 * padded_channels(conv.conv) * sizeof(float);
  return packs_dots(conv) ? std::max(floats, DotScratch(conv.conv).bytes(workers)) : floats;
}

void integer_depthwise_conv2d(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                              Workers workers) {
  if (packs_dots(conv) && suits_dots(conv, operands) && convolve_by_dots(conv, operands, scratch, workers)) return;
  const Conv2d& shape = conv.conv;
  const size_t stride = padded_channels(shape);
  auto* bias = reinterpret_cast<int32_t*>(scratch);
  auto* scales = reinterpret_cast<float*>(bias + stride);
  std::fill_n(bias, stride, 0);
  std::fill_n(scales, stride, 0.0F);
  if (operands.bias != nullptr) std::copy_n(operands.bias, shape.channels, bias);
  if (operands.scales != nullptr) std::copy_n(operands.scales, shape.channels, scales);
  const float* weights = float_weights(conv, operands, scales + stride);
  for_rows(shape, workers, [&](size_t image, size_t first, size_t last, unsigned) {
    const IntegerDepthwiseRows rows{.conv = conv,
                                    .operands = operands,
                                    .image = operands.x + image * image_elements(shape),
                                    .weights = weights,
                                    .channel_stride = stride,
                                    .bias = bias,
                                    .scales = scales,
                                    .output = image * output_elements(shape),
                                    .first = first,
                                    .last = last};
    if (conv.x_is_signed) {
      HWY_DYNAMIC_DISPATCH(filter_i8)(rows);
    } else {
      HWY_DYNAMIC_DISPATCH(filter_u8)(rows);
    }
  });
}

}  // namespace wedge::kernels
#endif
