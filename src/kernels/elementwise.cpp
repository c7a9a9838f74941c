#include "kernels/elementwise.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

template <class Function>
HWY_INLINE void map(const float* in, float* out, size_t n, Function function) {
  const Floats d;
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(function(hn::LoadU(d, in + i)), d, out + i);
  if (i < n) store_first(function(load_first(d, in + i, n - i)), d, out + i, n - i);
}

// x / 2 * (1 + erf(t)) with t = x / sqrt(2) is x, if that is positive, less |x| / 2 * (1 - erf(|t|)).
HWY_INLINE V gelu(V x) {
  const V magnitude = hn::Abs(x);
  const V t = hn::Mul(magnitude, set(0x1.6a09e6p-1F));
  // -log(1 - erf(t)) / t on [0, 4.2], fitted for the error of the result; beyond it is 0 or x.
  const V q = polynomial(t, -3.35543755e-05F, 7.09698153e-05F, 0.00225767200F, -0.0212679215F, 0.103806517F,
                         0.636370013F, 1.1284016F);
  const V rest = hn::Mul(hn::Mul(magnitude, set(0.5F)), exp_of_negative(hn::Neg(hn::Mul(q, t))));
  const V step = hn::IfThenElseZero(hn::Gt(x, hn::Zero(Floats())), set(1.0F));
  return hn::MulSub(x, step, hn::IfThenZeroElse(hn::Gt(t, set(4.2F)), rest));
}

// x / 2 * (1 + tanh(u)) = x * sigmoid(2 u)
HWY_INLINE V gelu_tanh(V x) {
  const V cubic = hn::MulAdd(hn::Mul(x, x), set(0.044715F), set(1.0F));
  return hn::Mul(x, sigmoid(hn::Mul(hn::Mul(x, cubic), set(1.5957691216F))));
}

// tanh(log(1 + e)) = ((1 + e)^2 - 1) / ((1 + e)^2 + 1); past 20 the quotient is 1.
HWY_INLINE V mish(V x) {
  const V e = exp(minimum(set(20.0F), x));
  const V n = hn::Mul(e, hn::Add(e, set(2.0F)));
  return hn::Mul(x, hn::Div(n, hn::Add(n, set(2.0F))));
}

HWY_INLINE V softplus(V x) { return hn::Add(maximum(set(0.0F), x), log_of_one_plus(exp(hn::Neg(hn::Abs(x))))); }

HWY_INLINE void unary(UnaryFunction function, const float* in, float* out, size_t n, UnaryParameters parameters) {
  const V zero = set(0.0F);
  const V one = set(1.0F);
  const V alpha = set(parameters.alpha);
  const V beta = set(parameters.beta);
  switch (function) {
    case UnaryFunction::abs: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Abs(x); });
    case UnaryFunction::affine: return map(in, out, n, [=](V x) HWY_ATTR { return hn::MulAdd(alpha, x, beta); });
    case UnaryFunction::ceil: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Ceil(x); });
    case UnaryFunction::clip: return map(in, out, n, [=](V x) HWY_ATTR { return clamp(x, alpha, beta); });
    case UnaryFunction::elu:
      return map(in, out, n, [=](V x) HWY_ATTR {
        return hn::IfThenElse(hn::Lt(x, zero), hn::Mul(alpha, exp_minus_one_of_negative(x)), x);
      });
    case UnaryFunction::erf: return map(in, out, n, [=](V x) HWY_ATTR { return erf(x); });
    case UnaryFunction::exp: return map(in, out, n, [=](V x) HWY_ATTR { return exp(x); });
    case UnaryFunction::floor: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Floor(x); });
    case UnaryFunction::gelu: return map(in, out, n, [=](V x) HWY_ATTR { return gelu(x); });
    case UnaryFunction::gelu_tanh: return map(in, out, n, [=](V x) HWY_ATTR { return gelu_tanh(x); });
    case UnaryFunction::hard_sigmoid:
      return map(in, out, n, [=](V x) HWY_ATTR { return clamp(hn::MulAdd(alpha, x, beta), zero, one); });
    case UnaryFunction::hard_swish:
      return map(in, out, n, [=](V x) HWY_ATTR {
        return hn::Mul(x, clamp(hn::MulAdd(x, set(1.0F / 6.0F), set(0.5F)), zero, one));
      });
    case UnaryFunction::leaky_relu:
      return map(in, out, n, [=](V x) HWY_ATTR { return hn::IfThenElse(hn::Lt(x, zero), hn::Mul(alpha, x), x); });
    case UnaryFunction::log: return map(in, out, n, [=](V x) HWY_ATTR { return log(x); });
    case UnaryFunction::mish: return map(in, out, n, [=](V x) HWY_ATTR { return mish(x); });
    case UnaryFunction::neg: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Neg(x); });
    case UnaryFunction::reciprocal: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Div(one, x); });
    case UnaryFunction::relu: return map(in, out, n, [=](V x) HWY_ATTR { return maximum(zero, x); });
    case UnaryFunction::round: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Round(x); });
    case UnaryFunction::sigmoid: return map(in, out, n, [=](V x) HWY_ATTR { return sigmoid(x); });
    case UnaryFunction::silu: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Mul(x, sigmoid(x)); });
    case UnaryFunction::softplus: return map(in, out, n, [=](V x) HWY_ATTR { return softplus(x); });
    case UnaryFunction::softsign:
      return map(in, out, n, [=](V x) HWY_ATTR { return hn::Div(x, hn::Add(one, hn::Abs(x))); });
    case UnaryFunction::sqrt: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Sqrt(x); });
    case UnaryFunction::square: return map(in, out, n, [=](V x) HWY_ATTR { return hn::Mul(x, x); });
    case UnaryFunction::tanh: return map(in, out, n, [=](V x) HWY_ATTR { return tanh(x); });
  }
}

template <class Function>
HWY_NOINLINE void map(BinaryForm form, const float* a, const float* b, float* out, size_t n, Function function) {
  const Floats d;
  if (n == 0) return;
  if (form == BinaryForm::vector_scalar) {
    const V scalar = set(*b);
    return map(a, out, n, [=](V x) HWY_ATTR { return function(x, scalar); });
  }
  if (form == BinaryForm::scalar_vector) {
    const V scalar = set(*a);
    return map(b, out, n, [=](V x) HWY_ATTR { return function(scalar, x); });
  }
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(function(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
  if (i == n) return;
  store_first(function(load_first(d, a + i, n - i), load_first(d, b + i, n - i)), d, out + i, n - i);
}

// The exponents that models use most have a vector form, the others go through <cmath>.
bool power_with_common_exponent(const float* a, float exponent, float* out, size_t n) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (exponent == 2.0F) {
    map(a, out, n, [=](V x) HWY_ATTR { return hn::Mul(x, x); });
  } else if (exponent == 3.0F) {
    map(a, out, n, [=](V x) HWY_ATTR { return hn::Mul(hn::Mul(x, x), x); });
  } else if (exponent == 0.5F) {
    // Unlike the square root, the power of -0 is +0 and that of -infinity is infinity.
    map(a, out, n, [=](V x) HWY_ATTR {
      return hn::IfThenElse(hn::Eq(x, set(-infinity)), set(infinity), hn::Sqrt(hn::Add(x, set(0.0F))));
    });
  } else {
    return false;
  }
  return true;
}

HWY_NOINLINE void power(BinaryForm form, const float* a, const float* b, float* out, size_t n) {
  if (n == 0 || (form == BinaryForm::vector_scalar && power_with_common_exponent(a, *b, out, n))) return;
  const size_t a_step = form == BinaryForm::scalar_vector ? 0 : 1;
  const size_t b_step = form == BinaryForm::vector_scalar ? 0 : 1;
  for (size_t i = 0; i < n; ++i) out[i] = std::pow(a[i * a_step], b[i * b_step]);
}

HWY_INLINE void binary(BinaryFunction function, BinaryForm form, const float* a, const float* b, float* out, size_t n) {
  switch (function) {
    case BinaryFunction::add: return map(form, a, b, out, n, [](V x, V y) HWY_ATTR { return hn::Add(x, y); });
    case BinaryFunction::subtract: return map(form, a, b, out, n, [](V x, V y) HWY_ATTR { return hn::Sub(x, y); });
    case BinaryFunction::multiply: return map(form, a, b, out, n, [](V x, V y) HWY_ATTR { return hn::Mul(x, y); });
    case BinaryFunction::divide: return map(form, a, b, out, n, [](V x, V y) HWY_ATTR { return hn::Div(x, y); });
    case BinaryFunction::maximum:
      return map(form, a, b, out, n, [](V x, V y) HWY_ATTR { return hn::IfThenElse(hn::IsNaN(x), x, maximum(x, y)); });
    case BinaryFunction::minimum:
      return map(form, a, b, out, n, [](V x, V y) HWY_ATTR { return hn::IfThenElse(hn::IsNaN(x), x, minimum(x, y)); });
    case BinaryFunction::power: return power(form, a, b, out, n);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(unary);
HWY_EXPORT(binary);

template <UnaryFunction function>
void unary_f32_of(const float* in, float* out, size_t n, UnaryParameters parameters) {
  HWY_DYNAMIC_DISPATCH(unary)(function, in, out, n, parameters);
}

#define WEDGE_EACH_UNARY(use)                                                                                 \
  use(abs) use(affine) use(ceil) use(clip) use(elu) use(erf) use(exp) use(floor) use(gelu) use(gelu_tanh)     \
      use(hard_sigmoid) use(hard_swish) use(leaky_relu) use(log) use(mish) use(neg) use(reciprocal) use(relu) \
          use(round) use(sigmoid) use(silu) use(softplus) use(softsign) use(sqrt) use(square) use(tanh)

#define WEDGE_INSTANTIATE(name) \
  template void unary_f32_of<UnaryFunction::name>(const float*, float*, size_t, UnaryParameters);
WEDGE_EACH_UNARY(WEDGE_INSTANTIATE)

void unary_f32(UnaryFunction function, const float* in, float* out, size_t n, UnaryParameters parameters) {
#define WEDGE_LOOP(name) unary_f32_of<UnaryFunction::name>,
  static constexpr UnaryLoopF32 loops[] = {WEDGE_EACH_UNARY(WEDGE_LOOP)};
  loops[static_cast<size_t>(function)](in, out, n, parameters);
}

template <BinaryFunction function>
void binary_f32_of(BinaryForm form, const float* a, const float* b, float* out, size_t n) {
  HWY_DYNAMIC_DISPATCH(binary)(function, form, a, b, out, n);
}

#define WEDGE_INSTANTIATE_BINARY(name) \
  template void binary_f32_of<BinaryFunction::name>(BinaryForm, const float*, const float*, float*, size_t);
WEDGE_INSTANTIATE_BINARY(add)
WEDGE_INSTANTIATE_BINARY(subtract)
WEDGE_INSTANTIATE_BINARY(multiply)
WEDGE_INSTANTIATE_BINARY(divide)
WEDGE_INSTANTIATE_BINARY(maximum)
WEDGE_INSTANTIATE_BINARY(minimum)
WEDGE_INSTANTIATE_BINARY(power)

}  // namespace wedge::kernels
#endif
