// Not and BitwiseNot.
#include "ops/unary.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer_not(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::boolean}));
  return infer_same_as_input(context);
}

Result<Kernel> prepare_not(PrepareContext& context) {
  return prepare_unary(context, [](const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters) {
    for (size_t i = 0; i < count; ++i) out[i] = in[i] ^ std::byte{1};
  });
}

Result<Kernel> prepare_bitwise_not(PrepareContext& context) {
  if (!is_integer(context.dtype(0))) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const size_t width = byte_width(context.dtype(0));
  const auto size = static_cast<size_t>(context.output_shape(0).numel()) * width;
  context.in_place(0, 0);
  return [=](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    for (size_t i = 0; i < size; ++i) out[i] = ~in[i];
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Not) = {.infer = infer_not, .prepare = prepare_not};
WEDGE_OPERATOR(onnx, BitwiseNot) = {.infer = infer_same_as_input, .prepare = prepare_bitwise_not};

}  // namespace wedge
