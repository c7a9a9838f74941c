// The sums of a tile by products of four bytes each, in vectors of columns. Included once per SIMD target.
#if defined(WEDGE_KERNELS_INTEGER_DOTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_INTEGER_DOTS_INL_H_
#undef WEDGE_KERNELS_INTEGER_DOTS_INL_H_
#else
#define WEDGE_KERNELS_INTEGER_DOTS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/integer_finish.h"
#include "kernels/integer_results-inl.h"
#include "kernels/integer_tile.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
/// Dot::add(sum, a, b): lane i plus a[4i] * b[4i] + ... + a[4i + 3] * b[4i + 3], where a is four bytes of A everywhere.
/// most_rows: 8 at most.
template <class Dot, size_t most_rows>
class DotTiles {
  using IntTag = hn::ScalableTag<int32_t>;
  using ByteTag = hn::ScalableTag<int8_t>;
  using Sums = hn::Vec<IntTag>;
  static constexpr size_t group = 4;
  static constexpr size_t lanes = hn::MaxLanes(IntTag());
  static constexpr size_t columns = 2 * lanes;
  static constexpr size_t group_bytes = group * columns;

 public:
  static constexpr IntegerTileKind kind(bool a_is_signed, bool cuts_pairs) {
    return {.rows = most_rows,
            .columns = columns,
            .group = group,
            .a_is_signed = a_is_signed,
            .cuts_pairs = cuts_pairs,
            .finishes_rows = true,
            .sum = sum,
            .sum_to_bytes = sum_and_finish<RowsToBytes>,
            .sum_to_floats = sum_and_finish<RowsToFloats>};
  }

 private:
  template <size_t rows>
  static HWY_INLINE void add_group(const std::byte* const (&a)[rows], size_t at, const std::byte* b,
                                   Sums (&sums)[rows][2]) {
    const auto left = hn::LoadU(ByteTag(), reinterpret_cast<const int8_t*>(b));
    const auto right = hn::LoadU(ByteTag(), reinterpret_cast<const int8_t*>(b) + hn::MaxLanes(ByteTag()));
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      int32_t four;
      hwy::CopyBytes<group>(a[i] + at, &four);
      const auto spread = hn::BitCast(ByteTag(), hn::Set(IntTag(), four));
      sums[i][0] = Dot::add(sums[i][0], spread, left);
      sums[i][1] = Dot::add(sums[i][1], spread, right);
    }
  }

  template <size_t rows>
  static HWY_INLINE void add_groups(const IntegerTile& tile, Sums (&sums)[rows][2]) {
    const std::byte* b = tile.b;
    const std::byte* const* pixels = tile.pixels;
    const std::byte* a[rows];
    for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
      for (size_t at = 0; at < group * tile.groups; at += group, b += group_bytes) add_group<rows>(a, at, b, sums);
    }
    if (tile.extras.firsts == nullptr) return;
    const size_t end = std::min<size_t>(tile.extras.firsts[1], tile.extras.most);
    for (size_t extra = tile.extras.firsts[0]; extra < end; ++extra) {
      const size_t number = tile.extras.numbers[extra];
      if (number >= tile.taps * tile.groups) return;
      pixels = tile.pixels + number / tile.groups * most_integer_rows;
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
      add_group<rows>(a, number % tile.groups * group, tile.extras.groups + extra * group_bytes, sums);
    }
  }

  template <size_t rows>
  static HWY_NOINLINE void sum_rows(const IntegerTile& tile) {
    const IntTag d;
    Sums sums[rows][2];
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = hn::Zero(d);
    add_groups<rows>(tile, sums);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      hn::StoreU(sums[i][0], d, tile.sums + i * columns);
      hn::StoreU(sums[i][1], d, tile.sums + i * columns + lanes);
    }
  }

  static void sum(const IntegerTile& tile) {
    switch (tile.rows) {
      case 1: return sum_rows<1>(tile);
      case 2: return sum_rows<2>(tile);
      case 3: return sum_rows<3>(tile);
      case 4: return sum_rows<4>(tile);
      case 5: return sum_rows<std::min<size_t>(5, most_rows)>(tile);
      case 6: return sum_rows<std::min<size_t>(6, most_rows)>(tile);
      case 7: return sum_rows<std::min<size_t>(7, most_rows)>(tile);
      default: return sum_rows<most_rows>(tile);
    }
  }

  template <typename Rows>
  static void sum_and_finish(const IntegerTile& tile, const IntegerFinish& finish) {
    sum_and_finish_tiles<Rows, most_rows>(
        tile, finish,
        [](const IntegerTile& whole, Sums(&sums)[most_rows][2]) WEDGE_INLINE { add_groups<most_rows>(whole, sums); },
        sum);
  }
};
#endif

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
