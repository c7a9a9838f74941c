// Compress: the slices along an axis, or without one the elements, for which a condition holds. How many there are
// depends on the data. Moves elements by width.
#include <algorithm>
#include <cstring>

#include "ops/axis_split.h"
#include "ops/operator.h"
#include "ops/optional_axis.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::boolean}));
  WEDGE_TRY(context.expect_rank(1, 1, 1));
  SymbolicShape shape = SymbolicShape::of_rank(1);
  if (context.attributes().has("axis")) {
    shape = context.shape(0);
    if (shape.has_rank()) {
      WEDGE_ASSIGN(const auto axis, optional_axis(context, shape.rank()));
      shape[*axis] = Dim::unknown();
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<> compress(RunContext& run, const AxisSplit& split, std::optional<size_t> axis, size_t width) {
  const auto condition = run.input<bool>(1);
  const auto limit = std::min(condition.size(), static_cast<size_t>(split.count));
  if (const auto beyond = std::ranges::find(condition.subspan(limit), true); beyond != condition.end()) {
    return fail(ErrorCode::out_of_range, "the condition picks element ", beyond - condition.begin(), " of ",
                split.count);
  }
  const int64_t kept = std::ranges::count(condition, true);
  Shape shape = axis ? run.input(0).shape : Shape{kept};
  if (axis) shape[*axis] = kept;
  WEDGE_TRY(run.allocate_output(0, shape));
  const size_t slice = static_cast<size_t>(split.inner) * width;
  const std::byte* from = run.input(0).data;
  std::byte* to = run.output(0).data;
  if (slice == 0) return {};
  for (int64_t outer = 0; outer < split.outer; ++outer) {
    for (size_t i = 0; i < limit; ++i) {
      if (!condition[i]) continue;
      std::memcpy(to, from + i * slice, slice);
      to += slice;
    }
    from += static_cast<size_t>(split.count) * slice;
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  const size_t width = byte_width(context.dtype(0));
  if (width == 0) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  WEDGE_ASSIGN(const auto axis, optional_axis(context, shape.rank()));
  const AxisSplit split = axis ? AxisSplit(shape, *axis) : AxisSplit(1, shape.numel(), 1);
  return [=](RunContext& run) { return compress(run, split, axis, width); };
}

}  // namespace

WEDGE_OPERATOR(onnx, Compress) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2, .since = 9};

}  // namespace wedge
