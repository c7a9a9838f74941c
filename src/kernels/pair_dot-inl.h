// Sums of products of pairs of 16-bit integers, which Highway 1.0 has not: one instruction or two on every target.
#if defined(WEDGE_KERNELS_PAIR_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_PAIR_DOT_INL_H_
#undef WEDGE_KERNELS_PAIR_DOT_INL_H_
#else
#define WEDGE_KERNELS_PAIR_DOT_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::Vec<hn::ScalableTag<int32_t>>;
using Pairs = hn::Vec<hn::ScalableTag<int16_t>>;

/// Lane i: a[2i] * b[2i] + a[2i+1] * b[2i+1].
HWY_INLINE Wide pair_dot(Pairs a, Pairs b) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return Wide{_mm512_madd_epi16(a.raw, b.raw)};
#elif HWY_TARGET == HWY_AVX2
  return Wide{_mm256_madd_epi16(a.raw, b.raw)};
#elif HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return Wide{_mm_madd_epi16(a.raw, b.raw)};
#elif HWY_ARCH_WASM && HWY_TARGET == HWY_WASM
  return Wide{wasm_i32x4_dot_i16x8(a.raw, b.raw)};
#elif HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64
  return Wide(vpaddq_s32(vmull_s16(vget_low_s16(a.raw), vget_low_s16(b.raw)), vmull_high_s16(a.raw, b.raw)));
#else
  HWY_ALIGN int16_t left[hn::MaxLanes(hn::ScalableTag<int16_t>())];
  HWY_ALIGN int16_t right[hn::MaxLanes(hn::ScalableTag<int16_t>())];
  HWY_ALIGN int32_t sums[hn::MaxLanes(hn::ScalableTag<int32_t>())];
  hn::Store(a, hn::ScalableTag<int16_t>(), left);
  hn::Store(b, hn::ScalableTag<int16_t>(), right);
  for (size_t i = 0; i < hn::MaxLanes(hn::ScalableTag<int32_t>()); ++i) {
    sums[i] = left[2 * i] * right[2 * i] + left[2 * i + 1] * right[2 * i + 1];
  }
  return hn::Load(hn::ScalableTag<int32_t>(), sums);
#endif
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
