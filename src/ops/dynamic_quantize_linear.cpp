// DynamicQuantizeLinear: floats to uint8 with the scale and zero point that their range asks for.
#include <algorithm>
#include <cmath>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32}));
  context.set_output(0, DType::u8, context.shape(0));
  context.set_output(1, DType::f32, Shape{});
  context.set_output(2, DType::u8, Shape{});
  return {};
}

uint8_t saturated(float value) {
  return std::isnan(value) ? uint8_t{0} : static_cast<uint8_t>(std::clamp(std::nearbyint(value), 0.0F, 255.0F));
}

Result<Kernel> prepare(PrepareContext&) {
  return [](RunContext& run) -> Result<> {
    const auto in = run.input<float>(0);
    // The range always has zero in it.
    float low = 0;
    float high = 0;
    for (const float x : in) {
      low = std::min(low, x);
      high = std::max(high, x);
    }
    const float scale = (high - low) / 255;
    const uint8_t zero = scale == 0 ? uint8_t{0} : saturated(-low / scale);
    const float divisor = scale == 0 ? 1.0F : scale;
    if (run.has_output(0)) {
      const auto out = run.output<uint8_t>(0);
      for (size_t i = 0; i < in.size(); ++i) {
        out[i] = saturated(std::nearbyint(in[i] / divisor) + static_cast<float>(zero));
      }
    }
    if (run.has_output(1)) run.output<float>(1)[0] = scale;
    if (run.has_output(2)) run.output<uint8_t>(2)[0] = zero;
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, DynamicQuantizeLinear) = {.infer = infer, .prepare = prepare, .max_outputs = 3};

}  // namespace wedge
