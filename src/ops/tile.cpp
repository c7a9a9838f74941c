// Tile: the input repeated along its axes.
#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const auto repeats, context.integers(1));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    if (repeats && repeats->size() != shape.rank()) {
      return fail(ErrorCode::invalid_model, "repeats lists ", repeats->size(), " numbers for shape ", shape);
    }
    for (size_t axis = 0; axis < shape.rank(); ++axis) {
      if (repeats && (*repeats)[axis] < 0) {
        return fail(ErrorCode::invalid_model, "repeats has a negative number: ", (*repeats)[axis]);
      }
      shape[axis] = repeats ? shape[axis] * (*repeats)[axis] : Dim::unknown();
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  const Shape input = context.input_shape(0);
  const Strides strides = dense_strides(input);
  WEDGE_ASSIGN(const auto repeats, context.integers(1));
  // Each axis becomes two, one of the repetitions, which go over the same elements again.
  StridedReading reading{.shape = Shape()};
  const auto add = [&](int64_t dim, int64_t stride) {
    if (dim == 1) return true;
    if (!reading.shape.push_back(dim)) return false;
    reading.strides[reading.shape.rank() - 1] = stride;
    return true;
  };
  for (size_t axis = 0; axis < input.rank(); ++axis) {
    if (!add((*repeats)[axis], 0) || !add(input[axis], strides[axis])) {
      return fail(ErrorCode::unsupported, "repeating so many axes of shape ", input);
    }
  }
  return prepare_strided(context, reading);
}

}  // namespace

WEDGE_OPERATOR(onnx, Tile) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2, .since = 6};

}  // namespace wedge
