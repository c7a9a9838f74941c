// Sums by SSSE3's products of bytes and the wider ones of AVX2 and AVX-512, for processors without dot products. They
// add two products and cut the sum to 16 bits, which B is packed to avoid: it takes three instructions for what
// products of pairs need four and more.
#include "kernels/integer_tile.h"

#if defined(__x86_64__)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_tile_cut.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/integer_dots-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

#if HWY_TARGET <= HWY_SSSE3
struct CutDot {
  using Sums = hn::Vec<hn::ScalableTag<int32_t>>;
  using Bytes = hn::Vec<hn::ScalableTag<int8_t>>;

  static HWY_INLINE Sums add(Sums sums, Bytes a, Bytes b) {
#if HWY_TARGET <= HWY_AVX3
    const Sums products{_mm512_madd_epi16(_mm512_maddubs_epi16(a.raw, b.raw), _mm512_set1_epi16(1))};
#elif HWY_TARGET == HWY_AVX2
    const Sums products{_mm256_madd_epi16(_mm256_maddubs_epi16(a.raw, b.raw), _mm256_set1_epi16(1))};
#else
    const Sums products{_mm_madd_epi16(_mm_maddubs_epi16(a.raw, b.raw), _mm_set1_epi16(1))};
#endif
    return hn::Add(sums, products);
  }
};

const IntegerTileKind* cut_kind() {
  static constexpr IntegerTileKind kind = DotTiles < CutDot, HWY_TARGET <= HWY_AVX3 ? 8 : 4 > ::kind(false, true);
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
