// Identity and Dropout outside of training: the input itself.
#include <algorithm>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<Kernel> prepare_identity(PrepareContext& context) {
  context.view(0, 0);
  return Kernel();
}

Result<> infer_dropout(InferContext& context) {
  // The mask was of the input's type before opset 10.
  constexpr int64_t first_with_bool_mask = 10;
  context.set_output(0, context.dtype(0), context.shape(0));
  context.set_output(1, context.version() < first_with_bool_mask ? context.dtype(0) : DType::boolean, context.shape(0));
  if (const Tensor* training = context.value(2)) {
    if (training->dtype() == DType::boolean && training->numel() == 1 && TensorRef(*training).as<const bool>()[0]) {
      return fail(ErrorCode::unsupported, "training_mode is on; only inference is supported");
    }
  }
  return {};
}

Result<Kernel> prepare_dropout(PrepareContext& context) {
  context.view(0, 0);
  if (!context.has_output(1)) return Kernel();
  if (context.output_dtype(1) != DType::boolean)
    return fail(ErrorCode::unsupported, "a mask of type ", context.output_dtype(1));
  return [](RunContext& run) -> Result<> {
    std::ranges::fill(run.output<bool>(1), true);
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Identity) = {.infer = infer_same_as_input, .prepare = prepare_identity, .takes_containers = true};
WEDGE_OPERATOR(onnx, Dropout) = {
    .infer = infer_dropout, .prepare = prepare_dropout, .max_inputs = 3, .max_outputs = 2, .since = 7};

}  // namespace wedge
