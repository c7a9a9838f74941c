// Where: picks from one of two operands by a bool, all three broadcast. Moves elements by width.
#include "ops/binary.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::boolean}));
  WEDGE_TRY(context.expect_same_dtype(1, 2));
  return infer_broadcast(context, context.dtype(1));
}

template <typename T>
Kernel select(const Broadcast& broadcast, size_t count) {
  return [=](RunContext& run) -> Result<> {
    const bool* condition = run.input<bool>(0).data();
    const T* a = run.input<T>(1).data();
    const T* b = run.input<T>(2).data();
    T* out = run.output<T>(0).data();
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      broadcast.for_each_piece(begin, end, [&](const Broadcast::Offsets& offsets, int64_t at, size_t length) {
        for (size_t i = 0; i < length; ++i) {
          const auto step = static_cast<int64_t>(i);
          out[at + step] = condition[offsets[0] + step * broadcast.step(0)] ? a[offsets[1] + step * broadcast.step(1)]
                                                                            : b[offsets[2] + step * broadcast.step(2)];
        }
      });
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape output = context.output_shape(0);
  const Broadcast broadcast(output, {context.input_shape(0), context.input_shape(1), context.input_shape(2)});
  const auto count = static_cast<size_t>(output.numel());
  Kernel kernel;
  visit_width(context.dtype(1), [&]<typename T>() { kernel = select<T>(broadcast, count); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(1));
  for (const size_t i : {size_t{1}, size_t{2}}) {
    if (context.input_shape(i) == output) context.in_place(0, i);
  }
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Where) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
