// The sum of two 8-bit tensors of the same shape, each with a scale and a zero point: a, its scale and zero point, b
// likewise, the scale and zero point of the sum. Passes make it.
#include "kernels/quantize.h"
#include "ops/binary.h"
#include "ops/operator.h"
#include "ops/zero_points.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::u8, DType::i8}));
  for (const size_t i : {2, 3, 5, 7}) WEDGE_TRY(context.expect_same_dtype(0, i));
  for (const size_t i : {1, 4, 6}) WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  return infer_same_as_input(context);
}

kernels::Quantization quantization(const RunContext& run, size_t scale) {
  return {.scale = run.input<float>(scale)[0], .zero = ZeroPoints(run, scale + 1)[0]};
}

template <typename T>
Kernel kernel() {
  return [](RunContext& run) -> Result<> {
    const auto a = run.input<T>(0);
    const T* b = run.input<T>(3).data();
    T* out = run.output<T>(0).data();
    run.workers().run(a.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      kernels::add_quantized(a.data() + begin, quantization(run, 1), b + begin, quantization(run, 4), out + begin,
                             quantization(run, 6), end - begin);
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.input_shape(0) != context.input_shape(3)) {
    return fail(ErrorCode::invalid_model, "quantised tensors to be added must have the same shape");
  }
  for (const size_t i : {1, 2, 4, 5, 6, 7}) WEDGE_TRY(expect_count(context, i, {}));
  context.in_place(0, 0);
  context.in_place(0, 3);
  return context.dtype(0) == DType::i8 ? kernel<int8_t>() : kernel<uint8_t>();
}

}  // namespace

WEDGE_OPERATOR(wedge, QuantizedAdd) = {.infer = infer, .prepare = prepare, .min_inputs = 8, .max_inputs = 8};

}  // namespace wedge
