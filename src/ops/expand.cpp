// Expand: dimensions of 1 repeated until the input and the shape asked for agree.
#include <algorithm>

#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const auto wanted, context.integers(1));
  const SymbolicShape& input = context.shape(0);
  if (!wanted || !input.has_rank()) {
    context.set_output(0, context.dtype(0), {});
    return {};
  }
  const size_t rank = std::max(wanted->size(), input.rank());
  if (rank > Shape::max_rank) return fail(ErrorCode::unsupported, "the output would have rank ", rank);
  SymbolicShape shape = SymbolicShape::of_rank(rank);
  for (size_t i = 0; i < rank; ++i) {
    // Both align at their last dimensions.
    const Dim dim = i + input.rank() < rank ? Dim(1) : input[i + input.rank() - rank];
    const int64_t target = i + wanted->size() < rank ? 1 : (*wanted)[i + wanted->size() - rank];
    if (target < 0) return fail(ErrorCode::invalid_model, "the shape asked for has a negative dimension: ", target);
    if (target != 1 && !dim.is(1) && conflict(dim, target)) {
      return fail(ErrorCode::invalid_model, "cannot expand ", input, ": a dimension of ", dim.value(),
                  " does not become ", target);
    }
    shape[i] = target == 1 ? dim : Dim(target);
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  StridedReading reading{.shape = context.output_shape(0)};
  if (reading.shape.numel() == 0) return Kernel();
  const Shape input = context.input_shape(0);
  const Strides strides = dense_strides(input);
  const size_t added = reading.shape.rank() - input.rank();
  for (size_t axis = 0; axis < input.rank(); ++axis) {
    if (input[axis] != 1) reading.strides[added + axis] = strides[axis];
  }
  return prepare_strided(context, reading);
}

}  // namespace

WEDGE_OPERATOR(onnx, Expand) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
