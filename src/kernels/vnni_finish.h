// From sums of products of bytes in registers to floats and bytes, by AVX-512.
#pragma once

#include "kernels/integer_tile.h"
#include "kernels/vnni.h"

#if WEDGE_HAS_VNNI
#include <hwy/base.h>

namespace wedge::kernels::vnni {

/// Sums in a vector.
inline constexpr size_t lanes = 16;

template <size_t rows, size_t vectors>
using Sums = __m512i[rows][vectors];

/// The columns from one on that there are.
WEDGE_VNNI HWY_INLINE uint32_t columns_from(size_t first, size_t columns) {
  const size_t count = columns > first ? columns - first : 0;
  return count >= 2 * lanes ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
}
WEDGE_VNNI HWY_INLINE __mmask16 lanes_from(size_t first, size_t columns) {
  return static_cast<__mmask16>(columns_from(first, columns));
}

// Inlined, with loops over rows unrolled, or else the sums would not be in registers.

struct ToFloats {
  /// Rows from `first_row` of the tile on.
  template <size_t rows, size_t vectors>
  WEDGE_VNNI static HWY_INLINE void store(const Sums<rows, vectors>& sums, const IntegerFinish& f, size_t first_row) {
    const __m512 low = _mm512_set1_ps(f.product.clamp.low);
    const __m512 high = _mm512_set1_ps(f.product.clamp.high);
    float* const first = static_cast<float*>(f.product.c) + (f.row + first_row) * f.product.c_stride + f.column;
    HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
      const __mmask16 there = lanes_from(j * lanes, f.columns);
      const size_t column = f.column + j * lanes;
      const __m512 scales = _mm512_maskz_loadu_ps(there, f.product.scales + column);
      const __m512 bias = f.product.float_bias == nullptr ? _mm512_setzero_ps()
                                                          : _mm512_maskz_loadu_ps(there, f.product.float_bias + column);
      float* to = first + j * lanes;
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i, to += f.product.c_stride) {
        const __m512 value = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[i][j]), scales), bias);
        // NaN passes: it is the second operand.
        _mm512_mask_storeu_ps(to, there, _mm512_min_ps(high, _mm512_max_ps(low, value)));
      }
    }
  }
};

/// Scales and rounds. Saturation is left to the packing to narrower integers.
struct ToBytes {
  template <size_t rows, size_t vectors>
  WEDGE_VNNI static HWY_INLINE void store(const Sums<rows, vectors>& sums, const IntegerFinish& f, size_t first_row) {
    const ByteResult result(f.product.result, f.product.c_zero);
    const __m512i zero = _mm512_set1_epi16(result.zero);
    const __m512i flip = _mm512_set1_epi8(result.flip);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const size_t stride = f.product.c_stride;
    std::byte* const first = static_cast<std::byte*>(f.product.c) + (f.row + first_row) * stride + f.column;
    // Two vectors of columns make 32 bytes.
    HWY_UNROLL(2) for (size_t j = 0; j < vectors; j += 2) {
      const size_t right = j + 1 < vectors ? j + 1 : j;
      const __mmask32 there = columns_from(j * lanes, f.columns);
      const float* scales = f.product.scales + f.column;
      const __m512 left_scales = _mm512_maskz_loadu_ps(lanes_from(j * lanes, f.columns), scales + j * lanes);
      const __m512 right_scales = _mm512_maskz_loadu_ps(lanes_from(right * lanes, f.columns), scales + right * lanes);
      const auto shorts = [&](const __m512i(&row)[vectors]) WEDGE_VNNI {
        const __m512i left = scaled(row[j], left_scales);
        return _mm512_adds_epi16(_mm512_packs_epi32(left, right == j ? left : scaled(row[right], right_scales)), zero);
      };
      std::byte* to = first + j * lanes;
      const auto put = [&](size_t row, __m256i bytes) WEDGE_VNNI {
        if (there == ~__mmask32{0}) {
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + row * stride), bytes);
        } else {
          _mm256_mask_storeu_epi8(to + row * stride, there, bytes);
        }
      };
      HWY_UNROLL(8) for (size_t i = 0; i < rows; i += 2) {
        const __m512i packed = _mm512_packus_epi16(shorts(sums[i]), shorts(sums[i + 1 < rows ? i + 1 : i]));
        const __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_xor_si512(packed, flip));
        put(i, _mm512_castsi512_si256(bytes));
        if (i + 1 < rows) put(i + 1, _mm512_extracti64x4_epi64(bytes, 1));
      }
    }
  }
};

}  // namespace wedge::kernels::vnni
#endif
