// Sums by SSSE3's products of bytes and the wider ones of AVX2 and AVX-512, for processors without dot products. They
// add two products and cut the sum to 16 bits, which B is packed to avoid: it takes three instructions for what
// products of pairs need four and more.
#include <algorithm>

#include "kernels/integer_finish.h"
#include "kernels/integer_tile.h"

#if defined(__x86_64__)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_tile_cut.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/integer_pairs-inl.h"
#include "kernels/integer_results-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

#undef WEDGE_CUTS_PAIRS
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_SSSE3
#define WEDGE_CUTS_PAIRS 1
#else
#define WEDGE_CUTS_PAIRS 0
#endif

#if WEDGE_CUTS_PAIRS
using ByteTag = hn::ScalableTag<int8_t>;
using Bytes = hn::Vec<ByteTag>;
inline constexpr size_t group = 4;
inline constexpr size_t group_bytes = group * tile_columns;

// Lane i: a[4i] * b[4i] + ... + a[4i + 3] * b[4i + 3], of unsigned a, sums of two cut to 16 bits.
HWY_INLINE Wide cut_dot(Bytes a, Bytes b) {
#if HWY_TARGET <= HWY_AVX3
  return Wide{_mm512_madd_epi16(_mm512_maddubs_epi16(a.raw, b.raw), _mm512_set1_epi16(1))};
#elif HWY_TARGET == HWY_AVX2
  return Wide{_mm256_madd_epi16(_mm256_maddubs_epi16(a.raw, b.raw), _mm256_set1_epi16(1))};
#else
  return Wide{_mm_madd_epi16(_mm_maddubs_epi16(a.raw, b.raw), _mm_set1_epi16(1))};
#endif
}

template <size_t rows>
HWY_INLINE void add_group(const std::byte* const (&a)[rows], size_t at, const std::byte* b, Wide (&sums)[rows][2]) {
  const Bytes left = hn::LoadU(ByteTag(), reinterpret_cast<const int8_t*>(b));
  const Bytes right = hn::LoadU(ByteTag(), reinterpret_cast<const int8_t*>(b) + hn::MaxLanes(ByteTag()));
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    int32_t four;
    hwy::CopyBytes<group>(a[i] + at, &four);
    const Bytes spread = hn::BitCast(ByteTag(), hn::Set(IntTag(), four));
    sums[i][0] = hn::Add(sums[i][0], cut_dot(spread, left));
    sums[i][1] = hn::Add(sums[i][1], cut_dot(spread, right));
  }
}

template <size_t rows>
HWY_INLINE void add_groups(const IntegerTile& tile, Wide (&sums)[rows][2]) {
  const std::byte* b = tile.b;
  const std::byte* const* pixels = tile.pixels;
  const std::byte* a[rows];
  for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    for (size_t at = 0; at < group * tile.groups; at += group, b += group_bytes) add_group<rows>(a, at, b, sums);
  }
  for (size_t extra = tile.extras.firsts[0]; extra < tile.extras.firsts[1]; ++extra) {
    const size_t number = tile.extras.numbers[extra];
    pixels = tile.pixels + number / tile.groups * most_integer_rows;
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    add_group<rows>(a, number % tile.groups * group, tile.extras.groups + extra * group_bytes, sums);
  }
}

template <size_t rows>
HWY_NOINLINE void sum_rows(const IntegerTile& tile) {
  const IntTag d;
  Wide sums[rows][2];
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = hn::Zero(d);
  add_groups<rows>(tile, sums);
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    hn::StoreU(sums[i][0], d, tile.sums + i * tile_columns);
    hn::StoreU(sums[i][1], d, tile.sums + i * tile_columns + lanes);
  }
}

void sum(const IntegerTile& tile) {
  switch (tile.rows) {
    case 1: return sum_rows<1>(tile);
    case 2: return sum_rows<2>(tile);
    case 3: return sum_rows<3>(tile);
    case 4: return sum_rows<4>(tile);
    case 5: return sum_rows<std::min<size_t>(5, tile_rows)>(tile);
    case 6: return sum_rows<std::min<size_t>(6, tile_rows)>(tile);
    case 7: return sum_rows<std::min<size_t>(7, tile_rows)>(tile);
    default: return sum_rows<tile_rows>(tile);
  }
}

template <typename Rows>
void sum_and_finish(const IntegerTile& tile, const IntegerFinish& finish) {
  sum_and_finish_tiles<Rows, tile_rows>(
      tile, finish,
      [](const IntegerTile& whole, Wide(&sums)[tile_rows][2]) WEDGE_INLINE { add_groups<tile_rows>(whole, sums); },
      sum);
}

const IntegerTileKind* cut_kind() {
  static constexpr IntegerTileKind kind = {.rows = tile_rows,
                                           .columns = tile_columns,
                                           .group = group,
                                           .cuts_pairs = true,
                                           .finishes_rows = true,
                                           .sum = sum,
                                           .sum_to_bytes = sum_and_finish<RowsToBytes>,
                                           .sum_to_floats = sum_and_finish<RowsToFloats>};
  return &kind;
}
#else
const IntegerTileKind* cut_kind() { return nullptr; }
#endif

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(cut_kind);

const IntegerTileKind* cut_tile_kind() { return HWY_DYNAMIC_DISPATCH(cut_kind)(); }

}  // namespace wedge::kernels
#endif
#endif
