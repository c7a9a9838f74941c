// CumSum and CumProd: the running sum or product along an axis, from either end, with or without the element itself.
#include "ops/arithmetic.h"
#include "ops/axis_split.h"

namespace wedge {
namespace {

Result<std::optional<size_t>> axis_of(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const auto wanted, node.integers(1));
  if (!wanted) return std::nullopt;
  if (wanted->size() != 1) {
    return fail(ErrorCode::invalid_model, "the axis must be one number, got shape ", node.shape(1));
  }
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted->front(), rank));
  return axis;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  if (context.shape(0).has_rank()) WEDGE_TRY(axis_of(context, context.shape(0).rank()));
  return infer_same_as_input(context);
}

struct Direction {
  bool exclusive;
  bool reverse;
};

template <typename Function, int neutral, typename T>
Kernel run_along(const AxisSplit& split, Direction direction) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    const size_t grain = 1 + elementwise_grain / static_cast<size_t>(split.count + 1);
    run.workers().run(static_cast<size_t>(split.lines()), grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t line = begin; line < end; ++line) {
        C total = neutral;
        for (int64_t i = 0; i < split.count; ++i) {
          const int64_t step = direction.reverse ? split.count - 1 - i : i;
          const int64_t at = split.start(static_cast<int64_t>(line)) + step * split.inner;
          const C before = total;
          total = Function::template apply<C>(total, static_cast<C>(in[at]));
          out[at] = static_cast<T>(direction.exclusive ? before : total);
        }
      }
    });
    return {};
  };
}

template <typename Function, int neutral>
Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const auto axis, axis_of(context, shape.rank()));
  if (!axis) return fail(ErrorCode::internal, "the axis is not known");
  WEDGE_ASSIGN(const bool exclusive, context.attributes().flag("exclusive", false));
  WEDGE_ASSIGN(const bool reverse, context.attributes().flag("reverse", false));
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() {
    kernel = run_along<Function, neutral, T>(AxisSplit(shape, *axis), {exclusive, reverse});
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, CumSum) = {.infer = infer, .prepare = prepare<Add, 0>, .min_inputs = 2, .max_inputs = 2};
WEDGE_OPERATOR(onnx, CumProd) = {.infer = infer, .prepare = prepare<Multiply, 1>, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
