// MaxPool and AveragePool over images whose channels are the last axis: passes make them, and com.microsoft has the
// former for 8-bit images.
#include "kernels/channels_last_pool.h"

#include "ops/channels_last.h"
#include "ops/window.h"

namespace wedge {
namespace {

Result<> infer_typed(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 3, 4));
  if (!context.shape(0).has_rank()) return {};
  SymbolicShape shape = channels_second(context.shape(0));
  WEDGE_ASSIGN(const Window window, read_window(context, shape.rank() - 2));
  WEDGE_ASSIGN(const auto outputs, window_outputs(window, shape.dims().subspan(2)));
  for (size_t i = 0; i < outputs.size(); ++i) shape[2 + i] = outputs[i];
  context.set_output(0, context.dtype(0), channels_last(shape));
  return {};
}

Result<> infer_max(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::u8, DType::i8}));
  return infer_typed(context);
}

Result<> infer_average(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32}));
  return infer_typed(context);
}

enum class Kind { maximum, average };

template <typename T>
Kernel max_kernel(const kernels::Pool2d& pool, size_t channels) {
  return [=](RunContext& run) -> Result<> {
    kernels::channels_last_max_pool2d(pool, channels, run.input<T>(0).data(), run.output<T>(0).data(), run.workers());
    return {};
  };
}

template <Kind kind>
Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const bool count_pads, context.attributes().flag("count_include_pad", false));
  const Shape input = channels_second(context.input_shape(0));
  const auto spatial = input.dims().subspan(2);
  WEDGE_ASSIGN(const Window window, read_window(context, spatial.size()));
  WEDGE_ASSIGN(const auto axes, place_window(window, spatial));
  const kernels::Pool2d pool{.planes = static_cast<size_t>(input[0]),
                             .height = axes.size() == 2 ? axes[0] : kernels::WindowAxis{},
                             .width = axes.back()};
  const auto channels = static_cast<size_t>(input[1]);
  context.name_kernel(kind == Kind::maximum ? "max_pool_channels_last" : "average_pool_channels_last");
  if constexpr (kind == Kind::maximum) {
    Kernel kernel = max_kernel<float>(pool, channels);
    if constexpr (built_in::has_type(DType::u8)) {
      if (context.dtype(0) == DType::u8) kernel = max_kernel<uint8_t>(pool, channels);
    }
    if constexpr (built_in::has_type(DType::i8)) {
      if (context.dtype(0) == DType::i8) kernel = max_kernel<int8_t>(pool, channels);
    }
    return kernel;
  }
  return Kernel([=](RunContext& run) -> Result<> {
    kernels::channels_last_average_pool2d(pool, count_pads, channels, run.input<float>(0).data(),
                                          run.output<float>(0).data(), run.workers());
    return {};
  });
}

}  // namespace

WEDGE_OPERATOR(microsoft, NhwcMaxPool) = {.infer = infer_max, .prepare = prepare<Kind::maximum>};
WEDGE_OPERATOR(wedge, ChannelsLastMaxPool) = {.infer = infer_max, .prepare = prepare<Kind::maximum>};
WEDGE_OPERATOR(wedge, ChannelsLastAveragePool) = {.infer = infer_average, .prepare = prepare<Kind::average>};

}  // namespace wedge
