// Elementary functions of f32 vectors, to a few units in the last place. Included once per SIMD target.
// The polynomials are minimax fits (Remez) of the expressions named beside them, rounded to float.
#if defined(WEDGE_KERNELS_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_MATH_INL_H_
#undef WEDGE_KERNELS_MATH_INL_H_
#else
#define WEDGE_KERNELS_MATH_INL_H_
#endif

#include <limits>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using Floats = hn::ScalableTag<float>;
using Integers = hn::RebindToSigned<Floats>;
using V = hn::Vec<Floats>;
inline constexpr size_t lanes = hn::MaxLanes(Floats());

HWY_INLINE V set(float value) { return hn::Set(Floats(), value); }

/// Coefficients from the highest power down.
template <typename... Coefficients>
HWY_INLINE V polynomial(V x, float highest, Coefficients... lower) {
  V sum = set(highest);
  ((sum = hn::MulAdd(sum, x, set(lower))), ...);
  return sum;
}

// ln 2 in two parts; the first has few enough bits that its product with an exponent is exact.
inline constexpr float ln2_high = 0x1.63p-1F;
inline constexpr float ln2_low = -0x1.bd0106p-13F;

/// 2^n for n in [-126, 127].
HWY_INLINE V power_of_two(hn::Vec<Integers> n) {
  return hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::Add(n, hn::Set(Integers(), 127))));
}

/// x = n ln 2 + r with |r| <= ln 2 / 2.
struct ExponentAndRest {
  hn::Vec<Integers> n;
  V r;
};
HWY_INLINE ExponentAndRest split_by_ln2(V x) {
  const auto n = nearest_of_small(hn::Mul(x, set(0x1.715476p0F)));
  const V whole = hn::ConvertTo(Floats(), n);
  return {n, hn::NegMulAdd(whole, set(ln2_low), hn::NegMulAdd(whole, set(ln2_high), x))};
}

/// exp(r) - 1 for |r| <= ln 2 / 2.
HWY_INLINE V exp_minus_one_near_zero(V r) {
  const V p = polynomial(r, 0.00138144672F, 0.00836878084F, 0.0416683927F, 0.166665196F, 0.49999994F);
  return hn::MulAdd(hn::Mul(r, r), p, r);
}

HWY_INLINE V exp(V x) {
  const auto [n, r] = split_by_ln2(clamp(x, set(-104.0F), set(89.0F)));
  // The scale is applied in two steps, as 2^n itself may be out of range where the result is not.
  const auto half = hn::ShiftRight<1>(n);
  const V scaled = hn::Mul(hn::Add(exp_minus_one_near_zero(r), set(1.0F)), power_of_two(half));
  return hn::Mul(scaled, power_of_two(hn::Sub(n, half)));
}

/// exp(x) for x <= 0, 0 where the result would be subnormal.
HWY_INLINE V exp_of_negative(V x) {
  const V lowest = set(-87.0F);
  const auto [n, r] = split_by_ln2(maximum(lowest, x));
  const V e = hn::Mul(hn::Add(exp_minus_one_near_zero(r), set(1.0F)), power_of_two(n));
  return hn::IfThenZeroElse(hn::Lt(x, lowest), e);
}

/// exp(x) - 1 for x <= 0.
HWY_INLINE V exp_minus_one_of_negative(V x) {
  const auto [n, r] = split_by_ln2(clamp(x, set(-30.0F), set(0.0F)));
  const V scale = power_of_two(n);
  return hn::MulAdd(exp_minus_one_near_zero(r), scale, hn::Sub(scale, set(1.0F)));
}

HWY_INLINE V log(V x) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto is_subnormal = hn::Lt(x, set(std::numeric_limits<float>::min()));
  const V normal = hn::IfThenElse(is_subnormal, hn::Mul(x, set(0x1p23F)), x);
  // x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
  const Integers di;
  const auto offset = hn::Set(di, 0x3f3504f3);
  const auto shifted = hn::Sub(hn::BitCast(di, normal), offset);
  const auto mantissa = hn::Add(hn::And(shifted, hn::Set(di, 0x7fffff)), offset);
  const V f = hn::Sub(hn::BitCast(Floats(), mantissa), set(1.0F));
  V e = hn::ConvertTo(Floats(), hn::ShiftRight<23>(shifted));
  e = hn::Sub(e, hn::IfThenElseZero(is_subnormal, set(23.0F)));
  // (log(1 + f) - f + f^2 / 2) / f^3
  const V p = polynomial(f, -0.0763449818F, 0.12761578F, -0.131601825F, 0.142017573F, -0.166233569F, 0.200012267F,
                         -0.250008196F, 0.333333313F);
  const V square = hn::Mul(f, f);
  V rest = hn::MulAdd(hn::Mul(square, f), p, hn::Mul(e, set(ln2_low)));
  rest = hn::NegMulAdd(square, set(0.5F), rest);
  const V result = hn::MulAdd(e, set(ln2_high), hn::Add(f, rest));
  const V at_least_zero = hn::IfThenElse(hn::Lt(x, set(infinity)), result, x);
  const V at_zero = hn::IfThenElse(hn::Eq(x, set(0.0F)), set(-infinity), at_least_zero);
  return hn::IfThenElse(hn::Lt(x, set(0.0F)), set(std::numeric_limits<float>::quiet_NaN()), at_zero);
}

/// log(1 + x) for x >= 0; the second term is what rounding 1 + x lost.
HWY_INLINE V log_of_one_plus(V x) {
  const V sum = hn::Add(x, set(1.0F));
  return hn::Add(log(sum), hn::Div(hn::Sub(x, hn::Sub(sum, set(1.0F))), sum));
}

HWY_INLINE V sigmoid(V x) {
  const V e = exp(hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, set(0.0F)), e, set(1.0F)), hn::Add(set(1.0F), e));
}

HWY_INLINE V tanh(V x) {
  const V magnitude = hn::Abs(x);
  const V square = hn::Mul(x, x);
  // (tanh(x) / x - 1) / x^2 as a function of x^2
  const V p = polynomial(square, -0.00571704982F, 0.0206505917F, -0.0537435003F, 0.133314908F, -0.333332837F);
  const V near_zero = hn::MulAdd(hn::Mul(x, square), p, x);
  const V e = exp(hn::Add(magnitude, magnitude));
  const V far = hn::Sub(set(1.0F), hn::Div(set(2.0F), hn::Add(e, set(1.0F))));
  return hn::IfThenElse(hn::Lt(magnitude, set(0.625F)), near_zero, hn::CopySign(far, x));
}

HWY_INLINE V erf(V x) {
  const V magnitude = hn::Abs(x);
  // erf(x) / x - 1 as a function of x^2
  const V p = polynomial(hn::Mul(x, x), 7.85386073e-05F, -0.000801019371F, 0.00518832775F, -0.0268538129F, 0.112835854F,
                         -0.37612626F, 0.128379166F);
  const V near_zero = hn::MulAdd(x, p, x);
  // -log(1 - erf(x)) on [1, 4]; erf is 1 beyond.
  const V q = polynomial(hn::Min(magnitude, set(4.0F)), 0.00115722104F, -0.0148318466F, 0.0887997299F, 0.654240072F,
                         1.1176213F, 0.00261916965F);
  const V far = hn::Neg(exp_minus_one_of_negative(hn::Neg(q)));
  const V result = hn::IfThenElse(hn::Lt(magnitude, set(1.0F)), near_zero, hn::CopySign(far, x));
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
