// ConvTranspose: the gradient of a convolution; one and two spatial axes of f32 are fast. ActivatedConvTranspose, which
// passes make, applies an activation to its result.
#include "kernels/conv_transpose.h"

#include <algorithm>

#include "ops/conv_geometry.h"
#include "ops/finish.h"
#include "ops/fused_activation.h"

namespace wedge {
namespace {

/// The window, and what it leaves open about the size of the output.
struct Spread {
  Window window;
  std::span<const int64_t> output_padding;  ///< may be empty
  std::span<const int64_t> output_shape;    ///< may be empty
};

Result<std::span<const int64_t>> optional_list(const NodeView& node, std::string_view name, size_t count) {
  WEDGE_ASSIGN(const auto list, node.attributes().integers(name));
  if (!list.empty() && list.size() != count) {
    return fail(ErrorCode::invalid_model, name, " must list ", count, " numbers, got ", list.size());
  }
  const auto out_of_bounds = std::ranges::find_if(list, [](int64_t x) { return x < 0 || x > INT32_MAX; });
  if (out_of_bounds != list.end()) return fail(ErrorCode::invalid_model, name, " cannot contain ", *out_of_bounds);
  return list;
}

Result<std::optional<Spread>> read_spread(const NodeView& node) {
  WEDGE_ASSIGN(auto window, read_conv_window(node));
  if (!window) return std::nullopt;
  const size_t rank = window->axes.size();
  Spread spread{.window = *std::move(window), .output_padding = {}, .output_shape = {}};
  WEDGE_ASSIGN(spread.output_padding, optional_list(node, "output_padding", rank));
  WEDGE_ASSIGN(spread.output_shape, optional_list(node, "output_shape", rank));
  return spread;
}

Result<kernels::WindowAxis> place(const Spread& spread, size_t i, int64_t input) {
  Window::Axis axis = spread.window.axes[i];
  const int64_t padding = spread.output_padding.empty() ? 0 : spread.output_padding[i];
  // All that the input reaches, before pads cut it.
  const int64_t reach =
      saturating_add(saturating_mul(std::max<int64_t>(0, input - 1), axis.stride), padding + axis.extent());
  const auto auto_pad = spread.window.auto_pad;
  const bool same = auto_pad == Window::AutoPad::same_upper || auto_pad == Window::AutoPad::same_lower;
  int64_t output = 0;
  if (same || !spread.output_shape.empty()) {
    output = spread.output_shape.empty() ? saturating_mul(input, axis.stride) : spread.output_shape[i];
    const int64_t total = std::max<int64_t>(0, reach - output);
    axis.begin = auto_pad == Window::AutoPad::same_upper ? total / 2 : total - total / 2;
  } else {
    output = reach - axis.begin - axis.end;
  }
  if (output < 0) {
    return fail(ErrorCode::invalid_model, "pads of ", axis.begin, " and ", axis.end, " leave nothing of an output of ",
                reach);
  }
  WEDGE_TRY(expect_addresses(static_cast<double>(reach)));
  return kernels::WindowAxis{.input = static_cast<size_t>(input),
                             .output = static_cast<size_t>(output),
                             .kernel = static_cast<size_t>(axis.kernel),
                             .stride = static_cast<size_t>(axis.stride),
                             .dilation = static_cast<size_t>(axis.dilation),
                             .pad = static_cast<ptrdiff_t>(axis.begin)};
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(expect_conv_inputs(context));
  const SymbolicShape& input = context.shape(0);
  const SymbolicShape& weights = context.shape(1);
  context.set_output(0, context.dtype(0), {});
  if (!input.has_rank() && !weights.has_rank()) return {};
  SymbolicShape shape = SymbolicShape::of_rank(input.has_rank() ? input.rank() : weights.rank());
  if (weights.has_rank()) {
    WEDGE_ASSIGN(const int64_t groups, conv_groups(context, weights[0]));
    shape[1] = weights[1] * groups;
    if (input.has_rank() && conflict(input[1], weights[0])) {
      return fail(ErrorCode::invalid_model, "weights of shape ", weights, " do not fit input of shape ", input);
    }
    WEDGE_TRY(expect_bias(context, shape[1]));
  }
  WEDGE_ASSIGN(const auto spread, read_spread(context));
  if (input.has_rank()) {
    shape[0] = input[0];
    for (size_t i = 0; spread && i + 2 < shape.rank(); ++i) {
      if (!input[2 + i].is_known()) continue;
      WEDGE_ASSIGN(const auto axis, place(*spread, i, input[2 + i].value()));
      shape[2 + i] = static_cast<int64_t>(axis.output);
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<ConvGeometry> read_geometry(const PrepareContext& context) {
  const Shape input = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t groups, conv_groups(context, input[1]));
  WEDGE_ASSIGN(const auto spread, read_spread(context));
  if (!spread) return fail(ErrorCode::internal, "planned before the shape of its weights is known");
  ConvGeometry geometry{.batch = static_cast<size_t>(input[0]),
                        .channels = static_cast<size_t>(input[1]),
                        .output_channels = static_cast<size_t>(context.output_shape(0)[1]),
                        .groups = static_cast<size_t>(groups),
                        .axes = {}};
  for (size_t i = 0; i + 2 < input.rank(); ++i) {
    WEDGE_ASSIGN(const auto axis, place(*spread, i, input[2 + i]));
    geometry.axes.push_back(axis);
  }
  return geometry;
}

Result<Kernel> prepare_with(PrepareContext& context, const kernels::ConvFinish& finish) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const ConvGeometry geometry, read_geometry(context));
  context.count_operations(geometry.operations(&kernels::WindowAxis::input));
  const bool empty = context.input_shape(0).numel() == 0;
  if (context.dtype(0) != DType::f32 || !suits_fast_kernels(geometry.axes) || empty) {
    WEDGE_ASSIGN(Kernel kernel, prepare_reference_conv(context, ConvDirection::transposed, geometry));
    return with_finish(std::move(kernel), finish, SIZE_MAX);
  }
  const kernels::Conv2d conv = geometry.two_dimensional();
  const size_t packed_size = kernels::conv_transpose2d_packed_weights_bytes(conv);
  WEDGE_ASSIGN(const std::byte* constant,
               context.pack(1, geometry.form("conv_transpose2d"), packed_size, [&](std::byte* packed) {
                 const TensorRef weights(*context.constant(1));
                 kernels::conv_transpose2d_pack_weights(conv, weights.as<const float>().data(), packed);
               }));
  const Scratch packed_at_run = context.scratch(constant == nullptr ? packed_size : 0);
  const Scratch scratch = context.scratch(kernels::conv_transpose2d_scratch_bytes(conv, context.workers()));
  context.name_kernel("conv_transpose2d_f32");
  return [=](RunContext& run) -> Result<> {
    const std::byte* weights = constant;
    if (weights == nullptr) {
      kernels::conv_transpose2d_pack_weights(conv, run.input<float>(1).data(), run.scratch(packed_at_run));
      weights = run.scratch(packed_at_run);
    }
    auto own = finish;
    if (run.has_input(2)) own.bias = run.input<float>(2).data();
    kernels::conv_transpose2d(conv, run.input<float>(0).data(), weights, own, run.output<float>(0).data(),
                              run.scratch(scratch), run.workers());
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) { return prepare_with(context, {}); }

Result<Kernel> prepare_activated(PrepareContext& context) {
  WEDGE_ASSIGN(const kernels::ConvFinish finish, read_fused_activation(context.attributes()));
  return prepare_with(context, finish);
}

}  // namespace

WEDGE_OPERATOR(onnx, ConvTranspose) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3};
WEDGE_OPERATOR(wedge, ActivatedConvTranspose) = {
    .infer = infer, .prepare = prepare_activated, .min_inputs = 2, .max_inputs = 3};

}  // namespace wedge
