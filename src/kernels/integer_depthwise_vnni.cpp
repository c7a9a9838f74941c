#include "kernels/integer_depthwise_dots.h"
#include "kernels/tap_range.h"
#include "kernels/vnni.h"

#if WEDGE_HAS_VNNI
#include <hwy/base.h>

namespace wedge::kernels {
namespace {

struct Block {
  __m256i vectors[4];
};
struct FloatBlock {
  __m256 vectors[4];
};

WEDGE_VNNI HWY_INLINE __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

// Each lane four neighbouring taps of a channel. Packing lanes to bytes brings back the channels' order.
template <bool flips>
WEDGE_VNNI HWY_INLINE Block interleave(const std::byte* const (&pixels)[4], size_t channel) {
  __m256i taps[4];
  HWY_UNROLL(4) for (size_t i = 0; i < 4; ++i) {
    taps[i] = load(pixels[i] + channel);
    if constexpr (flips) taps[i] = _mm256_xor_si256(taps[i], _mm256_set1_epi8(static_cast<char>(0x80)));
  }
  const __m256i low_first = _mm256_unpacklo_epi8(taps[0], taps[1]);
  const __m256i high_first = _mm256_unpackhi_epi8(taps[0], taps[1]);
  const __m256i low_last = _mm256_unpacklo_epi8(taps[2], taps[3]);
  const __m256i high_last = _mm256_unpackhi_epi8(taps[2], taps[3]);
  return {{_mm256_unpacklo_epi16(low_first, low_last), _mm256_unpackhi_epi16(low_first, low_last),
           _mm256_unpacklo_epi16(high_first, high_last), _mm256_unpackhi_epi16(high_first, high_last)}};
}

// Numbers of 32 channels in the order of interleaved bytes.
WEDGE_VNNI HWY_INLINE Block in_order(const void* numbers) {
  const auto* from = static_cast<const std::byte*>(numbers);
  const __m256i a = load(from);
  const __m256i b = load(from + 32);
  const __m256i c = load(from + 64);
  const __m256i d = load(from + 96);
  return {{_mm256_permute2x128_si256(a, c, 0x20), _mm256_permute2x128_si256(a, c, 0x31),
           _mm256_permute2x128_si256(b, d, 0x20), _mm256_permute2x128_si256(b, d, 0x31)}};
}

WEDGE_VNNI HWY_INLINE void add(Block& sums, const Block& taps, const std::byte* weights) {
  HWY_UNROLL(4) for (size_t i = 0; i < 4; ++i) {
    sums.vectors[i] = _mm256_dpbusd_epi32(sums.vectors[i], taps.vectors[i], load(weights + i * 32));
  }
}

// What is the same for all pixels of a row.
struct Rounding {
  FloatBlock scales;
  __m256i zero, flip;

  WEDGE_VNNI HWY_INLINE Rounding(const DepthwiseDotRows& rows, size_t channel) {
    const vnni::ByteResult result(rows.conv.result, rows.operands.y_zero);
    const Block bits = in_order(rows.operands.scales + channel);
    HWY_UNROLL(4) for (size_t i = 0; i < 4; ++i) scales.vectors[i] = _mm256_castsi256_ps(bits.vectors[i]);
    zero = _mm256_set1_epi16(result.zero);
    flip = _mm256_set1_epi8(result.flip);
  }
  WEDGE_VNNI HWY_INLINE void store(const Block& sums, std::byte* to) const {
    __m256i whole[4];
    HWY_UNROLL(4) for (size_t i = 0; i < 4; ++i) whole[i] = vnni::scaled(sums.vectors[i], scales.vectors[i]);
    const __m256i low = _mm256_adds_epi16(_mm256_packs_epi32(whole[0], whole[1]), zero);
    const __m256i high = _mm256_adds_epi16(_mm256_packs_epi32(whole[2], whole[3]), zero);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_xor_si256(_mm256_packus_epi16(low, high), flip));
  }
};

// One interleaving serves two neighbours.
template <bool flips>
WEDGE_VNNI void filter_pairs(const DepthwiseDotRows& rows, size_t channel, const std::byte* weights,
                             std::byte* output) {
  const Conv2d& conv = rows.conv.conv;
  const Block offsets = in_order(rows.offsets + channel);
  const Rounding rounding(rows, channel);
  for (size_t x = 0; x < conv.width.output; x += 2) {
    Block left = offsets;
    Block right = offsets;
    const std::byte* of_row = weights;
    const std::byte* const* columns = rows.columns + x;
    for (size_t row = 0; row < conv.height.kernel; ++row, columns += rows.column_count) {
      const Block taps = interleave<flips>({columns[0], columns[1], columns[2], columns[3]}, channel);
      add(left, taps, of_row);
      add(right, taps, of_row + DepthwiseDots::group_bytes);
      of_row += 2 * DepthwiseDots::group_bytes;
    }
    rounding.store(left, output + x * conv.channels);
    if (x + 1 < conv.width.output) rounding.store(right, output + (x + 1) * conv.channels);
  }
}

template <bool flips>
WEDGE_VNNI void filter_each(const DepthwiseDotRows& rows, size_t channel, const std::byte* weights, std::byte* output) {
  const Conv2d& conv = rows.conv.conv;
  const Block offsets = in_order(rows.offsets + channel);
  const Rounding rounding(rows, channel);
  for (size_t x = 0; x < conv.width.output; ++x) {
    Block sums = offsets;
    const std::byte* const* columns = rows.columns + x * conv.width.stride;
    const size_t* at = rows.tap_columns;
    for (size_t group = 0; group < rows.dots.groups; ++group, at += 4) {
      const Block taps = interleave<flips>({columns[at[0]], columns[at[1]], columns[at[2]], columns[at[3]]}, channel);
      add(sums, taps, weights + group * DepthwiseDots::group_bytes);
    }
    rounding.store(sums, output + x * conv.channels);
  }
}

// Pixels under the row of the kernel at output row y; what lies outside the image is padding.
void find_columns(const DepthwiseDotRows& rows, size_t y) {
  const Conv2d& conv = rows.conv.conv;
  const ptrdiff_t top = window_start(conv.height, y);
  const auto width = static_cast<ptrdiff_t>(conv.width.input);
  const auto count = static_cast<ptrdiff_t>(rows.column_count);
  const ptrdiff_t begin = std::clamp<ptrdiff_t>(conv.width.pad, 0, count);
  const std::byte** to = rows.columns;
  for (size_t kh = 0; kh < conv.height.kernel; ++kh, to += count) {
    const ptrdiff_t row = top + static_cast<ptrdiff_t>(kh * conv.height.dilation);
    const bool is_inside = row >= 0 && row < static_cast<ptrdiff_t>(conv.height.input);
    const ptrdiff_t end = is_inside ? std::clamp(conv.width.pad + width, begin, count) : begin;
    std::fill(to, to + begin, rows.padding);
    for (ptrdiff_t column = begin; column < end; ++column) {
      const ptrdiff_t pixel = row * width + column - conv.width.pad;
      to[column] = rows.image + static_cast<size_t>(pixel) * conv.channels;
    }
    std::fill(to + end, to + count, rows.padding);
  }
}

template <bool flips>
void filter_rows(const DepthwiseDotRows& rows) {
  const size_t row_size = rows.conv.conv.width.output * rows.conv.conv.channels;
  for (size_t y = rows.first; y < rows.last; ++y) {
    find_columns(rows, y);
    for (size_t block = 0; block < rows.dots.blocks; ++block) {
      const size_t channel = rows.dots.first_channel(block);
      const std::byte* weights = rows.weights + block * rows.dots.groups * DepthwiseDots::group_bytes;
      std::byte* output = rows.output + y * row_size + channel;
      if (rows.dots.is_shared) {
        filter_pairs<flips>(rows, channel, weights, output);
      } else {
        filter_each<flips>(rows, channel, weights, output);
      }
    }
  }
}

void filter(const DepthwiseDotRows& rows) {
  if (rows.conv.x_is_signed) {
    filter_rows<true>(rows);
  } else {
    filter_rows<false>(rows);
  }
}

}  // namespace

DepthwiseDotFilter vnni_depthwise() {
  static const bool has = vnni::is_here();
  return has ? filter : nullptr;
}

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
DepthwiseDotFilter vnni_depthwise() { return nullptr; }
}  // namespace wedge::kernels
#endif
