#include "kernels/softmax.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/exponentials-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

/// The terms go to `terms` unless it is null.
float sum_of_exponentials(const float* row, size_t n, float shift, float* terms) {
  return sum_of_exponentials(row, n, shift, terms, [](V x) HWY_ATTR { return exp(x); });
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
