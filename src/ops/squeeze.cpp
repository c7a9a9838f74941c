// Squeeze and Unsqueeze: dimensions of 1 taken out and put in, views. The axes are an input since opset 13.
#include <algorithm>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<SymbolicShape> squeezed(const NodeView& node, std::span<const int64_t> listed) {
  const SymbolicShape& input = node.shape(0);
  const bool all_ones = !node.has_input(1) && !node.attributes().has("axes");
  WEDGE_ASSIGN(const auto axes, resolve_axes(listed, input.rank()));
  SymbolicShape shape = SymbolicShape::of_rank(input.rank() - axes.size());
  if (all_ones) {
    if (!std::ranges::all_of(input.dims(), &Dim::is_known)) return SymbolicShape();
    const auto ones = std::ranges::count_if(input.dims(), [](Dim dim) { return dim.is(1); });
    shape = SymbolicShape::of_rank(input.rank() - static_cast<size_t>(ones));
  }
  size_t next = 0;
  for (size_t axis = 0; axis < input.rank(); ++axis) {
    const bool removed = all_ones ? input[axis].is(1) : std::ranges::find(axes, axis) != axes.end();
    if (!removed) {
      shape[next++] = input[axis];
    } else if (conflict(input[axis], 1)) {
      return fail(ErrorCode::invalid_model, "axis ", axis, " of shape ", input, " is not 1 and cannot be squeezed");
    }
  }
  return shape;
}

Result<SymbolicShape> unsqueezed(const NodeView& node, std::span<const int64_t> listed) {
  const SymbolicShape& input = node.shape(0);
  if (listed.size() > Shape::max_rank - input.rank()) {
    return fail(ErrorCode::unsupported, "the output would have rank ", input.rank() + listed.size());
  }
  const size_t rank = input.rank() + listed.size();
  WEDGE_ASSIGN(const auto axes, resolve_axes(listed, rank));
  SymbolicShape shape = SymbolicShape::of_rank(rank);
  size_t next = 0;
  for (size_t axis = 0; axis < rank; ++axis) {
    shape[axis] = std::ranges::find(axes, axis) != axes.end() ? Dim(1) : input[next++];
  }
  return shape;
}

template <Result<SymbolicShape> (*change)(const NodeView&, std::span<const int64_t>)>
Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const auto axes, context.integers("axes", 1));
  SymbolicShape shape;
  if (axes && context.shape(0).has_rank()) {
    WEDGE_ASSIGN(shape, change(context, *axes));
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<> infer_unsqueeze(InferContext& context) {
  if (!context.has_input(1) && !context.attributes().has("axes")) {
    return fail(ErrorCode::invalid_model, "axes are required");
  }
  return infer<unsqueezed>(context);
}

Result<Kernel> prepare(PrepareContext& context) {
  context.view(0, 0);
  return Kernel();
}

}  // namespace

WEDGE_OPERATOR(onnx, Squeeze) = {.infer = infer<squeezed>, .prepare = prepare, .max_inputs = 2};
WEDGE_OPERATOR(onnx, Unsqueeze) = {.infer = infer_unsqueeze, .prepare = prepare, .max_inputs = 2};

}  // namespace wedge
