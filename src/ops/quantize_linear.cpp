// QuantizeLinear: x / scale + zero point, rounded to nearest, ties to even, and saturated.
#include <cmath>

#include "kernels/quantize.h"
#include "ops/quantization.h"

namespace wedge {
namespace {

Result<DType> target_of(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t declared, node.attributes().integer("output_dtype", 0));
  if (node.has_input(2)) return node.dtype(2);
  if (declared == 0) return DType::u8;
  return node.attributes().dtype("output_dtype", DType::u8);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16, DType::i32}));
  WEDGE_TRY(context.expect_dtype(1, {DType::f32, DType::f16, DType::bf16, DType::i32, DType::f8e8m0}));
  WEDGE_TRY(expect_zero_point(context, 1, 2));
  WEDGE_ASSIGN(const DType target, target_of(context));
  const bool whole = target == DType::u8 || target == DType::i8 || target == DType::u16 || target == DType::i16;
  if (target != DType::undefined && !whole && !is_small(target)) {
    return fail(ErrorCode::invalid_model, "numbers cannot be quantised to ", target);
  }
  context.set_output(0, target, context.shape(0));
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const ScaleLayout layout, read_scale_layout(context, 0, 1));
  if (suits_vector_kernel(context, layout, context.dtype(0), context.output_dtype(0))) {
    const bool to_signed = context.output_dtype(0) == DType::i8;
    return Kernel([=](RunContext& run) -> Result<> {
      const auto in = run.input<float>(0);
      const float scale = run.input<float>(1)[0];
      const auto quantize = [&](auto* out) {
        run.workers().run(in.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
          kernels::quantize_f32(in.data() + begin, scale, zero_point(run), out + begin, end - begin);
        });
      };
      if (to_signed) {
        quantize(run.output<int8_t>(0).data());
      } else {
        quantize(run.output<uint8_t>(0).data());
      }
      return {};
    });
  }
  WEDGE_ASSIGN(const bool saturate, context.attributes().flag("saturate", true));
  const SmallRounding rounding{.saturate = saturate};
  if (is_small_float(context.output_dtype(0))) {
    // Rounded by the type itself.
    return convert_by_scale(context, layout, rounding,
                            [](float x, float scale, float zero) { return x / scale + zero; });
  }
  return convert_by_scale(context, layout, rounding,
                          [](float x, float scale, float zero) { return std::nearbyint(x / scale) + zero; });
}

}  // namespace

WEDGE_OPERATOR(onnx, QuantizeLinear) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};
WEDGE_OPERATOR(microsoft, QuantizeLinear) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
