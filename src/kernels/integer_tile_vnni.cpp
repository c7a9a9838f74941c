#include "kernels/integer_tile.h"
#include "kernels/vnni.h"

#if WEDGE_HAS_VNNI
#include <hwy/base.h>

#include <cstring>

namespace wedge::kernels {
namespace {

template <size_t rows>
using Sums = __m512i[rows][2];

// Loops over rows are unrolled before anything else, or else the sums would not be in registers. A tile that is narrow
// has columns in its left half alone.
template <size_t rows, bool narrow = false>
WEDGE_VNNI HWY_INLINE void accumulate(const IntegerTile& tile, Sums<rows>& sums) {
  const std::byte* b = tile.b;
  const std::byte* const* pixels = tile.pixels;
  for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
    const std::byte* a[rows];
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    for (size_t p = 0; p < tile.groups; ++p, b += 128) {
      const __m512i left = _mm512_loadu_si512(b);
      const __m512i right = _mm512_loadu_si512(b + 64);
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
        int32_t four;
        std::memcpy(&four, a[i] + 4 * p, sizeof four);
        const __m512i spread = _mm512_set1_epi32(four);
        sums[i][0] = _mm512_dpbusd_epi32(sums[i][0], spread, left);
        if constexpr (!narrow) sums[i][1] = _mm512_dpbusd_epi32(sums[i][1], spread, right);
      }
    }
  }
}

template <size_t rows>
WEDGE_VNNI void sum_rows(const IntegerTile& tile) {
  Sums<rows> sums;
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = _mm512_setzero_si512();
  accumulate<rows>(tile, sums);
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    _mm512_storeu_si512(tile.sums + i * 32, sums[i][0]);
    _mm512_storeu_si512(tile.sums + i * 32 + 16, sums[i][1]);
  }
}

// The columns of a tile that there are.
struct Columns {
  __mmask32 all;
  __mmask16 left, right;

  explicit Columns(size_t count) {
    all = count >= 32 ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
    left = static_cast<__mmask16>(all);
    right = static_cast<__mmask16>(all >> 16U);
  }
};

template <size_t rows, bool narrow = false>
WEDGE_VNNI HWY_INLINE void sum_from_offsets(const IntegerTile& tile, const IntegerFinish& f, Sums<rows>& sums) {
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    sums[i][0] = _mm512_loadu_si512(f.offsets);
    sums[i][1] = _mm512_loadu_si512(f.offsets + 16);
  }
  accumulate<rows, narrow>(tile, sums);
}

template <size_t rows>
WEDGE_VNNI void sum_rows_to_floats(const IntegerTile& tile, const IntegerFinish& f) {
  Sums<rows> sums;
  sum_from_offsets<rows>(tile, f, sums);
  const Columns columns(f.columns);
  const float* scales = f.product.scales + f.column;
  const __m512 left = _mm512_maskz_loadu_ps(columns.left, scales);
  const __m512 right = _mm512_maskz_loadu_ps(columns.right, scales + 16);
  __m512 left_bias = _mm512_setzero_ps();
  __m512 right_bias = _mm512_setzero_ps();
  if (f.product.float_bias != nullptr) {
    left_bias = _mm512_maskz_loadu_ps(columns.left, f.product.float_bias + f.column);
    right_bias = _mm512_maskz_loadu_ps(columns.right, f.product.float_bias + f.column + 16);
  }
  const __m512 low = _mm512_set1_ps(f.product.clamp.low);
  const __m512 high = _mm512_set1_ps(f.product.clamp.high);
  const auto clamped = [&](__m512i sum, __m512 scale, __m512 bias) WEDGE_VNNI {
    const __m512 value = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale), bias);
    // NaN passes: it is the second operand.
    return _mm512_min_ps(high, _mm512_max_ps(low, value));
  };
  float* to = static_cast<float*>(f.product.c) + f.row * f.product.c_stride + f.column;
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i, to += f.product.c_stride) {
    _mm512_mask_storeu_ps(to, columns.left, clamped(sums[i][0], left, left_bias));
    _mm512_mask_storeu_ps(to + 16, columns.right, clamped(sums[i][1], right, right_bias));
  }
}

// Scales and rounds while the sums are in registers. Saturation is left to the packing to narrower integers.
template <size_t rows, bool narrow>
WEDGE_VNNI void sum_rows_to_bytes(const IntegerTile& tile, const IntegerFinish& f) {
  Sums<rows> sums;
  sum_from_offsets<rows, narrow>(tile, f, sums);
  const Columns columns(f.columns);
  const float* scales = f.product.scales + f.column;
  const __m512 left = _mm512_maskz_loadu_ps(columns.left, scales);
  const __m512 right = _mm512_maskz_loadu_ps(columns.right, scales + 16);
  const vnni::ByteResult result(f.product.result, f.product.c_zero);
  const __m512i zero = _mm512_set1_epi16(result.zero);
  const __m512i flip = _mm512_set1_epi8(result.flip);
  const auto shorts = [&](const __m512i(&row)[2]) WEDGE_VNNI {
    const __m512i scaled = vnni::scaled(row[0], left);
    return _mm512_adds_epi16(_mm512_packs_epi32(scaled, narrow ? scaled : vnni::scaled(row[1], right)), zero);
  };
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const size_t stride = f.product.c_stride;
  std::byte* to = static_cast<std::byte*>(f.product.c) + f.row * stride + f.column;
  const auto store = [&](size_t row, __m256i bytes) WEDGE_VNNI {
    if (f.columns >= 32) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + row * stride), bytes);
    } else {
      _mm256_mask_storeu_epi8(to + row * stride, columns.all, bytes);
    }
  };
  HWY_UNROLL(8) for (size_t i = 0; i < rows; i += 2) {
    const __m512i packed = _mm512_packus_epi16(shorts(sums[i]), shorts(sums[i + 1 < rows ? i + 1 : i]));
    const __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_xor_si512(packed, flip));
    store(i, _mm512_castsi512_si256(bytes));
    if (i + 1 < rows) store(i + 1, _mm512_extracti64x4_epi64(bytes, 1));
  }
}

// By the number of rows, from one.
constexpr void (*sums_of[])(const IntegerTile&) = {sum_rows<1>, sum_rows<2>, sum_rows<3>, sum_rows<4>,
                                                   sum_rows<5>, sum_rows<6>, sum_rows<7>, sum_rows<8>};
using SumAndFinish = void (*)(const IntegerTile&, const IntegerFinish&);
template <bool narrow>
constexpr SumAndFinish bytes_of[] = {sum_rows_to_bytes<1, narrow>, sum_rows_to_bytes<2, narrow>,
                                     sum_rows_to_bytes<3, narrow>, sum_rows_to_bytes<4, narrow>,
                                     sum_rows_to_bytes<5, narrow>, sum_rows_to_bytes<6, narrow>,
                                     sum_rows_to_bytes<7, narrow>, sum_rows_to_bytes<8, narrow>};
constexpr SumAndFinish floats_of[] = {sum_rows_to_floats<1>, sum_rows_to_floats<2>, sum_rows_to_floats<3>,
                                      sum_rows_to_floats<4>, sum_rows_to_floats<5>, sum_rows_to_floats<6>,
                                      sum_rows_to_floats<7>, sum_rows_to_floats<8>};

void sum(const IntegerTile& tile) { sums_of[tile.rows - 1](tile); }
void sum_to_bytes(const IntegerTile& tile, const IntegerFinish& finish) {
  const bool narrow = finish.columns <= 16;
  (narrow ? bytes_of<true> : bytes_of<false>)[tile.rows - 1](tile, finish);
}
void sum_to_floats(const IntegerTile& tile, const IntegerFinish& finish) { floats_of[tile.rows - 1](tile, finish); }

constexpr IntegerTileKind kind = {
    .rows = 8, .columns = 32, .group = 4, .sum = sum, .sum_to_bytes = sum_to_bytes, .sum_to_floats = sum_to_floats};

}  // namespace

const IntegerTileKind* vnni_tile_kind() {
  static const bool has = vnni::is_here();
  return has ? &kind : nullptr;
}

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
const IntegerTileKind* vnni_tile_kind() { return nullptr; }
}  // namespace wedge::kernels
#endif
