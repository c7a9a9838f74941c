// SequenceAt and SequenceLength: an element of a sequence, and how many there are.
#include "ops/sequence.h"

namespace wedge {
namespace {

Result<> infer_at(InferContext& context) {
  WEDGE_TRY(expect_sequence(context, 0));
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  context.set_output(0, element_type(context.dtype(0)), {});
  return {};
}

Result<Kernel> prepare_at(PrepareContext&) {
  return [](RunContext& run) -> Result<> {
    const auto values = elements(run, 0);
    WEDGE_ASSIGN(const size_t position, read_position(run, 1, values.size()));
    run.set_output(0, values[position]);
    return {};
  };
}

Result<> infer_length(InferContext& context) {
  WEDGE_TRY(expect_sequence(context, 0));
  context.set_output(0, DType::i64, Shape{});
  return {};
}

Result<Kernel> prepare_length(PrepareContext&) {
  return [](RunContext& run) -> Result<> {
    run.output<int64_t>(0)[0] = static_cast<int64_t>(elements(run, 0).size());
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, SequenceAt) = {
    .infer = infer_at, .prepare = prepare_at, .min_inputs = 2, .max_inputs = 2, .takes_containers = true};
WEDGE_OPERATOR(onnx, SequenceLength) = {.infer = infer_length, .prepare = prepare_length, .takes_containers = true};

}  // namespace wedge
