// SequenceInsert and SequenceErase: the sequence with an element more, or one less.
#include "ops/sequence.h"

namespace wedge {
namespace {

Result<> infer_same_sequence(InferContext& context) {
  WEDGE_TRY(expect_sequence(context, 0));
  context.set_output(0, context.dtype(0), {});
  return {};
}

Result<> infer_insert(InferContext& context) {
  WEDGE_TRY(infer_same_sequence(context));
  WEDGE_TRY(context.expect_dtype(2, {DType::i32, DType::i64}));
  if (context.dtype(1) == element_type(context.dtype(0))) return {};
  return fail(ErrorCode::invalid_model, "a ", context.dtype(0), " cannot hold an element of type ", context.dtype(1));
}

Result<> infer_erase(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  return infer_same_sequence(context);
}

Result<> set_sequence(RunContext& run, std::vector<Tensor> values) {
  WEDGE_ASSIGN(Tensor sequence, Tensor::sequence(element_type(run.input(0).dtype), std::move(values)));
  run.set_output(0, std::move(sequence));
  return {};
}

Result<> insert(RunContext& run) {
  const auto present = elements(run, 0);
  size_t position = present.size();
  if (run.has_input(2)) {
    WEDGE_ASSIGN(position, read_position(run, 2, present.size(), true));
  }
  std::vector<Tensor> values;
  values.reserve(present.size() + 1);
  values.assign(present.begin(), present.end());
  WEDGE_ASSIGN(Tensor value, run.keep(1));
  values.insert(values.begin() + static_cast<ptrdiff_t>(position), std::move(value));
  return set_sequence(run, std::move(values));
}

Result<> erase(RunContext& run) {
  const auto present = elements(run, 0);
  if (present.empty()) return fail(ErrorCode::out_of_range, "an empty sequence has nothing to erase");
  size_t position = present.size() - 1;
  if (run.has_input(1)) {
    WEDGE_ASSIGN(position, read_position(run, 1, present.size()));
  }
  std::vector<Tensor> values(present.begin(), present.end());
  values.erase(values.begin() + static_cast<ptrdiff_t>(position));
  return set_sequence(run, std::move(values));
}

Result<Kernel> prepare_insert(PrepareContext&) { return Kernel(insert); }
Result<Kernel> prepare_erase(PrepareContext&) { return Kernel(erase); }

}  // namespace

WEDGE_OPERATOR(onnx, SequenceInsert) = {
    .infer = infer_insert, .prepare = prepare_insert, .min_inputs = 2, .max_inputs = 3, .takes_containers = true};
WEDGE_OPERATOR(onnx, SequenceErase) = {
    .infer = infer_erase, .prepare = prepare_erase, .max_inputs = 2, .takes_containers = true};

}  // namespace wedge
