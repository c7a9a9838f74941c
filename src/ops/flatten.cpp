// Flatten: the dimensions before an axis and those from it on, as a matrix; a view.
#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 1));
  const SymbolicShape& input = context.shape(0);
  SymbolicShape shape = SymbolicShape::of_rank(2);
  if (input.has_rank()) {
    const auto rank = static_cast<int64_t>(input.rank());
    // Unlike other axes it may be the rank itself.
    if (wanted < -rank || wanted > rank) {
      return fail(ErrorCode::invalid_model, "axis ", wanted, " is outside a tensor of rank ", rank);
    }
    const auto axis = static_cast<size_t>(wanted < 0 ? wanted + rank : wanted);
    shape[0] = input.numel(0, axis);
    shape[1] = input.numel(axis, input.rank());
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  context.view(0, 0);
  return Kernel();
}

}  // namespace

WEDGE_OPERATOR(onnx, Flatten) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
