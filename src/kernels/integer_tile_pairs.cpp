// Sums by products of pairs of 16-bit integers, which every machine has.
#include <algorithm>

#include "base/checked.h"
#include "kernels/integer_finish.h"
#include "kernels/integer_tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_tile_pairs.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/integer_pairs-inl.h"
#include "kernels/integer_results-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

void sum_tile(const IntegerTile& tile) {
  switch (tile.rows) {
    case 1: return sum_pairs<int8_t, 1>(tile);
    case 2: return sum_pairs<int8_t, 2>(tile);
    case 3: return sum_pairs<int8_t, 3>(tile);
    case 4: return sum_pairs<int8_t, 4>(tile);
    case 5: return sum_pairs<int8_t, std::min<size_t>(5, tile_rows)>(tile);
    case 6: return sum_pairs<int8_t, std::min<size_t>(6, tile_rows)>(tile);
    case 7: return sum_pairs<int8_t, std::min<size_t>(7, tile_rows)>(tile);
    default: return sum_pairs<int8_t, tile_rows>(tile);
  }
}

#if HWY_TARGET == HWY_SCALAR
void sum_to_bytes(const IntegerTile& tile, const IntegerFinish& finish) {
  sum_tile(tile);
  finish_integer_tile(finish);
}
void sum_to_floats(const IntegerTile& tile, const IntegerFinish& finish) { sum_to_bytes(tile, finish); }
#else
template <typename Rows>
HWY_INLINE void sum_and_finish(const IntegerTile& tile, const IntegerFinish& finish) {
  sum_and_finish_tiles<Rows, tile_rows>(
      tile, finish,
      [](const IntegerTile& whole, Wide(&sums)[tile_rows][2])
          WEDGE_INLINE { add_pairs<int8_t, tile_rows>(whole, sums); },
      sum_tile);
}
void sum_to_bytes(const IntegerTile& tile, const IntegerFinish& finish) { sum_and_finish<RowsToBytes>(tile, finish); }
void sum_to_floats(const IntegerTile& tile, const IntegerFinish& finish) { sum_and_finish<RowsToFloats>(tile, finish); }
#endif

// Bytes of A as unsigned numbers of 16 bits: pairs of all rows side by side. `flip` turns signed ones into unsigned.
void widen_rows(const std::byte* const* from, size_t rows, size_t depth, uint8_t flip, std::byte* panel) {
  size_t row = 0;
  size_t whole = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<int32_t, 4> d;
  const hn::FixedTag<int16_t, 8> wide;
  const hn::FixedTag<uint8_t, 8> bytes;
  const auto mask = hn::Set(bytes, flip);
  whole = depth - depth % 8;
  for (; row + 4 <= rows; row += 4) {
    const auto load = [&](size_t i, size_t p) HWY_ATTR {
      const auto* at = reinterpret_cast<const uint8_t*>(from[row + i]) + p;
      return hn::BitCast(d, hn::PromoteTo(wide, hn::Xor(hn::LoadU(bytes, at), mask)));
    };
    auto* to = reinterpret_cast<int32_t*>(panel) + row;
    for (size_t p = 0; p < whole; p += 8, to += 4 * tile_rows) {
      store_transposed(d, load(0, p), load(1, p), load(2, p), load(3, p), to, tile_rows);
    }
  }
#endif
  for (size_t i = 0; i < rows; ++i) {
    auto* to = reinterpret_cast<int16_t*>(panel) + 2 * i;
    for (size_t p = i < row ? whole : 0; p < depth; ++p) {
      to[p / 2 * 2 * tile_rows + p % 2] = static_cast<int16_t>(static_cast<uint8_t>(from[i][p]) ^ flip);
    }
    if (depth % 2 != 0) to[depth / 2 * 2 * tile_rows + 1] = 0;
  }
}

size_t widened_bytes(size_t taps, size_t groups) {
  return saturating_bytes(taps, groups, tile_rows, 2 * sizeof(int16_t));
}

void widen(const IntegerRowsToPack& a, std::byte* panel) {
  const std::byte* const* pixels = a.pixels;
  for (size_t tap = 0; tap < a.taps; ++tap, pixels += most_integer_rows) {
    widen_rows(pixels, a.rows, a.depth, a.flip, panel);
    panel += widened_bytes(1, ceil_div(a.depth, size_t{2}));
  }
}

const IntegerTileKind* pairs_kind() {
  static constexpr IntegerTileKind kind = {.rows = tile_rows,
                                           .columns = tile_columns,
                                           .group = 2,
                                           .finishes_rows = HWY_TARGET != HWY_SCALAR,
                                           .packed_a_bytes = widened_bytes,
                                           .pack_a = widen,
                                           .sum = sum_tile,
                                           .sum_to_bytes = sum_to_bytes,
                                           .sum_to_floats = sum_to_floats};
  return &kind;
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(pairs_kind);

const IntegerTileKind& pairs_tile_kind() { return *HWY_DYNAMIC_DISPATCH(pairs_kind)(); }

}  // namespace wedge::kernels
#endif
