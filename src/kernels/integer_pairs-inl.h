// The sums of a tile by products of pairs of 16-bit integers. Included once per SIMD target.
#if defined(WEDGE_KERNELS_INTEGER_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_INTEGER_PAIRS_INL_H_
#undef WEDGE_KERNELS_INTEGER_PAIRS_INL_H_
#else
#define WEDGE_KERNELS_INTEGER_PAIRS_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/integer_tile.h"
#include "kernels/pair_dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using IntTag = hn::ScalableTag<int32_t>;
inline constexpr size_t lanes = hn::MaxLanes(IntTag());

// Rows that leave registers for two vectors of B and one of A.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
inline constexpr size_t tile_rows = 8;
#else
inline constexpr size_t tile_rows = 4;
#endif
inline constexpr size_t tile_columns = 2 * lanes;

/// Adds to the sums. B's elements are of 8 or 16 bits.
template <typename B, size_t rows>
HWY_INLINE void add_pairs(const IntegerTile& tile, Wide (&sums)[rows][2]) {
  const IntTag d;
  const hn::ScalableTag<int16_t> pairs;
  const auto load = [&](const B* from) HWY_ATTR {
    if constexpr (sizeof(B) == 1) {
      return hn::PromoteTo(pairs, hn::LoadU(hn::Rebind<B, hn::ScalableTag<int16_t>>(), from));
    } else {
      return hn::LoadU(pairs, from);
    }
  };
  const auto step = [&](const int32_t* a, const B* b) HWY_ATTR {
    const Pairs left = load(b);
    const Pairs right = load(b + 2 * lanes);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      const Pairs spread = hn::BitCast(pairs, hn::Set(d, a[i]));
      sums[i][0] = hn::Add(sums[i][0], pair_dot(spread, left));
      sums[i][1] = hn::Add(sums[i][1], pair_dot(spread, right));
    }
  };
  constexpr size_t b_step = 4 * lanes;
  const auto* a = reinterpret_cast<const int32_t*>(tile.panel);
  const auto* b = reinterpret_cast<const B*>(tile.b);
  const B* end = b + tile.taps * tile.groups * b_step;
  while (b != end) {
    step(a, b);
    // As in add_products() of gemm_tile-inl.h, a way out keeps the steps apart.
    if (b + b_step == end) break;
    step(a + tile_rows, b + b_step);
    a += 2 * tile_rows;
    b += 2 * b_step;
  }
}

template <typename B, size_t rows>
HWY_NOINLINE void sum_pairs(const IntegerTile& tile) {
  const IntTag d;
  Wide sums[rows][2];
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = hn::Zero(d);
  add_pairs<B, rows>(tile, sums);
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    hn::StoreU(sums[i][0], d, tile.sums + i * tile_columns);
    hn::StoreU(sums[i][1], d, tile.sums + i * tile_columns + lanes);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
