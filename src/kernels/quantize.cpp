#include "kernels/quantize.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/quantize.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

Range find_range(const float* in, size_t n) {
  const Floats d;
  V low = set(0.0F);
  V high = set(0.0F);
  const auto take = [&](V x) HWY_ATTR {
    low = hn::IfThenElse(hn::Lt(x, low), x, low);
    high = hn::IfThenElse(hn::Gt(x, high), x, high);
  };
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) take(hn::LoadU(d, in + i));
  if (i < n) take(load_first(d, in + i, n - i));
  return {hn::GetLane(hn::MinOfLanes(d, low)), hn::GetLane(hn::MaxOfLanes(d, high))};
}

// The product with the reciprocal, corrected by what it leaves of x, is rounded as the quotient is (Markstein 1990)
// where nothing overflows or underflows: infinities stay out because what lies beyond [low, high] is not needed.
HWY_INLINE V quotient(V x, V divisor, V reciprocal, V low, V high) {
  const V near = hn::Min(hn::Max(hn::Mul(x, reciprocal), low), high);
  return hn::MulAdd(hn::NegMulAdd(near, divisor, x), reciprocal, near);
}

// Whole numbers in the range of T.
template <typename T, class Wide>
HWY_INLINE auto narrowed(Wide whole) {
  const hn::Rebind<uint8_t, Floats> bytes;
  return hn::BitCast(hn::Rebind<T, Floats>(),
                     hn::TruncateTo(bytes, hn::BitCast(hn::RebindToUnsigned<Integers>(), whole)));
}

template <typename T, bool product>
void quantize_by(const float* in, float scale, int32_t zero, T* out, size_t n) {
  const Floats d;
  const hn::Rebind<T, Floats> narrow;
  const V low = set(static_cast<float>(std::numeric_limits<T>::lowest()) - static_cast<float>(zero));
  const V high = set(static_cast<float>(std::numeric_limits<T>::max()) - static_cast<float>(zero));
  const V divisor = set(scale);
  const V reciprocal = set(product ? 1 / scale : 0.0F);
  const V below = hn::Sub(low, set(2.0F));
  const V above = hn::Add(high, set(2.0F));
  const auto shift = hn::Set(Integers(), zero);
  const auto convert = [&](V x) HWY_ATTR {
    const auto is_number = hn::RebindMask(Integers(), hn::Eq(x, x));
    const V scaled = product ? quotient(x, divisor, reciprocal, below, above) : hn::Div(x, divisor);
    const V bounded = hn::Min(hn::Max(scaled, low), high);
    const auto whole = hn::Add(nearest_of_small(bounded), shift);
    return narrowed<T>(hn::IfThenElseZero(is_number, whole));
  };
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(convert(hn::LoadU(d, in + i)), narrow, out + i);
  if (i < n) store_first(convert(load_first(d, in + i, n - i)), narrow, out + i, n - i);
}

template <typename T>
void quantize(const float* in, float scale, int32_t zero, T* out, size_t n) {
  if (HWY_NATIVE_FMA != 0 && scale > 1e-30F && scale < 1e30F) {
    quantize_by<T, true>(in, scale, zero, out, n);
  } else {
    quantize_by<T, false>(in, scale, zero, out, n);
  }
}

template <typename T>
void dequantize(const T* in, float scale, int32_t zero, float* out, size_t n) {
  const Floats d;
  const hn::Rebind<T, Floats> narrow;
  const V factor = set(scale);
  const auto shift = hn::Set(Integers(), zero);
  const auto convert = [&](hn::Vec<decltype(narrow)> x) HWY_ATTR {
    return hn::Mul(hn::ConvertTo(d, hn::Sub(hn::PromoteTo(Integers(), x), shift)), factor);
  };
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(convert(hn::LoadU(narrow, in + i)), d, out + i);
  if (i < n) store_first(convert(load_first(narrow, in + i, n - i)), d, out + i, n - i);
}

template <typename T>
void add(const T* a, Quantization of_a, const T* b, Quantization of_b, T* out, Quantization of_out, size_t n) {
  const Floats d;
  const hn::Rebind<T, Floats> narrow;
  const V factor_a = set(of_a.scale / of_out.scale);
  const V factor_b = set(of_b.scale / of_out.scale);
  const auto zero_a = hn::Set(Integers(), of_a.zero);
  const auto zero_b = hn::Set(Integers(), of_b.zero);
  const V low = set(static_cast<float>(std::numeric_limits<T>::lowest()) - static_cast<float>(of_out.zero));
  const V high = set(static_cast<float>(std::numeric_limits<T>::max()) - static_cast<float>(of_out.zero));
  const auto shift = hn::Set(Integers(), of_out.zero);
  using Narrow = hn::Vec<decltype(narrow)>;
  const auto convert = [&](Narrow x, Narrow y) HWY_ATTR {
    const V term = hn::Mul(hn::ConvertTo(d, hn::Sub(hn::PromoteTo(Integers(), y), zero_b)), factor_b);
    const V sum = hn::MulAdd(hn::ConvertTo(d, hn::Sub(hn::PromoteTo(Integers(), x), zero_a)), factor_a, term);
    return narrowed<T>(hn::Add(nearest_of_small(hn::Min(hn::Max(sum, low), high)), shift));
  };
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(convert(hn::LoadU(narrow, a + i), hn::LoadU(narrow, b + i)), narrow, out + i);
  }
  if (i == n) return;
  const size_t rest = n - i;
  const Narrow sum = convert(load_first(narrow, a + i, rest), load_first(narrow, b + i, rest));
  store_first(sum, narrow, out + i, rest);
}

void add_u8(const uint8_t* a, Quantization of_a, const uint8_t* b, Quantization of_b, uint8_t* out, Quantization of_out,
            size_t n) {
  add(a, of_a, b, of_b, out, of_out, n);
}
void add_i8(const int8_t* a, Quantization of_a, const int8_t* b, Quantization of_b, int8_t* out, Quantization of_out,
            size_t n) {
  add(a, of_a, b, of_b, out, of_out, n);
}

void quantize_u8(const float* in, float scale, int32_t zero, uint8_t* out, size_t n) {
  quantize(in, scale, zero, out, n);
}
void quantize_i8(const float* in, float scale, int32_t zero, int8_t* out, size_t n) {
  quantize(in, scale, zero, out, n);
}
void dequantize_u8(const uint8_t* in, float scale, int32_t zero, float* out, size_t n) {
  dequantize(in, scale, zero, out, n);
}
void dequantize_i8(const int8_t* in, float scale, int32_t zero, float* out, size_t n) {
  dequantize(in, scale, zero, out, n);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(find_range);
HWY_EXPORT(quantize_u8);
HWY_EXPORT(quantize_i8);
HWY_EXPORT(dequantize_u8);
HWY_EXPORT(dequantize_i8);
HWY_EXPORT(add_u8);
HWY_EXPORT(add_i8);

Range range_f32(const float* in, size_t n) { return HWY_DYNAMIC_DISPATCH(find_range)(in, n); }

void quantize_f32(const float* in, float scale, int32_t zero, uint8_t* out, size_t n) {
  HWY_DYNAMIC_DISPATCH(quantize_u8)(in, scale, zero, out, n);
}
void quantize_f32(const float* in, float scale, int32_t zero, int8_t* out, size_t n) {
  HWY_DYNAMIC_DISPATCH(quantize_i8)(in, scale, zero, out, n);
}
void dequantize_f32(const uint8_t* in, float scale, int32_t zero, float* out, size_t n) {
  HWY_DYNAMIC_DISPATCH(dequantize_u8)(in, scale, zero, out, n);
}
void dequantize_f32(const int8_t* in, float scale, int32_t zero, float* out, size_t n) {
  HWY_DYNAMIC_DISPATCH(dequantize_i8)(in, scale, zero, out, n);
}

void add_quantized(const uint8_t* a, Quantization of_a, const uint8_t* b, Quantization of_b, uint8_t* out,
                   Quantization of_out, size_t n) {
  HWY_DYNAMIC_DISPATCH(add_u8)(a, of_a, b, of_b, out, of_out, n);
}
void add_quantized(const int8_t* a, Quantization of_a, const int8_t* b, Quantization of_b, int8_t* out,
                   Quantization of_out, size_t n) {
  HWY_DYNAMIC_DISPATCH(add_i8)(a, of_a, b, of_b, out, of_out, n);
}

}  // namespace wedge::kernels
#endif
