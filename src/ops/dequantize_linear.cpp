// DequantizeLinear: (x - zero point) * scale.
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
  return convert_by_scale(context, layout, {}, [](float x, float scale, float zero) { return (x - zero) * scale; });
}

}  // namespace

WEDGE_OPERATOR(onnx, DequantizeLinear) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
