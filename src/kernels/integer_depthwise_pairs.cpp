#include "kernels/integer_depthwise_pairs.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_depthwise_pairs.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/pair_dot-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
size_t pair_block() { return 2; }

uint8_t rounded(const DepthwisePairRows& rows, int32_t sum, size_t place) {
  const bool is_signed = rows.conv.result == IntegerResult::i8;
  const auto zero = static_cast<float>(rows.y_zero);
  const float least = (is_signed ? -128.0F : 0.0F) - zero;
  const float most = (is_signed ? 127.0F : 255.0F) - zero;
  const float scaled = std::clamp(static_cast<float>(sum) * rows.scales[place], least, most);
  return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyint(scaled)) + rows.y_zero);
}

void filter_pairs(const DepthwisePairRows& rows) {
  const Conv2d& conv = rows.conv.conv;
  for (size_t i = rows.first * conv.width.output; i < rows.last * conv.width.output; ++i) {
    const size_t top = (i / conv.width.output - rows.first) * conv.height.stride;
    const size_t left = i % conv.width.output * conv.width.stride;
    for (size_t channel = 0; channel < conv.channels; ++channel) {
      const size_t place = rows.pairs.order(channel);
      int32_t sum = rows.offsets[place];
      for (size_t kh = 0; kh < conv.height.kernel; ++kh) {
        for (size_t kw = 0; kw < conv.width.kernel; ++kw) {
          const std::byte pixel = rows.image[(top + kh * conv.height.dilation) * rows.row_bytes +
                                             (left + kw * conv.width.dilation) * rows.pixel_bytes + channel];
          sum += static_cast<int32_t>(pixel) * rows.weights[rows.pairs.place(channel, kh, kw)];
        }
      }
      if (rows.conv.result == IntegerResult::sums) {
        static_cast<int32_t*>(rows.output)[i * conv.channels + channel] = sum;
      } else {
        static_cast<uint8_t*>(rows.output)[i * conv.channels + channel] = rounded(rows, sum, place);
      }
    }
  }
}
#else
using FloatTag = hn::ScalableTag<float>;
using IntTag = hn::ScalableTag<int32_t>;
using PairTag = hn::ScalableTag<int16_t>;
using ByteTag = hn::Rebind<uint8_t, PairTag>;
inline constexpr size_t lanes = hn::MaxLanes(IntTag());
inline constexpr size_t block = 2 * lanes;
// Outputs next to each other that are summed together.
inline constexpr size_t together = 4;

size_t pair_block() { return block; }

// The sums of a block of channels, in DepthwisePairs::order().
struct Sums {
  Wide low, high;
};

// Two rows of a pixel, interleaved.
struct Column {
  Pairs low, high;

  HWY_INLINE Column(const std::byte* upper, const std::byte* lower) {
    const Pairs a = hn::PromoteTo(PairTag(), hn::LoadU(ByteTag(), reinterpret_cast<const uint8_t*>(upper)));
    const Pairs b = hn::PromoteTo(PairTag(), hn::LoadU(ByteTag(), reinterpret_cast<const uint8_t*>(lower)));
    low = hn::InterleaveLower(PairTag(), a, b);
    high = hn::InterleaveUpper(PairTag(), a, b);
  }
};

HWY_INLINE void add(Sums& sums, const Column& column, const int16_t* weights) {
  sums.low = hn::Add(sums.low, pair_dot(column.low, hn::LoadU(PairTag(), weights)));
  sums.high = hn::Add(sums.high, pair_dot(column.high, hn::LoadU(PairTag(), weights + block)));
}

// One pair of rows, `width` columns of outputs `stride` apart: each column is interleaved once for all that see it.
template <size_t pixels, size_t width, size_t stride>
HWY_INLINE void add_shared(const std::byte* upper, const std::byte* lower, size_t pixel, const int16_t* weights,
                           Sums (&sums)[pixels]) {
  HWY_UNROLL(16) for (size_t i = 0; i < (pixels - 1) * stride + width; ++i) {
    const Column column(upper + i * pixel, lower + i * pixel);
    HWY_UNROLL(4) for (size_t j = 0; j < pixels; ++j) {
      if (i >= j * stride && i < j * stride + width) add(sums[j], column, weights + (i - j * stride) * 2 * block);
    }
  }
}

// The same for any window.
template <size_t pixels>
HWY_INLINE void add_any(const Conv2d& conv, const std::byte* upper, const std::byte* lower, size_t pixel,
                        const int16_t* weights, Sums (&sums)[pixels]) {
  for (size_t kw = 0; kw < conv.width.kernel; ++kw, weights += 2 * block) {
    HWY_UNROLL(4) for (size_t j = 0; j < pixels; ++j) {
      const size_t at = (j * conv.width.stride + kw * conv.width.dilation) * pixel;
      add(sums[j], Column(upper + at, lower + at), weights);
    }
  }
}

// What is the same for a block of channels.
struct Rounding {
  hn::Vec<FloatTag> low_scales, high_scales, least, most;
  Wide zero;
  hn::Vec<ByteTag> flip;

  Rounding(const DepthwisePairRows& rows, size_t channel) {
    const FloatTag d;
    // Signed results are unsigned ones 128 apart.
    const bool is_signed = rows.conv.result == IntegerResult::i8;
    const int32_t unsigned_zero = rows.y_zero + (is_signed ? sign_shift : 0);
    low_scales = hn::LoadU(d, rows.scales + channel);
    high_scales = hn::LoadU(d, rows.scales + channel + lanes);
    least = hn::Set(d, static_cast<float>(-unsigned_zero));
    most = hn::Set(d, static_cast<float>(255 - unsigned_zero));
    zero = hn::Set(IntTag(), unsigned_zero);
    flip = hn::Set(ByteTag(), is_signed ? sign_bit : uint8_t{0});
  }
  [[nodiscard]] HWY_INLINE Wide rounded(Wide sum, hn::Vec<FloatTag> scales) const {
    const auto scaled = hn::Mul(hn::ConvertTo(FloatTag(), sum), scales);
    return hn::Add(nearest_of_small(hn::Min(hn::Max(scaled, least), most)), zero);
  }
  [[nodiscard]] HWY_INLINE hn::Vec<ByteTag> operator()(const Sums& sums) const {
    const Pairs shorts =
        hn::ReorderDemote2To(PairTag(), rounded(sums.low, low_scales), rounded(sums.high, high_scales));
    return hn::Xor(hn::DemoteTo(ByteTag(), shorts), flip);
  }
};

void store_sums(const DepthwisePairRows& rows, const Sums& sums, int32_t* to, size_t count) {
  HWY_ALIGN int32_t in_order[block];
  hn::Store(sums.low, IntTag(), in_order);
  hn::Store(sums.high, IntTag(), in_order + lanes);
  for (size_t i = 0; i < count; ++i) to[i] = in_order[rows.pairs.order(i)];
}

// `pixels` outputs from column x of row y on, of the block that begins at `channel`. width, stride: of windows that
// share columns; 0 is any.
template <size_t pixels, size_t width, size_t stride>
HWY_INLINE void filter(const DepthwisePairRows& rows, const Rounding& rounding, size_t channel, size_t y, size_t x) {
  const Conv2d& conv = rows.conv.conv;
  const size_t pixel = rows.pixel_bytes;
  Sums sums[pixels];
  HWY_UNROLL(4) for (size_t j = 0; j < pixels; ++j) {
    sums[j].low = hn::LoadU(IntTag(), rows.offsets + channel);
    sums[j].high = hn::LoadU(IntTag(), rows.offsets + channel + lanes);
  }
  const size_t row_step = conv.height.dilation * rows.row_bytes;
  const std::byte* upper =
      rows.image + (y - rows.first) * conv.height.stride * rows.row_bytes + x * conv.width.stride * pixel + channel;
  const size_t weights_of_pair = conv.width.kernel * 2 * block;
  const int16_t* weights = rows.weights + channel / block * rows.pairs.pairs * weights_of_pair;
  for (size_t pair = 0; pair < rows.pairs.pairs; ++pair, upper += 2 * row_step, weights += weights_of_pair) {
    const std::byte* lower = 2 * pair + 1 < conv.height.kernel ? upper + row_step : upper;
    if constexpr (width != 0) {
      add_shared<pixels, width, stride>(upper, lower, pixel, weights, sums);
    } else {
      add_any<pixels>(conv, upper, lower, pixel, weights, sums);
    }
  }
  const size_t count = std::min(block, conv.channels - channel);
  size_t place = (y * conv.width.output + x) * conv.channels + channel;
  HWY_UNROLL(4) for (size_t j = 0; j < pixels; ++j, place += conv.channels) {
    if (rows.conv.result == IntegerResult::sums) {
      store_sums(rows, sums[j], static_cast<int32_t*>(rows.output) + place, count);
    } else if (count == block) {
      hn::StoreU(rounding(sums[j]), ByteTag(), static_cast<uint8_t*>(rows.output) + place);
    } else {
      store_first(rounding(sums[j]), ByteTag(), static_cast<uint8_t*>(rows.output) + place, count);
    }
  }
}

template <size_t width, size_t stride>
void filter_rows(const DepthwisePairRows& rows) {
  const size_t columns = rows.conv.conv.width.output;
  for (size_t y = rows.first; y < rows.last; ++y) {
    for (size_t channel = 0; channel < rows.pairs.channels; channel += block) {
      const Rounding rounding(rows, channel);
      if (columns < together) {
        for (size_t x = 0; x < columns; ++x) filter<1, 0, 0>(rows, rounding, channel, y, x);
        continue;
      }
      // The last outputs may be computed twice.
      for (size_t x = 0; x < columns; x += together) {
        filter<together, width, stride>(rows, rounding, channel, y, std::min(x, columns - together));
      }
    }
  }
}

void filter_pairs(const DepthwisePairRows& rows) {
  const WindowAxis& width = rows.conv.conv.width;
  if (width.dilation == 1 && width.kernel == 3 && width.stride == 1) return filter_rows<3, 1>(rows);
  if (width.dilation == 1 && width.kernel == 3 && width.stride == 2) return filter_rows<3, 2>(rows);
  if (width.dilation == 1 && width.kernel == 5 && width.stride == 1) return filter_rows<5, 1>(rows);
  filter_rows<0, 0>(rows);
}
#endif

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(pair_block);
HWY_EXPORT(filter_pairs);

DepthwisePairs::DepthwisePairs(const Conv2d& conv)
    : block(HWY_DYNAMIC_DISPATCH(pair_block)()),
      channels(conv.channels),
      height(conv.height.kernel),
      width(conv.width.kernel),
      pairs((height + 1) / 2),
      blocks((channels + block - 1) / block) {}

void depthwise_pairs(const DepthwisePairRows& rows) { HWY_DYNAMIC_DISPATCH(filter_pairs)(rows); }

}  // namespace wedge::kernels
#endif
