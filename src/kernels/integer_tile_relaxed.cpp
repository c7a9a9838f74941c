// Sums by WebAssembly's relaxed dot products of bytes. The second operand's eighth bit is an unsigned byte's on one
// machine and a sign on another, and where neither holds sums of two products may be cut to 16 bits
// (https://github.com/WebAssembly/relaxed-simd, "Relaxed integer dot product"); a machine keeps to one way.
#include "kernels/integer_tile.h"

#if defined(__wasm_relaxed_simd__)
#include <hwy/highway.h>
#include <wasm_simd128.h>

#include "kernels/integer_dots-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {
namespace {

using Sums = hn::Vec<hn::ScalableTag<int32_t>>;
using Bytes = hn::Vec<hn::ScalableTag<int8_t>>;

struct FourDot {
  static HWY_INLINE Sums add(Sums sums, Bytes a, Bytes b) {
    return Sums{wasm_i32x4_relaxed_dot_i8x16_i7x16_add(b.raw, a.raw, sums.raw)};
  }
};

// Two instructions here, where engines make five of the other for processors that cut sums.
struct CutDot {
  static HWY_INLINE Sums add(Sums sums, Bytes a, Bytes b) {
    const v128_t pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16(b.raw, a.raw);
    return Sums{wasm_i32x4_add(sums.raw, wasm_i32x4_dot_i16x8(pairs, wasm_i16x8_const_splat(1)))};
  }
};

// Whether sums are exact with A's bytes as signed or as unsigned ones, for two weights in turns.
template <class Dot>
bool is_exact(bool a_is_signed, int even, int odd) {
  for (const int byte : {3, 127, 128, 200, 255}) {
    // Nothing is known before it runs.
    const volatile int a = byte;
    const v128_t weights = wasm_i16x8_splat(static_cast<int16_t>((odd * 256) | (even & 0xFF)));
    const Sums sums =
        Dot::add(Sums{wasm_i32x4_splat(-7)}, Bytes{wasm_i8x16_splat(static_cast<int8_t>(a))}, Bytes{weights});
    const int factor = a_is_signed ? static_cast<int8_t>(byte) : byte;
    if (!wasm_i32x4_all_true(wasm_i32x4_eq(sums.raw, wasm_i32x4_splat(2 * (even + odd) * factor - 7)))) return false;
  }
  return true;
}

template <class Dot>
bool is_exact(bool a_is_signed) {
  return is_exact<Dot>(a_is_signed, 127, 127) && is_exact<Dot>(a_is_signed, -128, -128) &&
         is_exact<Dot>(a_is_signed, -3, 127);
}

bool cuts_sums() {
  return is_exact<CutDot>(false, 64, 64) && is_exact<CutDot>(false, -64, -64) && is_exact<CutDot>(false, 127, 1) &&
         is_exact<CutDot>(false, -128, 0) && is_exact<CutDot>(false, -128, 127);
}

}  // namespace

const IntegerTileKind* relaxed_kind() {
  static constexpr IntegerTileKind of_unsigned = DotTiles<FourDot, 5>::kind(false, false);
  static constexpr IntegerTileKind of_signed = DotTiles<FourDot, 5>::kind(true, false);
  static constexpr IntegerTileKind cut = DotTiles<CutDot, 4>::kind(false, true);
  if (is_exact<FourDot>(false)) return &of_unsigned;
  if (is_exact<FourDot>(true)) return &of_signed;
  return cuts_sums() ? &cut : nullptr;
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

namespace wedge::kernels {

const IntegerTileKind* relaxed_tile_kind() {
  static const IntegerTileKind* const kind = HWY_STATIC_DISPATCH(relaxed_kind)();
  return kind;
}

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
const IntegerTileKind* relaxed_tile_kind() { return nullptr; }
}  // namespace wedge::kernels
#endif
