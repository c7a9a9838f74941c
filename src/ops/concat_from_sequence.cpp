// ConcatFromSequence: the elements of a sequence one after the other, or stacked along a new axis.
#include "ops/join.h"
#include "ops/sequence.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(expect_sequence(context, 0));
  context.set_output(0, element_type(context.dtype(0)), {});
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const int64_t axis, context.attributes().required_integer("axis"));
  WEDGE_ASSIGN(const bool new_axis, context.attributes().flag("new_axis", false));
  return [=](RunContext& run) -> Result<> {
    const auto values = elements(run, 0);
    if (values.empty()) return fail(ErrorCode::invalid_argument, "an empty sequence cannot be concatenated");
    WEDGE_ASSIGN(Tensor joined, join(values, values[0].dtype(), axis, new_axis));
    run.set_output(0, std::move(joined));
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, ConcatFromSequence) = {.infer = infer, .prepare = prepare, .takes_containers = true};

}  // namespace wedge
