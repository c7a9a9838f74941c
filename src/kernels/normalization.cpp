#include "kernels/normalization.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/normalization.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

/// Calls function(i, count, load) for each vector of a row; load(p) reads count floats at p + i, zeros after them.
template <class Function>
HWY_INLINE void for_each_vector(size_t n, Function function) {
  const Floats d;
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    function(i, lanes, [=](const float* from) HWY_ATTR { return hn::LoadU(d, from + i); });
  }
  if (i < n) {
    function(i, n - i, [=](const float* from) HWY_ATTR { return load_first(d, from + i, n - i); });
  }
}

float mean_of(const float* row, size_t n) {
  const Floats d;
  V sum = hn::Zero(d);
  for_each_vector(n, [&](size_t, size_t, auto load) HWY_ATTR { sum = hn::Add(sum, load(row)); });
  return hn::GetLane(hn::SumOfLanes(d, sum)) / static_cast<float>(n);
}

float variance_of(const float* row, size_t n, float mean) {
  const Floats d;
  V sum = hn::Zero(d);
  for_each_vector(n, [&](size_t, size_t count, auto load) HWY_ATTR {
    V deviation = hn::Sub(load(row), set(mean));
    if (count < lanes) deviation = hn::IfThenElseZero(hn::FirstN(d, count), deviation);
    sum = hn::MulAdd(deviation, deviation, sum);
  });
  return hn::GetLane(hn::SumOfLanes(d, sum)) / static_cast<float>(n);
}

void add_rows(const float* a, const float* b, const float* bias, float* to, size_t n) {
  const Floats d;
  for_each_vector(n, [&](size_t i, size_t count, auto load) HWY_ATTR {
    V sum = hn::Add(load(a), load(b));
    if (bias != nullptr) sum = hn::Add(sum, load(bias));
    if (count == lanes) {
      hn::StoreU(sum, d, to + i);
    } else {
      store_first(sum, d, to + i, count);
    }
  });
}

void normalize_rows(const RowNormalization& norm, const float* in, float* out, size_t begin, size_t end,
                    bool subtract_mean) {
  const Floats d;
  const size_t n = norm.columns;
  for (size_t row = begin; row < end; ++row) {
    const float* from = in + row * n;
    float* to = out + row * n;
    if (norm.skip != nullptr) {
      float* sums = norm.sums != nullptr ? norm.sums + row * n : to;
      add_rows(from, norm.skip + row % norm.skip_rows * n, norm.skip_bias, sums, n);
      from = sums;
    }
    const float mean = subtract_mean ? mean_of(from, n) : 0.0F;
    const float inverse = 1.0F / std::sqrt(variance_of(from, n, mean) + norm.epsilon);
    if (norm.mean != nullptr) norm.mean[row] = mean;
    if (norm.inverse_deviation != nullptr) norm.inverse_deviation[row] = inverse;
    for_each_vector(n, [&](size_t i, size_t count, auto load) HWY_ATTR {
      V value = hn::Mul(hn::Sub(load(from), set(mean)), set(inverse));
      if (norm.scale != nullptr) value = hn::Mul(value, load(norm.scale));
      if (norm.bias != nullptr) value = hn::Add(value, load(norm.bias));
      if (count == lanes) {
        hn::StoreU(value, d, to + i);
      } else {
        store_first(value, d, to + i, count);
      }
    });
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(normalize_rows);

void normalize(const RowNormalization& norm, const float* in, float* out, Workers workers, bool subtract_mean) {
  workers.run(norm.rows, 1 + 16384 / (norm.columns + 1), [&](size_t begin, size_t end, unsigned) {
    HWY_DYNAMIC_DISPATCH(normalize_rows)(norm, in, out, begin, end, subtract_mean);
  });
}

}  // namespace

void layer_norm_f32(const RowNormalization& norm, const float* in, float* out, Workers workers) {
  normalize(norm, in, out, workers, true);
}

void rms_norm_f32(const RowNormalization& norm, const float* in, float* out, Workers workers) {
  normalize(norm, in, out, workers, false);
}

}  // namespace wedge::kernels
#endif
