// PRelu: negative elements times a slope that broadcasts to the input's shape.
#include "ops/arithmetic.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

struct Slope {
  template <typename T>
  static T apply(T x, T slope) {
    return x < T{0} ? Multiply::apply<T>(x, slope) : x;
  }
};

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  return infer_same_as_input(context);
}

Result<Kernel> prepare(PrepareContext& context) {
  // Before opset 7 a slope has one element for each channel, or one for all.
  const bool by_channel = context.input_shape(1).numel() != 1;
  WEDGE_ASSIGN(const SymbolicShape second,
               second_operand(context, by_channel ? std::optional<int64_t>(1) : std::nullopt));
  WEDGE_ASSIGN(const SymbolicShape together, broadcast_shapes(context.shape(0), second));
  if (together.concrete() != context.output_shape(0)) {
    return fail(ErrorCode::invalid_model, "slope of shape ", context.shape(1), " does not broadcast to ",
                context.shape(0));
  }
  BinaryLoop loop = nullptr;
  visit_numbers(context.dtype(0), [&]<typename T>() { loop = binary_loop<Slope, T>; });
  return prepare_binary(context, loop, second.concrete().value_or(Shape{}));
}

}  // namespace

WEDGE_OPERATOR(onnx, PRelu) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
