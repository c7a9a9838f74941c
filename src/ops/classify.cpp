// IsNaN and IsInf.
#include <cmath>

#include "ops/unary.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  context.set_output(0, DType::boolean, context.shape(0));
  return {};
}

// alpha and beta say whether positive and negative infinity count.
template <typename T>
void is_infinite(const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters wanted) {
  const auto* source = reinterpret_cast<const T*>(in);
  auto* target = reinterpret_cast<bool*>(out);
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<ArithmeticType<T>>(source[i]);
    target[i] = std::isinf(x) && (x > 0 ? wanted.alpha : wanted.beta) != 0;
  }
}

template <typename T>
void is_nan(const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters) {
  const auto* source = reinterpret_cast<const T*>(in);
  auto* target = reinterpret_cast<bool*>(out);
  for (size_t i = 0; i < count; ++i) target[i] = std::isnan(static_cast<ArithmeticType<T>>(source[i]));
}

Result<Kernel> prepare_is_nan(PrepareContext& context) {
  UnaryLoop loop = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { loop = is_nan<T>; });
  return prepare_unary(context, loop);
}

Result<Kernel> prepare_is_infinite(PrepareContext& context) {
  WEDGE_ASSIGN(const bool positive, context.attributes().flag("detect_positive", true));
  WEDGE_ASSIGN(const bool negative, context.attributes().flag("detect_negative", true));
  UnaryLoop loop = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { loop = is_infinite<T>; });
  return prepare_unary(context, loop, {.alpha = positive ? 1.0F : 0.0F, .beta = negative ? 1.0F : 0.0F});
}

}  // namespace

WEDGE_OPERATOR(onnx, IsNaN) = {.infer = infer, .prepare = prepare_is_nan};
WEDGE_OPERATOR(onnx, IsInf) = {.infer = infer, .prepare = prepare_is_infinite};

}  // namespace wedge
