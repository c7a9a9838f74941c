#include "kernels/lstm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lstm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

void lstm_cell(const float* gates, float* cell, float* hidden, size_t n) {
  const Floats d;
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = n - i;
    const bool whole = count >= lanes;
    const auto load = [=](const float* from)
                          HWY_ATTR { return whole ? hn::LoadU(d, from + i) : load_first(d, from + i, count); };
    const auto store = [=](V value, float* to)
                           HWY_ATTR { whole ? hn::StoreU(value, d, to + i) : store_first(value, d, to + i, count); };
    const V kept = hn::Mul(sigmoid(load(gates + 2 * n)), load(cell));
    const V state = hn::MulAdd(sigmoid(load(gates)), tanh(load(gates + 3 * n)), kept);
    store(state, cell);
    store(hn::Mul(sigmoid(load(gates + n)), tanh(state)), hidden);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(lstm_cell);

void lstm_cell_f32(const float* gates, float* cell, float* hidden, size_t hidden_size) {
  HWY_DYNAMIC_DISPATCH(lstm_cell)(gates, cell, hidden, hidden_size);
}

}  // namespace wedge::kernels
#endif
