// Conv over images whose channels are the last axis, with what follows it: an addition of a tensor as large as the
// output (input 3) and an activation. Passes make it; the weights are M, C/group, spatial … as Conv's.
#include "kernels/channels_last.h"
#include "ops/channels_last.h"
#include "ops/conv_geometry.h"
#include "ops/fused_activation.h"

namespace wedge {
namespace {

constexpr size_t bias_input = 2;
constexpr size_t residual_input = 3;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32}));
  for (size_t i = 1; i < context.input_count(); ++i) WEDGE_TRY(context.expect_same_dtype(0, i));
  return infer_channels_last_conv(context, DType::f32, {.weights = 1, .bias = bias_input});
}

std::string_view kernel_name(kernels::ConvMethod method) {
  switch (method) {
    case kernels::ConvMethod::direct: break;
    case kernels::ConvMethod::depthwise: return "conv_depthwise_f32";
    case kernels::ConvMethod::winograd_2: return "conv_winograd2_f32";
    case kernels::ConvMethod::winograd_4: return "conv_winograd4_f32";
  }
  return "conv_direct_f32";
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  if (context.input_shape(0).numel() == 0) return fail(ErrorCode::unsupported, "a convolution of no channels");
  WEDGE_ASSIGN(const ConvGeometry geometry, read_channels_last_conv(context));
  context.count_operations(geometry.operations());
  const kernels::Conv2d conv = geometry.two_dimensional();
  const bool has_residual = context.has_input(residual_input);
  if (has_residual && context.input_shape(residual_input) != context.output_shape(0)) {
    return fail(ErrorCode::invalid_model, "what is added must be as large as the output");
  }
  WEDGE_ASSIGN(const bool winograd, context.attributes().flag("winograd", false));
  WEDGE_ASSIGN(const kernels::ConvFinish finish, read_fused_activation(context.attributes()));
  const kernels::ConvMethod method = kernels::choose_conv_method(conv, winograd);
  WEDGE_ASSIGN(const std::byte* constant, pack_channels_last(context, 1, conv, method));
  const size_t packed_size = kernels::channels_last_packed_bytes(conv, method);
  const Scratch packed_at_run = context.scratch(constant == nullptr ? packed_size : 0);
  const Scratch scratch = context.scratch(kernels::channels_last_scratch_bytes(conv, method, context.workers()));
  const std::vector<ValueId>& inputs = context.node().inputs;
  if (has_residual && inputs[0] != inputs[residual_input]) context.in_place(0, residual_input);
  context.name_kernel(kernel_name(method));
  return [=](RunContext& run) -> Result<> {
    const std::byte* weights = constant;
    if (weights == nullptr) {
      kernels::channels_last_pack(conv, method, run.input<float>(1).data(), run.scratch(packed_at_run), run.workers());
      weights = run.scratch(packed_at_run);
    }
    kernels::ConvFinish with = finish;
    if (run.has_input(bias_input)) with.bias = run.input<float>(bias_input).data();
    if (has_residual) with.residual = run.input<float>(residual_input).data();
    kernels::channels_last_conv2d(conv, method, run.input<float>(0).data(), weights, with, run.output<float>(0).data(),
                                  run.scratch(scratch), run.workers());
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(wedge, ChannelsLastConv) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 4};

}  // namespace wedge
