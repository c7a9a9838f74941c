#include "kernels/gemv.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemv.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

// `columns` dot products at once, each in two interleaved sums that hide the latency of the multiply-add. Every
// column is summed in the same order whichever group it is in.
template <size_t columns>
HWY_INLINE void dots(const float* x, const float* b, ptrdiff_t b_stride, size_t k, float* sums) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr size_t lanes = hn::MaxLanes(d);
  V even[columns];
  V odd[columns];
  HWY_UNROLL(4) for (size_t j = 0; j < columns; ++j) even[j] = odd[j] = hn::Zero(d);
  size_t p = 0;
  for (; p + 2 * lanes <= k; p += 2 * lanes) {
    const V x0 = hn::LoadU(d, x + p);
    const V x1 = hn::LoadU(d, x + p + lanes);
    HWY_UNROLL(4) for (size_t j = 0; j < columns; ++j) {
      const float* column = b + static_cast<ptrdiff_t>(j) * b_stride + p;
      even[j] = hn::MulAdd(x0, hn::LoadU(d, column), even[j]);
      odd[j] = hn::MulAdd(x1, hn::LoadU(d, column + lanes), odd[j]);
    }
  }
  for (; p < k; p += lanes) {
    const size_t count = k - p;
    const bool whole = count >= lanes;
    const V x0 = whole ? hn::LoadU(d, x + p) : load_first(d, x + p, count);
    HWY_UNROLL(4) for (size_t j = 0; j < columns; ++j) {
      const float* column = b + static_cast<ptrdiff_t>(j) * b_stride + p;
      even[j] = hn::MulAdd(x0, whole ? hn::LoadU(d, column) : load_first(d, column, count), even[j]);
    }
  }
  for (size_t j = 0; j < columns; ++j) sums[j] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even[j], odd[j])));
}

void dot_columns(const GemmArguments& g, size_t begin, size_t end) {
  constexpr size_t group = 4;
  float sums[group];
  for (size_t j = begin; j < end;) {
    const float* b = g.b.data + static_cast<ptrdiff_t>(j) * g.b.column_stride;
    const size_t columns = end - j >= group ? group : 1;
    if (columns == group) {
      dots<group>(g.a.data, b, g.b.column_stride, g.k, sums);
    } else {
      dots<1>(g.a.data, b, g.b.column_stride, g.k, sums);
    }
    for (size_t i = 0; i < columns; ++i, ++j) {
      float value = g.alpha * sums[i];
      if (g.accumulate) value += g.c[j];
      if (g.column_bias != nullptr) value += g.column_bias[j];
      if (g.row_bias != nullptr) value += g.row_bias[0];
      // A NaN fails both comparisons and stays.
      if (value < g.clamp.low) value = g.clamp.low;
      if (value > g.clamp.high) value = g.clamp.high;
      g.c[j] = value;
    }
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(dot_columns);

void gemv_dot(const GemmArguments& arguments, Workers workers) {
  const size_t columns_per_block = std::max<size_t>(16, 65536 / std::max<size_t>(arguments.k, 1) / 4 * 4);
  workers.run(arguments.n, columns_per_block,
              [&](size_t begin, size_t end, unsigned) { HWY_DYNAMIC_DISPATCH(dot_columns)(arguments, begin, end); });
}

}  // namespace wedge::kernels
#endif
