// ConvInteger and QLinearConv: convolutions of 8-bit integers, summed in 32 bits; the second scales and rounds them
// back to 8 bits.
#include <algorithm>

#include "kernels/integer_conv.h"
#include "kernels/reference_conv.h"
#include "kernels/transpose.h"
#include "ops/channels_last.h"
#include "ops/conv_geometry.h"
#include "ops/zero_points.h"

namespace wedge {
namespace {

constexpr size_t absent = SIZE_MAX;

// Which inputs are what.
struct Roles {
  size_t x_zero, w, w_zero;
  size_t bias = absent, x_scale = absent, w_scale = absent, y_scale = absent, y_zero = absent;
};
constexpr Roles integer_roles = {.x_zero = 2, .w = 1, .w_zero = 3};
constexpr Roles linear_roles = {
    .x_zero = 2, .w = 3, .w_zero = 5, .bias = 8, .x_scale = 1, .w_scale = 4, .y_scale = 6, .y_zero = 7};

Result<> infer_integer(InferContext& context) {
  WEDGE_TRY(expect_quantized(context, 0, integer_roles.x_zero));
  WEDGE_TRY(expect_quantized(context, integer_roles.w, integer_roles.w_zero));
  return infer_conv(context, DType::i32, {.weights = integer_roles.w, .bias = absent});
}

constexpr ConvOperands linear_operands = {.weights = linear_roles.w, .bias = linear_roles.bias};

Result<> expect_linear_types(const NodeView& context) {
  WEDGE_TRY(expect_quantized(context, 0, linear_roles.x_zero));
  WEDGE_TRY(expect_quantized(context, linear_roles.w, linear_roles.w_zero));
  WEDGE_TRY(context.expect_dtype(linear_roles.y_zero, {DType::u8, DType::i8}));
  WEDGE_TRY(context.expect_dtype(linear_roles.bias, {DType::i32}));
  for (const size_t i : {linear_roles.x_scale, linear_roles.w_scale, linear_roles.y_scale}) {
    WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  }
  return {};
}

Result<> infer_linear(InferContext& context) {
  WEDGE_TRY(expect_linear_types(context));
  return infer_conv(context, context.dtype(linear_roles.y_zero), linear_operands);
}

// The elements less their zero points, one for each of `lines` equal parts.
void widen(const TensorRef& from, const ZeroPoints& zeros, size_t lines, int32_t* to) {
  const auto count = static_cast<size_t>(from.numel());
  const size_t line = count / std::max<size_t>(lines, 1);
  for (size_t i = 0; i < count; ++i) {
    const int32_t value = from.dtype == DType::i8 ? from.as<int8_t>()[i] : from.as<uint8_t>()[i];
    to[i] = value - zeros[i / line];
  }
}

bool is_single(const PrepareContext& context, size_t input) {
  return input == absent || !context.has_input(input) || context.input_shape(input).numel() == 1;
}

bool suits_fast_kernel(const PrepareContext& context, const Roles& roles, const ConvGeometry& geometry) {
  return geometry.axes.size() <= 2 &&
         suits_fast_kernels(geometry.axes, static_cast<double>(geometry.batch * geometry.channels)) &&
         is_single(context, roles.x_zero) && context.input_shape(0).numel() > 0;
}

enum class Layout { channels_second, channels_last };

// The kernel wants the channels last: images that have them second are turned on the way in and out.
Result<Kernel> fast_kernel(PrepareContext& context, const Roles& roles, const kernels::Conv2d& shape, Layout layout) {
  const bool is_linear = roles.y_scale != absent;
  kernels::IntegerConv conv{
      .conv = shape, .x_is_signed = context.dtype(0) == DType::i8, .w_is_signed = context.dtype(roles.w) == DType::i8};
  if (is_linear) {
    conv.result = context.output_dtype(0) == DType::i8 ? kernels::IntegerResult::i8 : kernels::IntegerResult::u8;
  }
  const size_t packed_size = kernels::integer_conv_packed_bytes(conv);
  const std::string form =
      text("integer_conv ", kernels::integer_conv_form(conv), " groups ", shape.groups, is_linear ? " linear" : "");
  WEDGE_ASSIGN(const std::byte* constant, context.pack(roles.w, form, packed_size, [&](std::byte* packed) {
    kernels::integer_conv_pack(conv, TensorRef(*context.constant(roles.w)).data, packed);
  }));
  const size_t outputs = shape.output_channels;
  const size_t in_pixels = shape.height.input * shape.width.input;
  const size_t out_pixels = shape.height.output * shape.width.output;
  const size_t y_width = byte_width(context.output_dtype(0));
  const bool turns = layout == Layout::channels_second;
  const Scratch packed_at_run = context.scratch(constant == nullptr ? packed_size : 0);
  const Scratch turned_x = context.scratch(turns ? shape.batch * shape.channels : 0, 1, in_pixels);
  const Scratch turned_y = context.scratch(turns ? shape.batch * outputs : 0, y_width, out_pixels);
  const Scratch zeros = context.scratch(outputs, sizeof(int32_t));
  const Scratch scales = context.scratch(is_linear ? outputs : 0, sizeof(float));
  const Scratch scratch = context.scratch(kernels::integer_conv_scratch_bytes(conv, context.workers()));
  context.name_kernel(kernels::integer_conv_method(conv));
  return Kernel([=](RunContext& run) -> Result<> {
    kernels::IntegerConvOperands operands;
    operands.packed_w = constant;
    if (constant == nullptr) {
      kernels::integer_conv_pack(conv, run.input(roles.w).data, run.scratch(packed_at_run));
      operands.packed_w = run.scratch(packed_at_run);
    }
    operands.x_zero = ZeroPoints(run, roles.x_zero)[0];
    if (read_zero_points(run, roles.w_zero, outputs, run.scratch<int32_t>(zeros))) {
      operands.w_zeros = run.scratch<int32_t>(zeros);
    }
    if (run.has_input(roles.bias)) operands.bias = run.input<int32_t>(roles.bias).data();
    if (is_linear) {
      const float tensor_scale = Scales(run, roles.x_scale)[0] / Scales(run, roles.y_scale)[0];
      read_scales(run, roles.w_scale, tensor_scale, outputs, run.scratch<float>(scales));
      operands.scales = run.scratch<float>(scales);
      operands.y_zero = ZeroPoints(run, roles.y_zero)[0];
    }
    operands.x = run.input(0).data;
    operands.y = run.output(0).data;
    constexpr size_t turn[] = {0, 2, 1};
    if (turns) {
      const size_t dims[] = {shape.batch, shape.channels, in_pixels};
      kernels::transpose(dims, turn, 1, run.input(0).data, run.scratch(turned_x), run.workers());
      operands.x = run.scratch(turned_x);
      operands.y = run.scratch(turned_y);
    }
    kernels::integer_conv2d(conv, operands, run.scratch(scratch), run.workers());
    if (turns) {
      const size_t dims[] = {shape.batch, out_pixels, outputs};
      kernels::transpose(dims, turn, y_width, run.scratch(turned_y), run.output(0).data, run.workers());
    }
    return {};
  });
}

// Runs finish(run, sums), the output's elements in 32 bits.
template <typename Finish>
Result<Kernel> conv_kernel(PrepareContext& context, const Roles& roles, Finish finish) {
  const auto elements = [](const Shape& shape) { return static_cast<size_t>(shape.numel()) * sizeof(int32_t); };
  WEDGE_ASSIGN(const ConvGeometry geometry, read_conv_geometry(context, {.weights = roles.w, .bias = roles.bias}));
  WEDGE_TRY(expect_count(context, roles.x_zero, {}));
  WEDGE_TRY(expect_count(context, roles.w_zero, {geometry.output_channels}));
  context.count_int8_operations(geometry.operations());
  if (suits_fast_kernel(context, roles, geometry)) {
    return fast_kernel(context, roles, geometry.two_dimensional(), Layout::channels_second);
  }
  const Scratch input = context.scratch(elements(context.input_shape(0)));
  const Scratch weights = context.scratch(elements(context.input_shape(roles.w)));
  const Scratch output = context.scratch(elements(context.output_shape(0)));
  return Kernel([=](RunContext& run) -> Result<> {
    widen(run.input(0), ZeroPoints(run, roles.x_zero), 1, run.scratch<int32_t>(input));
    widen(run.input(roles.w), ZeroPoints(run, roles.w_zero), geometry.output_channels, run.scratch<int32_t>(weights));
    const int32_t* bias = run.has_input(roles.bias) ? run.input<int32_t>(roles.bias).data() : nullptr;
    reference::conv<int32_t, uint32_t>(geometry.batch, geometry.channels, geometry.output_channels, geometry.groups,
                                       geometry.axes, run.scratch<int32_t>(input), run.scratch<int32_t>(weights), bias,
                                       run.scratch<int32_t>(output));
    finish(run, run.scratch<int32_t>(output));
    return {};
  });
}

Result<Kernel> prepare_integer(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  return conv_kernel(context, integer_roles, [](RunContext& run, const int32_t* sums) {
    std::copy_n(sums, run.output<int32_t>(0).size(), run.output<int32_t>(0).data());
  });
}

Result<> expect_linear_counts(const PrepareContext& context, size_t channels) {
  WEDGE_TRY(expect_count(context, linear_roles.w_scale, {channels}));
  for (const size_t i : {linear_roles.x_scale, linear_roles.y_scale, linear_roles.y_zero}) {
    WEDGE_TRY(expect_count(context, i, {}));
  }
  return {};
}

Result<Kernel> prepare_linear(PrepareContext& context) {
  const Shape shape = context.output_shape(0);
  if (shape.numel() == 0) return Kernel();
  const auto channels = static_cast<size_t>(shape[1]);
  const auto plane = static_cast<size_t>(shape.numel(2, shape.rank()));
  WEDGE_TRY(expect_linear_counts(context, channels));
  return conv_kernel(context, linear_roles, [=](RunContext& run, const int32_t* sums) {
    const float tensor_scale = Scales(run, linear_roles.x_scale)[0] / Scales(run, linear_roles.y_scale)[0];
    const Scales w_scales(run, linear_roles.w_scale);
    const auto count = static_cast<size_t>(run.output(0).numel());
    requantize(
        {sums, count}, [&](size_t i) { return tensor_scale * w_scales[i / plane % channels]; },
        ZeroPoints(run, linear_roles.y_zero)[0], run.output(0), 0);
  });
}

Result<> infer_channels_last(InferContext& context) {
  WEDGE_TRY(expect_linear_types(context));
  return infer_channels_last_conv(context, context.dtype(linear_roles.y_zero), linear_operands);
}

Result<Kernel> prepare_channels_last(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const ConvGeometry geometry, read_channels_last_conv(context, linear_operands));
  context.count_int8_operations(geometry.operations());
  WEDGE_TRY(expect_count(context, linear_roles.x_zero, {}));
  WEDGE_TRY(expect_count(context, linear_roles.w_zero, {geometry.output_channels}));
  WEDGE_TRY(expect_linear_counts(context, geometry.output_channels));
  if (context.input_shape(0).numel() == 0) return fail(ErrorCode::unsupported, "a convolution of no channels");
  return fast_kernel(context, linear_roles, geometry.two_dimensional(), Layout::channels_last);
}

}  // namespace

WEDGE_OPERATOR(onnx, ConvInteger) = {
    .infer = infer_integer, .prepare = prepare_integer, .min_inputs = 2, .max_inputs = 4};
WEDGE_OPERATOR(onnx, QLinearConv) = {
    .infer = infer_linear, .prepare = prepare_linear, .min_inputs = 8, .max_inputs = 9};
/// QLinearConv over images whose channels are the last axis. Passes make it.
WEDGE_OPERATOR(wedge, ChannelsLastQLinearConv) = {
    .infer = infer_channels_last, .prepare = prepare_channels_last, .min_inputs = 8, .max_inputs = 9};

}  // namespace wedge
