// Fused multiply-add on WebAssembly with relaxed SIMD, which Highway 1.0 has not: more special than its own functions,
// these are taken instead. Included right after Highway, before any kernel.
#pragma once

#include <hwy/highway.h>

#if HWY_ARCH_WASM && defined(__wasm_relaxed_simd__)
namespace hwy::HWY_NAMESPACE {

HWY_API Vec128<float> MulAdd(const Vec128<float> a, const Vec128<float> b, const Vec128<float> c) {
  return Vec128<float>{wasm_f32x4_relaxed_madd(a.raw, b.raw, c.raw)};
}
HWY_API Vec128<float> NegMulAdd(const Vec128<float> a, const Vec128<float> b, const Vec128<float> c) {
  return Vec128<float>{wasm_f32x4_relaxed_nmadd(a.raw, b.raw, c.raw)};
}

}  // namespace hwy::HWY_NAMESPACE
#endif
