// DeformConv: a convolution in two dimensions whose window is bent by an offset for every tap, and weighted by a mask
// (Zhu et al., "Deformable ConvNets v2", 2019).
#include "ops/bilinear.h"
#include "ops/conv_geometry.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

constexpr ConvOperands operands = {.weights = 1, .bias = 3};

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  for (size_t i = 1; i < 5; ++i) WEDGE_TRY(context.expect_same_dtype(0, i));
  WEDGE_TRY(context.expect_rank(0, 4, 4));
  WEDGE_TRY(context.expect_rank(2, 4, 4));
  WEDGE_TRY(context.expect_rank(4, 4, 4));
  return infer_conv(context, context.dtype(0), operands);
}

struct Deformation {
  ConvGeometry conv;
  size_t offset_groups;
  size_t taps;
  size_t plane;  ///< elements of an input plane
  size_t output_plane;

  [[nodiscard]] const kernels::WindowAxis& height() const { return conv.axes[0]; }
  [[nodiscard]] const kernels::WindowAxis& width() const { return conv.axes[1]; }
};

Result<Deformation> read_deformation(const PrepareContext& context) {
  WEDGE_ASSIGN(auto conv, read_conv_geometry(context, operands));
  WEDGE_ASSIGN(const int64_t groups, context.attributes().integer("offset_group", 1));
  if (groups < 1 || conv.channels % static_cast<size_t>(groups) != 0) {
    return fail(ErrorCode::invalid_model, "offset_group ", groups, " does not divide ", conv.channels, " channels");
  }
  Deformation d{.conv = std::move(conv), .offset_groups = static_cast<size_t>(groups)};
  d.taps = d.height().kernel * d.width().kernel;
  d.plane = d.height().input * d.width().input;
  d.output_plane = d.height().output * d.width().output;
  const auto expect = [&](size_t input, size_t channels) -> Result<> {
    const Shape wanted = {static_cast<int64_t>(d.conv.batch), static_cast<int64_t>(channels),
                          static_cast<int64_t>(d.height().output), static_cast<int64_t>(d.width().output)};
    if (!context.has_input(input) || context.input_shape(input) == wanted) return {};
    return fail(ErrorCode::invalid_model, "input ", input, " must be ", wanted, ", got ", context.input_shape(input));
  };
  WEDGE_TRY(expect(2, d.offset_groups * d.taps * 2));
  WEDGE_TRY(expect(4, d.offset_groups * d.taps));
  return d;
}

template <typename T>
double number(const T* values, size_t i) {
  return static_cast<double>(static_cast<ArithmeticType<T>>(values[i]));
}

// What a tap of the window sees of the planes of one offset group.
template <typename T>
BilinearTaps seen(RunContext& run, const Deformation& d, size_t image, size_t group, size_t tap, size_t output) {
  const size_t row = output / d.width().output;
  const size_t column = output % d.width().output;
  const auto place = [](const kernels::WindowAxis& axis, size_t out, size_t k) {
    return static_cast<double>(out * axis.stride + k * axis.dilation) - static_cast<double>(axis.pad);
  };
  const T* offsets = run.input<T>(2).data();
  const size_t first = ((image * d.offset_groups + group) * d.taps + tap) * 2;
  const double y = place(d.height(), row, tap / d.width().kernel) + number(offsets, first * d.output_plane + output);
  const double x =
      place(d.width(), column, tap % d.width().kernel) + number(offsets, (first + 1) * d.output_plane + output);
  BilinearTaps taps =
      bilinear_taps(y, x, static_cast<int64_t>(d.height().input), static_cast<int64_t>(d.width().input));
  if (run.has_input(4)) {
    const double mask = number(run.input<T>(4).data(), first / 2 * d.output_plane + output);
    for (double& weight : taps.weight) weight *= mask;
  }
  return taps;
}

template <typename T>
double convolve(RunContext& run, const Deformation& d, size_t image, size_t channel, size_t output) {
  const size_t group_channels = d.conv.channels / d.conv.groups;
  const size_t first_channel = channel / (d.conv.output_channels / d.conv.groups) * group_channels;
  const size_t offset_channels = d.conv.channels / d.offset_groups;
  double sum = run.has_input(operands.bias) ? number(run.input<T>(operands.bias).data(), channel) : 0;
  for (size_t c = 0; c < group_channels; ++c) {
    const size_t input_channel = first_channel + c;
    const T* plane = run.input<T>(0).data() + (image * d.conv.channels + input_channel) * d.plane;
    for (size_t tap = 0; tap < d.taps; ++tap) {
      const BilinearTaps taps = seen<T>(run, d, image, input_channel / offset_channels, tap, output);
      double value = 0;
      for (size_t k = 0; k < 4; ++k) {
        if (taps.weight[k] != 0) value += taps.weight[k] * number(plane, static_cast<size_t>(taps.index[k]));
      }
      sum += value * number(run.input<T>(1).data(), (channel * group_channels + c) * d.taps + tap);
    }
  }
  return sum;
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(Deformation deformation, read_deformation(context));
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [d = std::move(deformation)](RunContext& run) -> Result<> {
      const auto out = run.output<T>(0);
      run.workers().run(out.size() / d.output_plane, 1, [&](size_t begin, size_t end, unsigned) {
        for (size_t i = begin * d.output_plane; i < end * d.output_plane; ++i) {
          const size_t plane = i / d.output_plane;
          const double sum =
              convolve<T>(run, d, plane / d.conv.output_channels, plane % d.conv.output_channels, i % d.output_plane);
          out[i] = static_cast<T>(static_cast<ArithmeticType<T>>(sum));
        }
      });
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, DeformConv) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 5};

}  // namespace wedge
