// If: the planner asks for the condition's value and splices the chosen branch into the plan, so nothing of it is left
// to run.
#include "ops/operator.h"

namespace wedge {
namespace {

SymbolicShape common_shape(const SymbolicShape& a, const SymbolicShape& b) {
  if (!a.has_rank() || !b.has_rank() || a.rank() != b.rank()) return {};
  SymbolicShape shape = a;
  for (size_t axis = 0; axis < a.rank(); ++axis) {
    if (!same(a[axis], b[axis])) shape[axis] = Dim::unknown();
  }
  return shape;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::boolean}));
  if (context.node().subgraphs.size() != 2) {
    return fail(ErrorCode::invalid_model, "expected a then_branch and an else_branch, got ",
                context.node().subgraphs.size(), " subgraphs");
  }
  // A branch that cannot be right for these shapes may be the one that is not taken; when it is, its plan fails.
  auto then_branch = context.subgraph_outputs(0, {});
  auto else_branch = context.subgraph_outputs(1, {});
  if (!then_branch && !else_branch) return std::unexpected(std::move(then_branch).error());
  const auto& first = then_branch ? *then_branch : *else_branch;
  const auto& second = else_branch ? *else_branch : *then_branch;
  if (first.size() != context.output_count() || second.size() != context.output_count()) {
    return fail(ErrorCode::invalid_model, "the branches make ", first.size(), " and ", second.size(),
                " values, the node has ", context.output_count(), " outputs");
  }
  for (size_t i = 0; i < first.size(); ++i) {
    if (first[i].dtype != second[i].dtype && first[i].dtype != DType::undefined &&
        second[i].dtype != DType::undefined) {
      return fail(ErrorCode::invalid_model, "output ", i, " is ", first[i].dtype, " in one branch and ",
                  second[i].dtype, " in the other");
    }
    context.set_output(i, first[i].dtype, common_shape(first[i].shape, second[i].shape));
  }
  return {};
}

}  // namespace

WEDGE_OPERATOR(onnx, If) = {.infer = infer, .max_outputs = any_number, .is_spliced = true};

}  // namespace wedge
