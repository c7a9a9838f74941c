// BitCast: the bits of the elements read as another type of the same width.
#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const DType dtype, context.attributes().dtype("to", DType::undefined));
  const DType from = context.dtype(0);
  const bool known = from != DType::undefined;
  if (dtype == DType::string || (known && (from == DType::string || bit_width(from) != bit_width(dtype)))) {
    return fail(ErrorCode::invalid_model, "the bits of ", from, " elements cannot be read as ", dtype);
  }
  context.set_output(0, dtype, context.shape(0));
  return {};
}

// Bits that are no bool must not become one.
Result<Kernel> prepare_bools(PrepareContext&) {
  return Kernel([](RunContext& run) -> Result<> {
    const auto in = run.input<uint8_t>(0);
    const auto out = run.output<uint8_t>(0);
    for (size_t i = 0; i < out.size(); ++i) out[i] = in[i] != 0 ? 1 : 0;
    return {};
  });
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_dtype(0) == DType::boolean) return prepare_bools(context);
  context.view(0, 0);
  return Kernel();
}

}  // namespace

WEDGE_OPERATOR(onnx, BitCast) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
