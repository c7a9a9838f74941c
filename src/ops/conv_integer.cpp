// ConvInteger and QLinearConv: convolutions of 8-bit integers, summed in 32 bits; the second scales and rounds them
// back to 8 bits.
#include <algorithm>

#include "kernels/reference_conv.h"
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

Result<> infer_linear(InferContext& context) {
  WEDGE_TRY(expect_quantized(context, 0, linear_roles.x_zero));
  WEDGE_TRY(expect_quantized(context, linear_roles.w, linear_roles.w_zero));
  WEDGE_TRY(context.expect_dtype(linear_roles.y_zero, {DType::u8, DType::i8}));
  WEDGE_TRY(context.expect_dtype(linear_roles.bias, {DType::i32}));
  for (const size_t i : {linear_roles.x_scale, linear_roles.w_scale, linear_roles.y_scale}) {
    WEDGE_TRY(context.expect_dtype(i, {DType::f32}));
  }
  return infer_conv(context, context.dtype(linear_roles.y_zero),
                    {.weights = linear_roles.w, .bias = linear_roles.bias});
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

// Runs finish(run, sums), the output's elements in 32 bits.
template <typename Finish>
Result<Kernel> conv_kernel(PrepareContext& context, const Roles& roles, Finish finish) {
  const auto elements = [](const Shape& shape) { return static_cast<size_t>(shape.numel()) * sizeof(int32_t); };
  WEDGE_ASSIGN(const ConvGeometry geometry, read_conv_geometry(context, {.weights = roles.w, .bias = roles.bias}));
  WEDGE_TRY(expect_count(context, roles.x_zero, {}));
  WEDGE_TRY(expect_count(context, roles.w_zero, {geometry.output_channels}));
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

Result<Kernel> prepare_linear(PrepareContext& context) {
  const Shape shape = context.output_shape(0);
  if (shape.numel() == 0) return Kernel();
  const auto channels = static_cast<size_t>(shape[1]);
  const auto plane = static_cast<size_t>(shape.numel(2, shape.rank()));
  WEDGE_TRY(expect_count(context, linear_roles.w_scale, {channels}));
  for (const size_t i : {linear_roles.x_scale, linear_roles.y_scale, linear_roles.y_zero}) {
    WEDGE_TRY(expect_count(context, i, {}));
  }
  return conv_kernel(context, linear_roles, [=](RunContext& run, const int32_t* sums) {
    const float tensor_scale = Scales(run, linear_roles.x_scale)[0] / Scales(run, linear_roles.y_scale)[0];
    const Scales w_scales(run, linear_roles.w_scale);
    const auto count = static_cast<size_t>(run.output(0).numel());
    requantize(
        {sums, count}, [&](size_t i) { return tensor_scale * w_scales[i / plane % channels]; },
        ZeroPoints(run, linear_roles.y_zero)[0], run.output(0), 0);
  });
}

}  // namespace

WEDGE_OPERATOR(onnx, ConvInteger) = {
    .infer = infer_integer, .prepare = prepare_integer, .min_inputs = 2, .max_inputs = 4};
WEDGE_OPERATOR(onnx, QLinearConv) = {
    .infer = infer_linear, .prepare = prepare_linear, .min_inputs = 8, .max_inputs = 9};

}  // namespace wedge
