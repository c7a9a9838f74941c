#include "kernels/gemv.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemv.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

#if !defined(WEDGE_GEMV_SIZES)
#define WEDGE_GEMV_SIZES
namespace wedge::kernels {
// Sums of so many columns stay in the first-level cache while all rows pass by.
constexpr size_t row_columns = 4096;
// Rows read side by side: more of them fall into the same set of the cache when rows are a power of two long.
constexpr size_t rows_at_once = 6;
}  // namespace wedge::kernels
#endif

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

// What becomes of the sum of column j.
HWY_INLINE void finish_column(const GemmArguments& g, size_t j, float sum) {
  float value = g.alpha * sum;
  if (g.accumulate) value += g.c[j];
  if (g.column_bias != nullptr) value += g.column_bias[j];
  if (g.row_bias != nullptr) value += g.row_bias[0];
  // A NaN fails both comparisons and stays.
  if (value < g.clamp.low) value = g.clamp.low;
  if (value > g.clamp.high) value = g.clamp.high;
  g.c[j] = value;
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
    for (size_t i = 0; i < columns; ++i, ++j) finish_column(g, j, sums[i]);
  }
}

// Adds `rows` rows of B, from row p on, each times its element of A, to the sums of columns [begin, begin + count).
template <size_t rows>
HWY_INLINE void add_rows(const GemmArguments& g, size_t p, size_t begin, size_t count, float* sums) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const float* b = g.b.data + static_cast<ptrdiff_t>(p) * g.b.row_stride + begin;
  float x[rows];
  for (size_t i = 0; i < rows; ++i) x[i] = g.a.data[static_cast<ptrdiff_t>(p + i) * g.a.column_stride];
  size_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    auto sum = hn::LoadU(d, sums + j);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      const float* row = b + static_cast<ptrdiff_t>(i) * g.b.row_stride + j;
      sum = hn::MulAdd(hn::Set(d, x[i]), hn::LoadU(d, row), sum);
    }
    hn::StoreU(sum, d, sums + j);
  }
  if (j == count) return;
  auto sum = load_first(d, sums + j, count - j);
  for (size_t i = 0; i < rows; ++i) {
    const float* row = b + static_cast<ptrdiff_t>(i) * g.b.row_stride + j;
    sum = hn::MulAdd(hn::Set(d, x[i]), load_first(d, row, count - j), sum);
  }
  store_first(sum, d, sums + j, count - j);
}

void sum_rows(const GemmArguments& g, size_t begin, size_t end) {
  float sums[row_columns];
  for (; begin < end; begin += row_columns) {
    const size_t count = std::min(row_columns, end - begin);
    std::fill_n(sums, count, 0.0F);
    size_t p = 0;
    for (; p + rows_at_once <= g.k; p += rows_at_once) add_rows<rows_at_once>(g, p, begin, count, sums);
    for (; p < g.k; ++p) add_rows<1>(g, p, begin, count, sums);
    for (size_t j = 0; j < count; ++j) finish_column(g, begin + j, sums[j]);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(dot_columns);
HWY_EXPORT(sum_rows);

void gemv_dot(const GemmArguments& arguments, Workers workers) {
  const size_t columns_per_block = std::max<size_t>(16, 65536 / std::max<size_t>(arguments.k, 1) / 4 * 4);
  workers.run(arguments.n, columns_per_block,
              [&](size_t begin, size_t end, unsigned) { HWY_DYNAMIC_DISPATCH(dot_columns)(arguments, begin, end); });
}

void gemv_rows(const GemmArguments& arguments, Workers workers) {
  const size_t share = arguments.n / (size_t{4} * workers.count());
  const size_t columns_per_block = std::clamp<size_t>(share / 64 * 64, 64, row_columns);
  workers.run(arguments.n, workers.count() == 1 ? arguments.n : columns_per_block,
              [&](size_t begin, size_t end, unsigned) { HWY_DYNAMIC_DISPATCH(sum_rows)(arguments, begin, end); });
}

}  // namespace wedge::kernels
#endif
