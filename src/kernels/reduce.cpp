#include "kernels/reduce.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

// `add` takes an element in, `merge` joins two partial results, `identity` is an element that changes nothing.
struct Sum {
  static constexpr float identity = 0.0F;
  static HWY_INLINE V add(V sum, V x) { return hn::Add(sum, x); }
  static HWY_INLINE V merge(V a, V b) { return hn::Add(a, b); }
};
struct SumOfSquares {
  static constexpr float identity = 0.0F;
  static HWY_INLINE V add(V sum, V x) { return hn::MulAdd(x, x, sum); }
  static HWY_INLINE V merge(V a, V b) { return hn::Add(a, b); }
};
struct Maximum {
  static constexpr float identity = -std::numeric_limits<float>::infinity();
  static HWY_INLINE V add(V a, V b) { return hn::IfThenElse(hn::IsNaN(a), a, maximum(a, b)); }
  static HWY_INLINE V merge(V a, V b) { return add(a, b); }
};
struct Minimum {
  static constexpr float identity = std::numeric_limits<float>::infinity();
  static HWY_INLINE V add(V a, V b) { return hn::IfThenElse(hn::IsNaN(a), a, minimum(a, b)); }
  static HWY_INLINE V merge(V a, V b) { return add(a, b); }
};

/// Halves of the vector are merged until one lane is left.
template <class Kind>
HWY_INLINE float merge_lanes(V v) {
  HWY_ALIGN float values[2 * lanes];
  const Floats d;
  hn::Store(v, d, values);
  for (size_t half = lanes / 2; half > 0; half /= 2) {
    hn::Store(Kind::merge(hn::LoadU(d, values), hn::LoadU(d, values + half)), d, values);
  }
  return values[0];
}

template <class Kind>
float reduce_row(const float* row, size_t n) {
  const Floats d;
  V sums[4];
  for (V& sum : sums) sum = set(Kind::identity);
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    HWY_UNROLL(4) for (size_t j = 0; j < 4; ++j) sums[j] = Kind::add(sums[j], hn::LoadU(d, row + i + j * lanes));
  }
  for (; i + lanes <= n; i += lanes) sums[0] = Kind::add(sums[0], hn::LoadU(d, row + i));
  if (i < n) {
    const V last = hn::IfThenElse(hn::FirstN(d, n - i), load_first(d, row + i, n - i), set(Kind::identity));
    sums[0] = Kind::add(sums[0], last);
  }
  return merge_lanes<Kind>(Kind::merge(Kind::merge(sums[0], sums[1]), Kind::merge(sums[2], sums[3])));
}

template <class Kind>
void reduce_columns(const float* in, float* out, size_t reduced, size_t inner, size_t columns) {
  const Floats d;
  for (size_t column = 0; column < columns; column += lanes) {
    const size_t count = columns - column;
    const float* from = in + column;
    V sum = set(Kind::identity);
    if (count >= lanes) {
      for (size_t i = 0; i < reduced; ++i, from += inner) sum = Kind::add(sum, hn::LoadU(d, from));
      hn::StoreU(sum, d, out + column);
    } else {
      for (size_t i = 0; i < reduced; ++i, from += inner) sum = Kind::add(sum, load_first(d, from, count));
      store_first(sum, d, out + column, count);
    }
  }
}

template <class Kind>
void reduce(const float* in, float* out, size_t reduced, size_t inner, size_t columns) {
  if (inner == 1) {
    *out = reduce_row<Kind>(in, reduced);
  } else {
    reduce_columns<Kind>(in, out, reduced, inner, columns);
  }
}

void reduce_any(Reduction reduction, const float* in, float* out, size_t reduced, size_t inner, size_t columns) {
  switch (reduction) {
    case Reduction::sum:
    case Reduction::mean: return reduce<Sum>(in, out, reduced, inner, columns);
    case Reduction::sum_of_squares: return reduce<SumOfSquares>(in, out, reduced, inner, columns);
    case Reduction::maximum: return reduce<Maximum>(in, out, reduced, inner, columns);
    case Reduction::minimum: return reduce<Minimum>(in, out, reduced, inner, columns);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(reduce_any);

void reduce_f32(Reduction reduction, const float* in, float* out, size_t outer, size_t reduced, size_t inner,
                Workers workers) {
  if (outer * inner == 0) return;
  if (reduced == 0) {
    float nothing = 0.0F;
    HWY_DYNAMIC_DISPATCH(reduce_any)(reduction, in, &nothing, 0, 1, 1);
    if (reduction == Reduction::mean) nothing = std::numeric_limits<float>::quiet_NaN();
    std::fill_n(out, outer * inner, nothing);
    return;
  }
  // A stretch of columns is what one block computes; its elements of a row lie next to each other.
  const size_t stretch = std::min<size_t>(inner, 256);
  const size_t stretches = (inner + stretch - 1) / stretch;
  const size_t grain = 1 + 32768 / (reduced * stretch + 1);
  workers.run(outer * stretches, grain, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      const size_t column = i % stretches * stretch;
      const size_t columns = std::min(stretch, inner - column);
      float* to = out + i / stretches * inner + column;
      HWY_DYNAMIC_DISPATCH(reduce_any)
      (reduction, in + i / stretches * reduced * inner + column, to, reduced, inner, columns);
      if (reduction != Reduction::mean) continue;
      for (size_t j = 0; j < columns; ++j) to[j] /= static_cast<float>(reduced);
    }
  });
}

}  // namespace wedge::kernels
#endif
