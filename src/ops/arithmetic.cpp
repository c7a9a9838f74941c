// Add, Sub, Mul, Div: two operands of any number type, broadcast.
#include "ops/arithmetic.h"

namespace wedge {
namespace {

template <typename Function>
Result<Kernel> prepare(PrepareContext& context) {
  return prepare_binary(context, arithmetic_loop<Function>(context.dtype(0)));
}

template <typename Function>
constexpr Operator arithmetic = {
    .infer = infer_same_type_binary, .prepare = prepare<Function>, .min_inputs = 2, .max_inputs = 2};

}  // namespace

WEDGE_OPERATOR(onnx, Add) = arithmetic<Add>;
WEDGE_OPERATOR(onnx, Sub) = arithmetic<Subtract>;
WEDGE_OPERATOR(onnx, Mul) = arithmetic<Multiply>;
WEDGE_OPERATOR(onnx, Div) = arithmetic<Divide>;

}  // namespace wedge
