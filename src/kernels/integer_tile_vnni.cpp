#include "kernels/integer_tile.h"
#include "kernels/vnni_finish.h"

#if WEDGE_HAS_VNNI
#include <hwy/base.h>

#include <cstring>
#include <utility>

namespace wedge::kernels {
namespace {

using vnni::lanes;
using vnni::Sums;

constexpr size_t panel_columns = 32;
constexpr size_t panel_vectors = panel_columns / lanes;
constexpr size_t group_bytes = 4 * panel_columns;
// Rows of a tile of one panel and of two at once: the latter multiplies more per instruction, which matters on a core
// that runs two threads.
constexpr size_t narrow_rows = 8;
constexpr size_t wide_rows = 6;

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
      ahead.ask(0);
      add_group<rows, vectors>(a, 4 * p, b, panel_bytes, sums);
      ahead.ask(1);
      add_group<rows, vectors>(a, 4 * p + 4, b + group_bytes, panel_bytes, sums);
      ahead.move(2);
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
  if (tile.next.rows_of_a_line() == 1) {
    return accumulate<rows, vectors>(tile, Prefetcher<panels, 1>(tile.next, tile.b, panel_bytes, k, tile.number), sums);
  }
  accumulate<rows, vectors>(tile, Prefetcher<panels, 2>(tile.next, tile.b, panel_bytes, k, tile.number), sums);
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

template <size_t rows, size_t vectors>
WEDGE_VNNI HWY_INLINE void sum_from_offsets(const IntegerTile& tile, const IntegerFinish& f,
                                            Sums<rows, vectors>& sums) {
  HWY_UNROLL(4) for (size_t j = 0; j < vectors; ++j) {
    const __m512i offsets = _mm512_loadu_si512(f.offsets + j * lanes);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][j] = offsets;
  }
  accumulate<rows, vectors>(tile, sums);
}

template <typename To, size_t rows, size_t vectors>
WEDGE_VNNI void sum_and_store(const IntegerTile& tile, const IntegerFinish& f) {
  Sums<rows, vectors> sums;
  sum_from_offsets<rows, vectors>(tile, f, sums);
  To::template store<rows, vectors>(sums, f, 0);
}

// By the number of rows, from one.
constexpr void (*sums_of[])(const IntegerTile&) = {sum_rows<1>, sum_rows<2>, sum_rows<3>, sum_rows<4>,
                                                   sum_rows<5>, sum_rows<6>, sum_rows<7>, sum_rows<8>};
void sum(const IntegerTile& tile) { sums_of[tile.rows - 1](tile); }

using SumAndFinish = void (*)(const IntegerTile&, const IntegerFinish&);
template <typename To, size_t vectors, size_t... rows>
void finish_rows(const IntegerTile& tile, const IntegerFinish& finish, std::index_sequence<rows...>) {
  static constexpr SumAndFinish by_rows[] = {sum_and_store<To, rows + 1, vectors>...};
  by_rows[tile.rows - 1](tile, finish);
}
template <typename To>
void sum_and_finish(const IntegerTile& tile, const IntegerFinish& finish) {
  const std::make_index_sequence<narrow_rows> narrow;
  const std::make_index_sequence<wide_rows> wide;
  switch (ceil_div(finish.columns, lanes)) {
    case 1: return finish_rows<To, 1>(tile, finish, narrow);
    case 2: return finish_rows<To, 2>(tile, finish, narrow);
    case 3: return finish_rows<To, 3>(tile, finish, wide);
    default: return finish_rows<To, 4>(tile, finish, wide);
  }
}

constexpr IntegerTileKind kind = {.rows = narrow_rows,
                                  .columns = panel_columns,
                                  .wide_rows = wide_rows,
                                  .group = 4,
                                  .sum = sum,
                                  .sum_to_bytes = sum_and_finish<vnni::ToBytes>,
                                  .sum_to_floats = sum_and_finish<vnni::ToFloats>};

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
