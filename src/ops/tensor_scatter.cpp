// TensorScatter: new elements written into a cache, at a place along an axis that each of a batch names. Moves
// elements by width.
#include <cstring>

#include "ops/axis_split.h"
#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<size_t> axis_of(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const int64_t wanted, node.attributes().integer("axis", -2));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, rank));
  if (axis == 0) return fail(ErrorCode::invalid_model, "the axis must not be the batch's");
  return axis;
}

Result<bool> is_circular(const NodeView& node) {
  WEDGE_ASSIGN(const auto mode, node.attributes().string("mode", "linear"));
  if (mode != "linear" && mode != "circular") return fail(ErrorCode::invalid_model, "unknown mode '", mode, "'");
  return mode == "circular";
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_dtype(2, {DType::i64}));
  WEDGE_TRY(context.expect_rank(2, 1, 1));
  WEDGE_TRY(is_circular(context));
  const SymbolicShape& cache = context.shape(0);
  const SymbolicShape& update = context.shape(1);
  if (cache.has_rank() && update.has_rank()) {
    WEDGE_ASSIGN(const size_t axis, axis_of(context, cache.rank()));
    bool fits = cache.rank() == update.rank();
    for (size_t i = 0; fits && i < cache.rank(); ++i) fits = i == axis || !conflict(cache[i], update[i]);
    if (fits && cache[axis].is_known() && update[axis].is_known()) fits = update[axis].value() <= cache[axis].value();
    if (!fits) return fail(ErrorCode::invalid_model, "an update of shape ", update, " does not fit ", cache);
    if (context.has_input(2) && context.shape(2).has_rank() && conflict(context.shape(2)[0], cache[0])) {
      return fail(ErrorCode::invalid_model, "expected a place for each of ", cache, ", got ", context.shape(2));
    }
  }
  return infer_same_as_input(context);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  if (shape.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const size_t axis, axis_of(context, shape.rank()));
  WEDGE_ASSIGN(const bool circular, is_circular(context));
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  const AxisSplit cache(shape, axis);
  const int64_t updates = context.input_shape(1)[axis];
  const size_t slice = static_cast<size_t>(cache.inner) * width;
  const int64_t lines = cache.outer / shape[0];
  // A cache written into itself is read after it has changed.
  if (context.node().inputs[0] != context.node().inputs[1]) context.in_place(0, 0);
  return [=](RunContext& run) -> Result<> {
    const std::byte* update = run.input(1).data;
    std::byte* out = run.output(0).data;
    if (out != run.input(0).data) std::memcpy(out, run.input(0).data, run.output(0).byte_size());
    for (int64_t outer = 0; outer < cache.outer; ++outer) {
      const int64_t start = run.has_input(2) ? run.input<int64_t>(2)[static_cast<size_t>(outer / lines)] : 0;
      if (start < 0 || start > cache.count || (!circular && start > cache.count - updates)) {
        return fail(ErrorCode::out_of_range, updates, " elements do not fit at ", start, " of ", cache.count);
      }
      for (int64_t i = 0; i < updates; ++i) {
        const int64_t at = outer * cache.count + (start + i) % cache.count;
        std::memcpy(out + static_cast<size_t>(at) * slice, update, slice);
        update += slice;
      }
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, TensorScatter) = {
    .infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 3, .since = 24};

}  // namespace wedge
