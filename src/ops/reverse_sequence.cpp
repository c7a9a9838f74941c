// ReverseSequence: of every sequence of a batch, the first so many elements in reverse. Moves elements by width.
#include <algorithm>
#include <cstring>

#include "ops/strided_copy.h"

namespace wedge {
namespace {

struct Axes {
  bool batch_is_first;
};

Result<Axes> axes_of(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t batch, node.attributes().integer("batch_axis", 1));
  WEDGE_ASSIGN(const int64_t time, node.attributes().integer("time_axis", 0));
  if ((batch != 0 && batch != 1) || time != 1 - batch) {
    return fail(ErrorCode::invalid_model, "batch_axis and time_axis must be 0 and 1, got ", batch, " and ", time);
  }
  return Axes{.batch_is_first = batch == 0};
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(1, 1, 1));
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  WEDGE_ASSIGN(const Axes axes, axes_of(context));
  const SymbolicShape& shape = context.shape(0);
  if (shape.has_rank() && context.shape(1).has_rank() &&
      conflict(context.shape(1)[0], shape[axes.batch_is_first ? 0 : 1])) {
    return fail(ErrorCode::invalid_model, "lengths of shape ", context.shape(1), " do not fit ", shape);
  }
  return infer_same_as_input(context);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const Axes axes, axes_of(context));
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  const size_t slice = static_cast<size_t>(shape.numel(2, shape.rank())) * width;
  const auto batches = static_cast<size_t>(shape[axes.batch_is_first ? 0 : 1]);
  const auto times = static_cast<size_t>(shape[axes.batch_is_first ? 1 : 0]);
  return [=](RunContext& run) -> Result<> {
    const auto lengths = run.input<int64_t>(1);
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    for (size_t batch = 0; batch < batches; ++batch) {
      if (lengths[batch] < 0 || lengths[batch] > static_cast<int64_t>(times)) {
        return fail(ErrorCode::out_of_range, "a length of ", lengths[batch], " of ", times);
      }
      const auto length = static_cast<size_t>(lengths[batch]);
      const auto at = [&](size_t time) {
        return (axes.batch_is_first ? batch * times + time : time * batches + batch) * slice;
      };
      if (slice == 0) continue;
      for (size_t time = 0; time < times; ++time) {
        std::memcpy(out + at(time), in + at(time < length ? length - 1 - time : time), slice);
      }
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, ReverseSequence) = {
    .infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2, .since = 10};

}  // namespace wedge
