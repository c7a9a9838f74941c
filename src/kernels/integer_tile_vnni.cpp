#include "kernels/integer_tile.h"
#include "kernels/vnni.h"

#if WEDGE_HAS_VNNI
#include <hwy/base.h>

#include <cstring>
#include <utility>

namespace wedge::kernels {
namespace {

// Columns of a panel, and of a vector of its sums.
constexpr size_t panel_columns = 32;
constexpr size_t lanes = 16;
constexpr size_t panel_vectors = panel_columns / lanes;
constexpr size_t group_bytes = 4 * panel_columns;
// Rows of a tile of one panel and of two at once: the latter multiplies more per instruction, which matters on a core
// that runs two threads.
constexpr size_t narrow_rows = 8;
constexpr size_t wide_rows = 6;

template <size_t rows, size_t vectors>
using Sums = __m512i[rows][vectors];

// Loops over rows are unrolled before anything else, or else the sums would not be in registers.
template <size_t rows, size_t vectors>
WEDGE_VNNI HWY_INLINE void add_group(const std::byte* const (&a)[rows], size_t at, const std::byte* b,
                                     size_t panel_bytes, Sums<rows, vectors>& sums) {
  __m512i columns[vectors];
  HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
    columns[j] = _mm512_loadu_si512(b + j / panel_vectors * panel_bytes + j % panel_vectors * 64);
  }
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    int32_t four;
    std::memcpy(&four, a[i] + at, sizeof four);
    const __m512i spread = _mm512_set1_epi32(four);
    HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
      sums[i][j] = _mm512_dpbusd_epi32(sums[i][j], spread, columns[j]);
    }
  }
}

template <size_t rows, size_t vectors, typename Ahead>
WEDGE_VNNI HWY_INLINE void accumulate(const IntegerTile& tile, Ahead ahead, Sums<rows, vectors>& sums) {
  const std::byte* b = tile.b;
  const size_t panel_bytes = tile.panel_bytes;
  const std::byte* const* pixels = tile.pixels;
  for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
    const std::byte* a[rows];
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    size_t p = 0;
    for (size_t pairs = tile.groups / 2; pairs > 0; --pairs, p += 2, b += 2 * group_bytes) {
      ahead.ask_at_first();
      add_group<rows, vectors>(a, 4 * p, b, panel_bytes, sums);
      ahead.ask_at_second();
      add_group<rows, vectors>(a, 4 * p + 4, b + group_bytes, panel_bytes, sums);
    }
    if (tile.groups % 2 != 0) {
      add_group<rows, vectors>(a, 4 * p, b, panel_bytes, sums);
      b += group_bytes;
    }
  }
}

template <size_t rows, size_t vectors>
WEDGE_VNNI HWY_INLINE void accumulate(const IntegerTile& tile, Sums<rows, vectors>& sums) {
  if (tile.next.step == 0) return accumulate<rows, vectors>(tile, NoPrefetcher(), sums);
  constexpr size_t panels = (vectors + panel_vectors - 1) / panel_vectors;
  const size_t k = tile.taps * tile.groups;
  const auto panel_bytes = static_cast<ptrdiff_t>(tile.panel_bytes);
  if (tile.next.is_more_than_a_line()) {
    return accumulate<rows, vectors>(tile, Prefetcher<panels, true>(tile.next, tile.b, panel_bytes, k, tile.number),
                                     sums);
  }
  accumulate<rows, vectors>(tile, Prefetcher<panels, false>(tile.next, tile.b, panel_bytes, k, tile.number), sums);
}

template <size_t rows>
WEDGE_VNNI void sum_rows(const IntegerTile& tile) {
  Sums<rows, panel_vectors> sums;
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = _mm512_setzero_si512();
  accumulate<rows, panel_vectors>(tile, sums);
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    _mm512_storeu_si512(tile.sums + i * panel_columns, sums[i][0]);
    _mm512_storeu_si512(tile.sums + i * panel_columns + lanes, sums[i][1]);
  }
}

// The columns from one on that there are.
WEDGE_VNNI HWY_INLINE uint32_t columns_from(size_t first, size_t columns) {
  const size_t count = columns > first ? columns - first : 0;
  return count >= panel_columns ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
}
WEDGE_VNNI HWY_INLINE __mmask16 lanes_from(size_t first, size_t columns) {
  return static_cast<__mmask16>(columns_from(first, columns));
}

template <size_t rows, size_t vectors>
WEDGE_VNNI HWY_INLINE void sum_from_offsets(const IntegerTile& tile, const IntegerFinish& f,
                                            Sums<rows, vectors>& sums) {
  HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
    const __m512i offsets = _mm512_loadu_si512(f.offsets + j * lanes);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][j] = offsets;
  }
  accumulate<rows, vectors>(tile, sums);
}

template <size_t rows, size_t vectors>
struct ToFloats {
  WEDGE_VNNI static void run(const IntegerTile& tile, const IntegerFinish& f) {
    Sums<rows, vectors> sums;
    sum_from_offsets<rows, vectors>(tile, f, sums);
    const __m512 low = _mm512_set1_ps(f.product.clamp.low);
    const __m512 high = _mm512_set1_ps(f.product.clamp.high);
    float* const first = static_cast<float*>(f.product.c) + f.row * f.product.c_stride + f.column;
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

// Scales and rounds while the sums are in registers. Saturation is left to the packing to narrower integers.
template <size_t rows, size_t vectors>
struct ToBytes {
  WEDGE_VNNI static void run(const IntegerTile& tile, const IntegerFinish& f) {
    Sums<rows, vectors> sums;
    sum_from_offsets<rows, vectors>(tile, f, sums);
    const vnni::ByteResult result(f.product.result, f.product.c_zero);
    const __m512i zero = _mm512_set1_epi16(result.zero);
    const __m512i flip = _mm512_set1_epi8(result.flip);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const size_t stride = f.product.c_stride;
    std::byte* const first = static_cast<std::byte*>(f.product.c) + f.row * stride + f.column;
    // Two vectors of columns make 32 bytes.
    HWY_UNROLL(2) for (size_t j = 0; j < vectors; j += 2) {
      const size_t right = j + 1 < vectors ? j + 1 : j;
      const __mmask32 there = columns_from(j * lanes, f.columns);
      const float* scales = f.product.scales + f.column;
      const __m512 left_scales = _mm512_maskz_loadu_ps(lanes_from(j * lanes, f.columns), scales + j * lanes);
      const __m512 right_scales = _mm512_maskz_loadu_ps(lanes_from(right * lanes, f.columns), scales + right * lanes);
      const auto shorts = [&](const __m512i(&row)[vectors]) WEDGE_VNNI {
        const __m512i scaled = vnni::scaled(row[j], left_scales);
        return _mm512_adds_epi16(
            _mm512_packs_epi32(scaled, right == j ? scaled : vnni::scaled(row[right], right_scales)), zero);
      };
      std::byte* to = first + j * lanes;
      const auto store = [&](size_t row, __m256i bytes) WEDGE_VNNI {
        if (there == ~__mmask32{0}) {
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + row * stride), bytes);
        } else {
          _mm256_mask_storeu_epi8(to + row * stride, there, bytes);
        }
      };
      HWY_UNROLL(8) for (size_t i = 0; i < rows; i += 2) {
        const __m512i packed = _mm512_packus_epi16(shorts(sums[i]), shorts(sums[i + 1 < rows ? i + 1 : i]));
        const __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_xor_si512(packed, flip));
        store(i, _mm512_castsi512_si256(bytes));
        if (i + 1 < rows) store(i + 1, _mm512_extracti64x4_epi64(bytes, 1));
      }
    }
  }
};

// By the number of rows, from one.
constexpr void (*sums_of[])(const IntegerTile&) = {sum_rows<1>, sum_rows<2>, sum_rows<3>, sum_rows<4>,
                                                   sum_rows<5>, sum_rows<6>, sum_rows<7>, sum_rows<8>};
void sum(const IntegerTile& tile) { sums_of[tile.rows - 1](tile); }

using SumAndFinish = void (*)(const IntegerTile&, const IntegerFinish&);
template <template <size_t rows, size_t vectors> typename Finish, size_t vectors, size_t... rows>
void finish_rows(const IntegerTile& tile, const IntegerFinish& finish, std::index_sequence<rows...>) {
  static constexpr SumAndFinish by_rows[] = {Finish<rows + 1, vectors>::run...};
  by_rows[tile.rows - 1](tile, finish);
}
template <template <size_t rows, size_t vectors> typename Finish>
void sum_and_finish(const IntegerTile& tile, const IntegerFinish& finish) {
  const std::make_index_sequence<narrow_rows> narrow;
  const std::make_index_sequence<wide_rows> wide;
  switch (ceil_div(finish.columns, lanes)) {
    case 1: return finish_rows<Finish, 1>(tile, finish, narrow);
    case 2: return finish_rows<Finish, 2>(tile, finish, narrow);
    case 3: return finish_rows<Finish, 3>(tile, finish, wide);
    default: return finish_rows<Finish, 4>(tile, finish, wide);
  }
}

constexpr IntegerTileKind kind = {.rows = narrow_rows,
                                  .columns = panel_columns,
                                  .wide_rows = wide_rows,
                                  .group = 4,
                                  .sum = sum,
                                  .sum_to_bytes = sum_and_finish<ToBytes>,
                                  .sum_to_floats = sum_and_finish<ToFloats>};

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
