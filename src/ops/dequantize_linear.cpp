// DequantizeLinear: (x - zero point) * scale.
#include "kernels/quantize.h"
#include "ops/quantization.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::f32, DType::f16, DType::bf16, DType::f8e8m0}));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(expect_zero_point(context, 1, 2));
  const DType from = context.dtype(0);
  if (from != DType::undefined && !is_integer(from) && !is_small(from)) {
    return fail(ErrorCode::invalid_model, "elements of type ", from, " are not quantised");
  }
  WEDGE_ASSIGN(const int64_t declared, context.attributes().integer("output_dtype", 0));
  DType target = context.dtype(1);
  if (declared != 0) {
    WEDGE_ASSIGN(target, context.attributes().dtype("output_dtype", target));
  }
  if (target != DType::undefined && !is_float(target)) {
    return fail(ErrorCode::invalid_model, "numbers are not dequantised to ", target);
  }
  context.set_output(0, target, context.shape(0));
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const ScaleLayout layout, read_scale_layout(context, 0, 1));
  if (suits_vector_kernel(context, layout, context.output_dtype(0), context.dtype(0))) {
    const bool from_signed = context.dtype(0) == DType::i8;
    return Kernel([=](RunContext& run) -> Result<> {
      const auto out = run.output<float>(0);
      const float scale = run.input<float>(1)[0];
      const auto dequantize = [&](const auto* in) {
        run.workers().run(out.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
          kernels::dequantize_f32(in + begin, scale, zero_point(run), out.data() + begin, end - begin);
        });
      };
      if (from_signed) {
        dequantize(run.input<int8_t>(0).data());
      } else {
        dequantize(run.input<uint8_t>(0).data());
      }
      return {};
    });
  }
  return convert_by_scale(context, layout, {}, [](float x, float scale, float zero) { return (x - zero) * scale; });
}

}  // namespace

WEDGE_OPERATOR(onnx, DequantizeLinear) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};
WEDGE_OPERATOR(microsoft, DequantizeLinear) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
