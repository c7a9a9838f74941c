// SwiGLU: the gate a * sigmoid(alpha * a) times b.
#include <cmath>

#include "ops/binary.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  return infer_same_type_binary(context);
}

template <typename T>
void gate(const T* a, const T* b, T* out, size_t count, float alpha) {
  using C = ArithmeticType<T>;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<C>(a[i]);
    out[i] = static_cast<T>(x / (1 + std::exp(-static_cast<C>(alpha) * x)) * static_cast<C>(b[i]));
  }
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const float alpha, context.attributes().number("alpha", 1));
  const Shape shape = context.input_shape(0);
  if (context.input_shape(1) != shape) {
    return fail(ErrorCode::invalid_model, "operands of shapes ", shape, " and ", context.input_shape(1));
  }
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      const T* a = run.input<T>(0).data();
      const T* b = run.input<T>(1).data();
      T* out = run.output<T>(0).data();
      run.workers().run(static_cast<size_t>(shape.numel()), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
        gate(a + begin, b + begin, out + begin, end - begin, alpha);
      });
      return {};
    };
  });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, SwiGLU) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
