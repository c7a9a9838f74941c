// Reshape: the same elements under other dimensions, a view.
#include "ops/operator.h"

namespace wedge {
namespace {

// 0 keeps the input's dimension (unless allowzero), -1 is whatever is left.
Result<SymbolicShape> target_shape(const NodeView& node, std::span<const int64_t> wanted) {
  WEDGE_ASSIGN(const bool allow_zero, node.attributes().flag("allowzero", false));
  const SymbolicShape& input = node.shape(0);
  if (wanted.size() > Shape::max_rank) {
    return fail(ErrorCode::unsupported, "rank ", wanted.size(), " exceeds the largest supported, ", Shape::max_rank);
  }
  SymbolicShape target = SymbolicShape::of_rank(wanted.size());
  std::optional<size_t> open;
  bool literal_zero = false;
  for (size_t axis = 0; axis < wanted.size(); ++axis) {
    const int64_t dim = wanted[axis];
    if (dim == -1) {
      if (open) return fail(ErrorCode::invalid_model, "the target shape has more than one -1");
      open = axis;
      target[axis] = 1;
    } else if (dim == 0 && !allow_zero) {
      if (!input.has_rank()) continue;
      if (axis >= input.rank()) {
        return fail(ErrorCode::invalid_model, "the target shape copies dimension ", axis, " of shape ", input);
      }
      target[axis] = input[axis];
    } else if (dim < 0) {
      return fail(ErrorCode::invalid_model, "the target shape has a negative dimension: ", dim);
    } else {
      literal_zero |= dim == 0;
      target[axis] = dim;
    }
  }
  if (open && literal_zero) return fail(ErrorCode::invalid_model, "the target shape has both 0 and -1 with allowzero");
  const Dim count = input.numel();
  const Dim rest = target.numel();
  if (!open) {
    if (conflict(count, rest)) return fail(ErrorCode::invalid_model, "cannot reshape ", input, " to ", target);
    return target;
  }
  if (!count.is_known() || !rest.is_known()) {
    target[*open] = Dim::unknown();
    return target;
  }
  if (rest.value() == 0 ? count.value() != 0 : count.value() % rest.value() != 0) {
    return fail(ErrorCode::invalid_model, "cannot reshape ", input, ": ", count.value(), " elements do not divide by ",
                rest.value());
  }
  target[*open] = rest.value() == 0 ? 0 : count.value() / rest.value();
  return target;
}

Result<> infer(InferContext& context) {
  // The target is an attribute before opset 5.
  WEDGE_ASSIGN(const auto wanted, context.integers("shape", 1));
  if (!wanted) {
    const bool rank_known = context.shape(1).has_rank() && context.shape(1).rank() == 1 &&
                            context.shape(1)[0].is_known() &&
                            context.shape(1)[0].value() <= static_cast<int64_t>(Shape::max_rank);
    context.set_output(
        0, context.dtype(0),
        rank_known ? SymbolicShape::of_rank(static_cast<size_t>(context.shape(1)[0].value())) : SymbolicShape());
    return {};
  }
  WEDGE_ASSIGN(const SymbolicShape shape, target_shape(context, *wanted));
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  context.view(0, 0);
  return Kernel();
}

}  // namespace

WEDGE_OPERATOR(onnx, Reshape) = {.infer = infer, .prepare = prepare, .max_inputs = 2};

}  // namespace wedge
