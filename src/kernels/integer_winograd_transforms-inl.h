// The transforms of F(4x4, 3x3) in integers, along one axis. Polynomials are evaluated at 0, 1, -1, -2, 1/2 and
// infinity, no three of which are the same modulo 2: so an output comes multiplied by an odd number and a single 2
// along each axis, and not by 24 as with the usual points. Included once per SIMD target.
#if defined(WEDGE_KERNELS_INTEGER_WINOGRAD_TRANSFORMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_INTEGER_WINOGRAD_TRANSFORMS_INL_H_
#undef WEDGE_KERNELS_INTEGER_WINOGRAD_TRANSFORMS_INL_H_
#else
#define WEDGE_KERNELS_INTEGER_WINOGRAD_TRANSFORMS_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Along both axes bytes become numbers within 98 * 255.
template <class V>
HWY_INLINE void transform_input(const V (&d)[6], V (&t)[6]) {
  const auto twice = [](V v) HWY_ATTR { return hn::Add(v, v); };
  const auto thrice = [](V v) HWY_ATTR { return hn::Add(hn::Add(v, v), v); };
  const V even = hn::Sub(d[4], d[2]);
  const V odd = hn::Sub(d[3], d[1]);
  const V even_2 = twice(even);
  const V odd_2 = twice(odd);
  t[0] = hn::Add(twice(hn::Sub(d[0], d[2])), hn::Add(hn::Add(odd_2, odd), even_2));
  t[1] = hn::Add(hn::Add(even_2, odd_2), thrice(hn::Add(d[2], d[3])));
  t[2] = hn::Add(hn::Sub(even_2, odd_2), thrice(hn::Sub(d[3], d[2])));
  t[3] = hn::Sub(even_2, odd);
  t[4] = hn::Add(even, odd_2);
  t[5] = hn::Add(twice(hn::Sub(d[5], d[3])), hn::Sub(hn::Add(even_2, even), odd_2));
}

/// Along both axes signed bytes become numbers within 15 * 15 * 128.
template <class V>
HWY_INLINE void transform_kernel(const V (&g)[3], V (&t)[6]) {
  const hn::DFromV<V> d;
  const V five = hn::Set(d, 5);
  const V fifteen = hn::Set(d, 15);
  const V outer = hn::Add(g[0], g[2]);
  const V middle_2 = hn::Add(g[1], g[1]);
  t[0] = hn::Mul(fifteen, g[0]);
  t[1] = hn::Mul(five, hn::Add(outer, g[1]));
  t[2] = hn::Mul(five, hn::Sub(g[1], outer));
  t[3] = hn::Add(hn::Sub(g[0], middle_2), hn::ShiftLeft<2>(g[2]));
  t[4] = hn::Sub(hn::Sub(hn::Zero(d), hn::Add(hn::ShiftLeft<2>(g[0]), middle_2)), g[2]);
  t[5] = hn::Mul(fifteen, g[2]);
}

template <class V>
HWY_INLINE void transform_output(const V (&m)[6], V (&y)[4]) {
  const V sum = hn::Add(m[1], m[2]);
  const V difference = hn::Sub(m[1], m[2]);
  y[0] = hn::Add(hn::Add(m[0], sum), hn::Add(m[3], hn::ShiftLeft<3>(m[4])));
  y[1] = hn::Add(difference, hn::Sub(hn::ShiftLeft<2>(m[4]), hn::ShiftLeft<1>(m[3])));
  y[2] = hn::Add(sum, hn::Add(hn::ShiftLeft<2>(m[3]), hn::ShiftLeft<1>(m[4])));
  y[3] = hn::Add(hn::Sub(difference, hn::ShiftLeft<3>(m[3])), hn::Add(m[4], m[5]));
}

/// Outputs of 900 times them modulo 2^32, for outputs within 2^29: 900 is 4 times 225, which has an inverse.
template <class V>
HWY_INLINE V unscaled(V y) {
  constexpr uint32_t inverse = 0x87654321U;
  static_assert(225 * inverse == 1);
  return hn::ShiftRight<2>(hn::Mul(y, hn::Set(hn::DFromV<V>(), static_cast<int32_t>(inverse))));
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
