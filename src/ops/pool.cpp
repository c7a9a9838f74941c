#include "ops/pool.h"

namespace wedge {

Result<> infer_pool(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 3, Shape::max_rank));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    WEDGE_ASSIGN(const Window window, read_window(context, shape.rank() - 2));
    WEDGE_ASSIGN(const auto outputs, window_outputs(window, context.shape(0).dims().subspan(2)));
    for (size_t i = 0; i < outputs.size(); ++i) shape[2 + i] = outputs[i];
  }
  context.set_output(0, context.dtype(0), shape);
  context.set_output(1, DType::i64, shape);
  return {};
}

Result<Pool> read_pool(const PrepareContext& context) {
  const Shape input = context.input_shape(0);
  const auto spatial = input.dims().subspan(2);
  WEDGE_ASSIGN(const Window window, read_window(context, spatial.size()));
  Pool pool{.planes = static_cast<size_t>(input.numel(0, 2)),
            .input_plane = static_cast<size_t>(input.numel(2, input.rank())),
            .output_plane = static_cast<size_t>(context.output_shape(0).numel(2, input.rank())),
            .axes = {}};
  WEDGE_ASSIGN(pool.axes, place_window(window, spatial));
  return pool;
}

std::optional<kernels::Pool2d> fast_pool(const PrepareContext& context, const Pool& pool) {
  if (context.dtype(0) != DType::f32 || !suits_fast_kernels(pool.axes)) return std::nullopt;
  if (!std::ranges::all_of(pool.axes, always_sees_input)) return std::nullopt;
  return kernels::Pool2d{.planes = pool.planes,
                         .height = pool.axes.size() == 2 ? pool.axes[0] : kernels::WindowAxis{},
                         .width = pool.axes.back()};
}

size_t padded_count(const Pool& pool, size_t output) {
  size_t count = 1;
  for (size_t i = pool.axes.size(); i-- > 0;) {
    kernels::WindowAxis axis = pool.axes[i];
    axis.input += static_cast<size_t>(axis.pad + axis.pad_end);
    axis.pad = 0;
    const Reach span = reach(axis, output % axis.output);
    count *= static_cast<size_t>(span.end - span.begin);
    output /= axis.output;
  }
  return count;
}

}  // namespace wedge
