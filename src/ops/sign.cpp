// Relu, Abs, Neg, Sign: element-wise operators that integers have too.
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/unary.h"

namespace wedge {
namespace {

using kernels::UnaryFunction;
using kernels::UnaryParameters;

template <typename Function, typename T>
void scalar_loop(const std::byte* in, std::byte* out, size_t count, UnaryParameters) {
  const auto* source = reinterpret_cast<const T*>(in);
  auto* target = reinterpret_cast<T*>(out);
  for (size_t i = 0; i < count; ++i) {
    target[i] = static_cast<T>(Function::apply(static_cast<ArithmeticType<T>>(source[i])));
  }
}

struct Relu {
  static constexpr auto vector = UnaryFunction::relu;
  template <typename T>
  static T apply(T x) {
    return x < T{0} ? T{0} : x;
  }
};
struct Neg {
  static constexpr auto vector = UnaryFunction::neg;
  template <typename T>
  static T apply(T x) {
    if constexpr (std::integral<T>)
      return Subtract::apply<T>(0, x);
    else
      return -x;
  }
};
struct Abs {
  static constexpr auto vector = UnaryFunction::abs;
  template <typename T>
  static T apply(T x) {
    if constexpr (std::floating_point<T>)
      return std::fabs(x);
    else
      return x < T{0} ? Neg::apply(x) : x;
  }
};
struct Sign {
  template <typename T>
  static T apply(T x) {
    return static_cast<T>((x > T{0} ? 1 : 0) - (x < T{0} ? 1 : 0));
  }
};

template <typename Function>
Result<Kernel> prepare_scalar(PrepareContext& context) {
  UnaryLoop loop = nullptr;
  visit_numbers(context.dtype(0), [&]<typename T>() { loop = scalar_loop<Function, T>; });
  return prepare_unary(context, loop);
}

template <typename Function>
Result<Kernel> prepare(PrepareContext& context) {
  if (UnaryLoop loop = vector_unary_loop<Function::vector>(context.dtype(0))) return prepare_unary(context, loop);
  return prepare_scalar<Function>(context);
}

constexpr Operator unary(Result<Kernel> (*prepared)(PrepareContext&)) {
  return {.infer = infer_same_as_input, .prepare = prepared};
}

}  // namespace

WEDGE_OPERATOR(onnx, Relu) = unary(prepare<Relu>);
WEDGE_OPERATOR(onnx, Neg) = unary(prepare<Neg>);
WEDGE_OPERATOR(onnx, Abs) = unary(prepare<Abs>);
WEDGE_OPERATOR(onnx, Sign) = unary(prepare_scalar<Sign>);

}  // namespace wedge
