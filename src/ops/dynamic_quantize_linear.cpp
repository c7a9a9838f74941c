// DynamicQuantizeLinear: floats to uint8 with the scale and zero point that their range asks for.
#include "ops/quantization.h"

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
    const kernels::Quantization chosen = choose_quantization(in);
    if (run.has_output(0)) quantize(in, chosen, run.output<uint8_t>(0).data(), run.workers());
    if (run.has_output(1)) run.output<float>(1)[0] = chosen.scale;
    if (run.has_output(2)) run.output<uint8_t>(2)[0] = static_cast<uint8_t>(chosen.zero);
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, DynamicQuantizeLinear) = {.infer = infer, .prepare = prepare, .max_outputs = 3};

}  // namespace wedge
