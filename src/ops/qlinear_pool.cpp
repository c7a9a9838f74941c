// QLinearAveragePool and QLinearGlobalAveragePool: means of 8-bit numbers, in other steps.
#include <numeric>

#include "ops/channels_last.h"
#include "ops/pool.h"
#include "ops/qlinear.h"

namespace wedge {
namespace {

constexpr size_t x_scale = 1;
constexpr size_t y_scale = 3;

Result<> expect_types(const NodeView& node) {
  WEDGE_TRY(node.expect_present({x_scale, y_scale}));
  WEDGE_TRY(expect_qlinear(node, {.numbers = 0, .scale = x_scale}));
  WEDGE_TRY(node.expect_dtype(y_scale, {DType::f32}));
  WEDGE_TRY(node.expect_same_dtype(0, y_scale + 1));
  return node.expect_rank(0, 3, Shape::max_rank);
}

// The shape rule of `window_of` images, whichever axis their channels are.
template <typename Outputs>
Result<> infer_pooled(InferContext& context, Outputs outputs_of) {
  WEDGE_TRY(expect_types(context));
  WEDGE_ASSIGN(const bool last, context.attributes().flag("channels_last", false));
  context.set_output(0, context.dtype(0), {});
  if (!context.shape(0).has_rank()) return {};
  SymbolicShape shape = last ? channels_second(context.shape(0)) : context.shape(0);
  WEDGE_ASSIGN(const std::vector<Dim> outputs, outputs_of(shape));
  for (size_t i = 0; i < outputs.size(); ++i) shape[2 + i] = outputs[i];
  context.set_output(0, context.dtype(0), last ? channels_last(shape) : shape);
  return {};
}

Result<> infer_average(InferContext& context) {
  return infer_pooled(context, [&](const SymbolicShape& shape) -> Result<std::vector<Dim>> {
    WEDGE_ASSIGN(const Window window, read_window(context, shape.rank() - 2));
    return window_outputs(window, shape.dims().subspan(2));
  });
}

Result<> infer_global(InferContext& context) {
  return infer_pooled(context, [](const SymbolicShape& shape) -> Result<std::vector<Dim>> {
    return std::vector<Dim>(shape.rank() - 2, Dim(1));
  });
}

// Where element (image, channel, pixel) stands.
struct Places {
  size_t channels, pixels;
  bool last;

  [[nodiscard]] size_t at(size_t plane, size_t pixel) const {
    if (!last) return plane * pixels + pixel;
    return (plane / channels * pixels + pixel) * channels + plane % channels;
  }
};

template <typename T>
Kernel pool_kernel(Pool pool, size_t channels, bool last, bool count_pads) {
  return [=, pool = std::move(pool)](RunContext& run) -> Result<> {
    const auto from = read_quantization(run, x_scale);
    const auto to = read_quantization(run, y_scale);
    const T* x = run.input<T>(0).data();
    T* y = run.output<T>(0).data();
    const Places in{.channels = channels, .pixels = pool.input_plane, .last = last};
    const Places out{.channels = channels, .pixels = pool.output_plane, .last = last};
    for_each_pooled(pool, run.workers(), [&](size_t plane, size_t output) {
      int64_t sum = 0;
      size_t seen = 0;
      for_each_seen(pool, output, [&](size_t pixel) {
        sum += x[in.at(plane, pixel)] - from.zero;
        ++seen;
      });
      const size_t count = std::max<size_t>(count_pads ? padded_count(pool, output) : seen, 1);
      const float mean = static_cast<float>(sum) * (from.scale / static_cast<float>(count));
      kernels::quantize_f32(&mean, to.scale, to.zero, y + out.at(plane, output), 1);
    });
    return {};
  };
}

Result<Kernel> prepare_pool(PrepareContext& context, bool last, std::vector<kernels::WindowAxis> axes,
                            bool count_pads) {
  WEDGE_TRY(expect_one_quantization(context, x_scale));
  WEDGE_TRY(expect_one_quantization(context, y_scale));
  const Shape shape = last ? channels_second(context.input_shape(0)) : context.input_shape(0);
  Pool pool{.planes = static_cast<size_t>(shape.numel(0, 2)),
            .input_plane = static_cast<size_t>(shape.numel(2, shape.rank())),
            .axes = std::move(axes)};
  pool.output_plane = std::accumulate(pool.axes.begin(), pool.axes.end(), size_t{1},
                                      [](size_t product, const auto& axis) { return product * axis.output; });
  const auto channels = static_cast<size_t>(shape[1]);
  return visit_bytes(context.dtype(0), [&]<typename T>() -> Kernel {
    return pool_kernel<T>(std::move(pool), channels, last, count_pads);
  });
}

Result<Kernel> prepare_average(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const bool last, context.attributes().flag("channels_last", false));
  WEDGE_ASSIGN(const bool count_pads, context.attributes().flag("count_include_pad", false));
  const Shape shape = last ? channels_second(context.input_shape(0)) : context.input_shape(0);
  const auto spatial = shape.dims().subspan(2);
  WEDGE_ASSIGN(const Window window, read_window(context, spatial.size()));
  WEDGE_ASSIGN(auto axes, place_window(window, spatial));
  return prepare_pool(context, last, std::move(axes), count_pads);
}

Result<Kernel> prepare_global(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const bool last, context.attributes().flag("channels_last", false));
  const Shape shape = last ? channels_second(context.input_shape(0)) : context.input_shape(0);
  if (shape.numel() == 0) return fail(ErrorCode::unsupported, "the mean of nothing has no 8-bit number");
  std::vector<kernels::WindowAxis> axes;
  for (size_t i = 2; i < shape.rank(); ++i) {
    const auto size = static_cast<size_t>(shape[i]);
    axes.push_back({.input = size, .output = 1, .kernel = size});
  }
  return prepare_pool(context, last, std::move(axes), false);
}

}  // namespace

WEDGE_OPERATOR(microsoft, QLinearAveragePool) = {
    .infer = infer_average, .prepare = prepare_average, .min_inputs = 2, .max_inputs = 5};
WEDGE_OPERATOR(microsoft, QLinearGlobalAveragePool) = {
    .infer = infer_global, .prepare = prepare_global, .min_inputs = 5, .max_inputs = 5};

}  // namespace wedge
