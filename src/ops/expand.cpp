// Expand: dimensions of 1 repeated until the input and the shape asked for agree.
#include "ops/broadcast.h"
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
  WEDGE_ASSIGN(const Shape target, Shape::from(*wanted));
  WEDGE_ASSIGN(const SymbolicShape shape, broadcast_shapes(input, target));
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
