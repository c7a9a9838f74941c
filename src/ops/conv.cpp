// Conv: convolution over any number of spatial axes; one and two of f32 are fast. FusedConv of com.microsoft adds
// input 3 to it and applies an activation.
#include "kernels/conv.h"

#include "ops/conv_geometry.h"
#include "ops/finish.h"
#include "ops/fused_activation.h"

namespace wedge {
namespace {

constexpr size_t residual_input = 3;

Result<> infer(InferContext& context) {
  WEDGE_TRY(expect_conv_inputs(context));
  return infer_conv(context, context.dtype(0));
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const ConvGeometry geometry, read_conv_geometry(context));
  context.count_operations(geometry.operations());
  const bool empty = context.input_shape(0).numel() == 0;
  if (context.dtype(0) != DType::f32 || empty || !suits_fast_kernels(geometry.axes)) {
    return prepare_reference_conv(context, ConvDirection::forward, geometry);
  }
  const kernels::Conv2d conv = geometry.two_dimensional();
  const size_t packed_size = kernels::conv2d_packed_weights_bytes(conv);
  WEDGE_ASSIGN(const std::byte* constant, context.pack(1, geometry.form("conv2d"), packed_size, [&](std::byte* packed) {
    kernels::conv2d_pack_weights(conv, TensorRef(*context.constant(1)).as<const float>().data(), packed);
  }));
  const Scratch packed_at_run = context.scratch(constant == nullptr ? packed_size : 0);
  const Scratch scratch = context.scratch(kernels::conv2d_scratch_bytes(conv, context.workers()));
  context.name_kernel("conv2d_f32");
  return [=](RunContext& run) -> Result<> {
    const std::byte* weights = constant;
    if (weights == nullptr) {
      kernels::conv2d_pack_weights(conv, run.input<float>(1).data(), run.scratch(packed_at_run));
      weights = run.scratch(packed_at_run);
    }
    const float* bias = run.has_input(2) ? run.input<float>(2).data() : nullptr;
    kernels::conv2d(conv, run.input<float>(0).data(), weights, bias, {}, run.output<float>(0).data(),
                    run.scratch(scratch), run.workers());
    return {};
  };
}

Result<> infer_fused(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_same_dtype(0, residual_input));
  return infer(context);
}

Result<Kernel> prepare_fused(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  if (context.has_input(residual_input) && context.input_shape(residual_input) != context.output_shape(0)) {
    return fail(ErrorCode::invalid_model, "what is added has shape ", context.input_shape(residual_input),
                ", the output ", context.output_shape(0));
  }
  WEDGE_ASSIGN(const auto name, context.attributes().string("activation", ""));
  WEDGE_ASSIGN(const auto parameters, context.attributes().numbers("activation_params"));
  const auto parameter = [&](size_t i) { return i < parameters.size() ? std::optional(parameters[i]) : std::nullopt; };
  WEDGE_ASSIGN(const kernels::ConvFinish finish, activation_finish(name, parameter(0), parameter(1)));
  WEDGE_ASSIGN(Kernel kernel, prepare(context));
  return with_finish(std::move(kernel), finish, residual_input);
}

}  // namespace

WEDGE_OPERATOR(onnx, Conv) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};
WEDGE_OPERATOR(microsoft, FusedConv) = {
    .infer = infer_fused, .prepare = prepare_fused, .min_inputs = 2, .max_inputs = 4};

}  // namespace wedge
