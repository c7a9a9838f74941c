#include "kernels/softmax.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

float largest(const float* row, size_t n) {
  const Floats d;
  if (n < lanes) return *std::max_element(row, row + n);
  V result = hn::LoadU(d, row);
  for (size_t i = lanes; i + lanes <= n; i += lanes) result = hn::Max(result, hn::LoadU(d, row + i));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(result, hn::LoadU(d, row + n - lanes))));
}

/// The sum of exp(row[i] - shift); the terms go to `terms` unless it is null.
float sum_of_exponentials(const float* row, size_t n, float shift, float* terms) {
  const Floats d;
  const V shift_vector = set(shift);
  V sum = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V e = exp(hn::Sub(hn::LoadU(d, row + i), shift_vector));
    if (terms != nullptr) hn::StoreU(e, d, terms + i);
    sum = hn::Add(sum, e);
  }
  if (i < n) {
    const V e = exp(hn::Sub(load_first(d, row + i, n - i), shift_vector));
    if (terms != nullptr) store_first(e, d, terms + i, n - i);
    sum = hn::Add(sum, hn::IfThenElseZero(hn::FirstN(d, n - i), e));
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

void softmax_rows(const float* in, float* out, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; ++row, in += columns, out += columns) {
    const float scale = 1.0F / sum_of_exponentials(in, columns, largest(in, columns), out);
    for (size_t i = 0; i < columns; ++i) out[i] *= scale;
  }
}

void log_softmax_rows(const float* in, float* out, size_t rows, size_t columns) {
  for (size_t row = 0; row < rows; ++row, in += columns, out += columns) {
    const float shift = largest(in, columns);
    const float log_of_sum = hn::GetLane(log(set(sum_of_exponentials(in, columns, shift, nullptr))));
    for (size_t i = 0; i < columns; ++i) out[i] = in[i] - shift - log_of_sum;
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(softmax_rows);
HWY_EXPORT(log_softmax_rows);

void softmax_f32(const float* in, float* out, size_t rows, size_t columns, Workers workers) {
  if (columns == 0) return;
  workers.run(rows, 1 + 16384 / columns, [&](size_t begin, size_t end, unsigned) {
    HWY_DYNAMIC_DISPATCH(softmax_rows)(in + begin * columns, out + begin * columns, end - begin, columns);
  });
}

void log_softmax_f32(const float* in, float* out, size_t rows, size_t columns, Workers workers) {
  if (columns == 0) return;
  workers.run(rows, 1 + 16384 / columns, [&](size_t begin, size_t end, unsigned) {
    HWY_DYNAMIC_DISPATCH(log_softmax_rows)(in + begin * columns, out + begin * columns, end - begin, columns);
  });
}

}  // namespace wedge::kernels
#endif
