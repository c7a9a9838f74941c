// DynamicQuantizeLinear: floats to uint8 with the scale and zero point that their range asks for.
#include "kernels/quantize.h"
#include "ops/binary.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32}));
  context.set_output(0, DType::u8, context.shape(0));
  context.set_output(1, DType::f32, Shape{});
  context.set_output(2, DType::u8, Shape{});
  return {};
}

Result<Kernel> prepare(PrepareContext&) {
  return [](RunContext& run) -> Result<> {
    const auto in = run.input<float>(0);
    const auto [low, high] = kernels::range_f32(in.data(), in.size());
    const float scale = (high - low) / 255;
    // A range without an end has no scale worth the name: its quotients are NaN, which becomes 0.
    uint8_t zero = 0;
    const float lowest = -low;
    if (scale != 0) kernels::quantize_f32(&lowest, scale, 0, &zero, 1);
    const float divisor = scale == 0 ? 1.0F : scale;
    if (run.has_output(0)) {
      uint8_t* out = run.output<uint8_t>(0).data();
      run.workers().run(in.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
        kernels::quantize_f32(in.data() + begin, divisor, zero, out + begin, end - begin);
      });
    }
    if (run.has_output(1)) run.output<float>(1)[0] = scale;
    if (run.has_output(2)) run.output<uint8_t>(2)[0] = zero;
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, DynamicQuantizeLinear) = {.infer = infer, .prepare = prepare, .max_outputs = 3};

}  // namespace wedge
