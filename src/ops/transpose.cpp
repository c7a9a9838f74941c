// Transpose: the axes in another order; a view when only dimensions of 1 move.
#include <numeric>

#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<std::vector<size_t>> permutation(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const auto listed, node.attributes().integers("perm"));
  if (!node.attributes().has("perm")) {
    std::vector<size_t> reversed(rank);
    std::iota(reversed.rbegin(), reversed.rend(), size_t{0});
    return reversed;
  }
  if (listed.size() != rank) {
    return fail(ErrorCode::invalid_model, "perm lists ", listed.size(), " axes for a tensor of rank ", rank);
  }
  return resolve_axes(listed, rank);
}

Result<> infer(InferContext& context) {
  const SymbolicShape& input = context.shape(0);
  SymbolicShape shape = input;
  if (input.has_rank()) {
    WEDGE_ASSIGN(const auto axes, permutation(context, input.rank()));
    for (size_t i = 0; i < axes.size(); ++i) shape[i] = input[axes[i]];
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  WEDGE_ASSIGN(const auto axes, permutation(context, input.rank()));
  return prepare_permuted(context, input.dims(), axes);
}

}  // namespace

WEDGE_OPERATOR(onnx, Transpose) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
