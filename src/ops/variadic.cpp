// Max, Min, Sum, Mean: any number of broadcast operands, taken in one after the other.
#include "ops/arithmetic.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  for (size_t i = 1; i < context.input_count(); ++i) WEDGE_TRY(context.expect_same_dtype(0, i));
  return infer_broadcast(context, context.dtype(0));
}

// Divides by a count; the last step of Mean.
template <typename T>
void divide_by_count(std::byte* data, size_t count, size_t divisor) {
  auto* values = reinterpret_cast<T*>(data);
  for (size_t i = 0; i < count; ++i) {
    values[i] = static_cast<T>(static_cast<ArithmeticType<T>>(values[i]) / static_cast<ArithmeticType<T>>(divisor));
  }
}

using Finish = void (*)(std::byte* data, size_t count, size_t divisor);

struct Operands {
  std::vector<Broadcast> pairs;  // the result so far (at first input 0) with the next input
  BinaryLoop loop;
  Finish finish;
  int64_t width;
  size_t count;
};

void run_block(const Operands& operands, RunContext& run, size_t begin, size_t end) {
  std::byte* out = run.output(0).data;
  const int64_t width = operands.width;
  for (size_t i = 0; i < operands.pairs.size(); ++i) {
    const Broadcast& broadcast = operands.pairs[i];
    const std::byte* a = i == 0 ? run.input(0).data : out;
    const std::byte* b = run.input(i + 1).data;
    broadcast.for_each_piece(begin, end, [&](const Broadcast::Offsets& offsets, int64_t at, size_t length) {
      operands.loop(a + offsets[0] * width, broadcast.step(0), b + offsets[1] * width, broadcast.step(1),
                    out + at * width, length);
    });
  }
  if (operands.finish != nullptr) {
    operands.finish(out + static_cast<int64_t>(begin) * width, end - begin, operands.pairs.size() + 1);
  }
}

Result<Kernel> prepare_loop(PrepareContext& context, BinaryLoop loop, Finish finish) {
  if (loop == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  if (context.input_count() == 1) {
    context.view(0, 0);
    return Kernel();
  }
  const Shape output = context.output_shape(0);
  Operands operands{.pairs = {},
                    .loop = loop,
                    .finish = finish,
                    .width = static_cast<int64_t>(byte_width(context.dtype(0))),
                    .count = static_cast<size_t>(output.numel())};
  for (size_t i = 1; i < context.input_count(); ++i) {
    operands.pairs.push_back(Broadcast(output, {i == 1 ? context.input_shape(0) : output, context.input_shape(i)}));
  }
  return [operands = std::move(operands)](RunContext& run) -> Result<> {
    run.workers().run(operands.count, elementwise_grain,
                      [&](size_t begin, size_t end, unsigned) { run_block(operands, run, begin, end); });
    return {};
  };
}

template <typename Function>
Result<Kernel> prepare(PrepareContext& context) {
  return prepare_loop(context, arithmetic_loop<Function>(context.dtype(0)), nullptr);
}

Result<Kernel> prepare_mean(PrepareContext& context) {
  Finish finish = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { finish = divide_by_count<T>; });
  if (finish == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return prepare_loop(context, arithmetic_loop<Add>(context.dtype(0)), finish);
}

constexpr Operator variadic(Result<Kernel> (*prepared)(PrepareContext&)) {
  return {.infer = infer, .prepare = prepared, .max_inputs = any_number};
}

}  // namespace

WEDGE_OPERATOR(onnx, Max) = variadic(prepare<Maximum>);
WEDGE_OPERATOR(onnx, Min) = variadic(prepare<Minimum>);
WEDGE_OPERATOR(onnx, Sum) = variadic(prepare<Add>);
WEDGE_OPERATOR(onnx, Mean) = variadic(prepare_mean);

}  // namespace wedge
