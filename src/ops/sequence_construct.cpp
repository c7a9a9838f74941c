// SequenceConstruct and SequenceEmpty: a sequence of the inputs, or of nothing.
#include "ops/sequence.h"

namespace wedge {
namespace {

Result<> infer_construct(InferContext& context) {
  for (size_t i = 0; i < context.input_count(); ++i) {
    WEDGE_TRY(context.expect_same_dtype(0, i));
  }
  context.set_output(0, sequence_of(context.dtype(0)), {});
  return {};
}

Result<Kernel> prepare_construct(PrepareContext& context) {
  return [dtype = context.dtype(0)](RunContext& run) -> Result<> {
    std::vector<Tensor> values(run.input_count());
    for (size_t i = 0; i < values.size(); ++i) {
      WEDGE_ASSIGN(values[i], run.keep(i));
    }
    WEDGE_ASSIGN(Tensor sequence, Tensor::sequence(dtype, std::move(values)));
    run.set_output(0, std::move(sequence));
    return {};
  };
}

Result<> infer_empty(InferContext& context) {
  WEDGE_ASSIGN(const DType element, context.attributes().dtype("dtype", DType::f32));
  context.set_output(0, sequence_of(element), {});
  return {};
}

Result<Kernel> prepare_empty(PrepareContext& context) {
  return [element = element_type(context.output_dtype(0))](RunContext& run) -> Result<> {
    WEDGE_ASSIGN(Tensor sequence, Tensor::sequence(element, {}));
    run.set_output(0, std::move(sequence));
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, SequenceConstruct) = {
    .infer = infer_construct, .prepare = prepare_construct, .max_inputs = any_number};
WEDGE_OPERATOR(onnx, SequenceEmpty) = {
    .infer = infer_empty, .prepare = prepare_empty, .min_inputs = 0, .max_inputs = 0};

}  // namespace wedge
