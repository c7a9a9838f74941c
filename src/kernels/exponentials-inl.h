// The two loops over a row that softmax and attention share. Included once per SIMD target.
#if defined(WEDGE_KERNELS_EXPONENTIALS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_EXPONENTIALS_INL_H_
#undef WEDGE_KERNELS_EXPONENTIALS_INL_H_
#else
#define WEDGE_KERNELS_EXPONENTIALS_INL_H_
#endif

#include <algorithm>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

/// The row has an element at least.
HWY_INLINE float largest(const float* row, size_t n) {
  const Floats d;
  if (n < lanes) return *std::max_element(row, row + n);
  V result = hn::LoadU(d, row);
  for (size_t i = lanes; i + lanes <= n; i += lanes) result = hn::Max(result, hn::LoadU(d, row + i));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(result, hn::LoadU(d, row + n - lanes))));
}

/// The sum of function(row[i] - shift); the terms go to `terms`, which may be the row, unless it is null.
template <typename Function>
HWY_INLINE float sum_of_exponentials(const float* row, size_t n, float shift, float* terms, Function function) {
  const Floats d;
  const V shift_vector = set(shift);
  V sum = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V e = function(hn::Sub(hn::LoadU(d, row + i), shift_vector));
    if (terms != nullptr) hn::StoreU(e, d, terms + i);
    sum = hn::Add(sum, e);
  }
  if (i < n) {
    const V e = function(hn::Sub(load_first(d, row + i, n - i), shift_vector));
    if (terms != nullptr) store_first(e, d, terms + i, n - i);
    sum = hn::Add(sum, hn::IfThenElseZero(hn::FirstN(d, n - i), e));
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
