#include "ops/binary.h"

#include "ops/broadcast.h"

namespace wedge {

Result<Kernel> prepare_binary(PrepareContext& context, BinaryLoop loop) {
  WEDGE_ASSIGN(const SymbolicShape second, second_operand(context));
  return prepare_binary(context, loop, second.concrete().value_or(Shape{}));
}

Result<Kernel> prepare_binary(PrepareContext& context, BinaryLoop loop, const Shape& second) {
  if (loop == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const Shape output = context.output_shape(0);
  const Broadcast broadcast(output, {context.input_shape(0), second});
  const auto a_width = static_cast<int64_t>(byte_width(context.dtype(0)));
  const auto b_width = static_cast<int64_t>(byte_width(context.dtype(1)));
  const auto out_width = static_cast<int64_t>(byte_width(context.output_dtype(0)));
  for (size_t i = 0; i < 2; ++i) {
    if (context.input_shape(i) == output && context.dtype(i) == context.output_dtype(0)) context.in_place(0, i);
  }
  const auto count = static_cast<size_t>(output.numel());
  return [=](RunContext& run) -> Result<> {
    const std::byte* a = run.input(0).data;
    const std::byte* b = run.input(1).data;
    std::byte* out = run.output(0).data;
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      broadcast.for_each_piece(begin, end, [&](const Broadcast::Offsets& offsets, int64_t at, size_t length) {
        loop(a + offsets[0] * a_width, broadcast.step(0), b + offsets[1] * b_width, broadcast.step(1),
             out + at * out_width, length);
      });
    });
    return {};
  };
}

Result<> infer_same_type_binary(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_ASSIGN(const SymbolicShape second, second_operand(context));
  WEDGE_ASSIGN(const SymbolicShape shape, broadcast_shapes(context.shape(0), second));
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<> infer_comparison(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_ASSIGN(const SymbolicShape second, second_operand(context));
  WEDGE_ASSIGN(const SymbolicShape shape, broadcast_shapes(context.shape(0), second));
  context.set_output(0, DType::boolean, shape);
  return {};
}

}  // namespace wedge
