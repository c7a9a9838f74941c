// NonZero: the indices of the elements that are not zero, a column each. How many there are depends on the data.
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  SymbolicShape shape = SymbolicShape::of_rank(2);
  if (context.shape(0).has_rank()) shape[0] = static_cast<int64_t>(context.shape(0).rank());
  context.set_output(0, DType::i64, shape);
  return {};
}

template <typename T>
Result<> find(RunContext& run) {
  const auto values = run.input<T>(0);
  const Shape shape = run.input(0).shape;
  int64_t count = 0;
  for (const T value : values) count += static_cast<ArithmeticType<T>>(value) != 0 ? 1 : 0;
  WEDGE_TRY(run.allocate_output(0, Shape{static_cast<int64_t>(shape.rank()), count}));
  const auto indices = run.output<int64_t>(0);
  size_t found = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (static_cast<ArithmeticType<T>>(values[i]) == 0) continue;
    auto rest = static_cast<int64_t>(i);
    for (size_t axis = shape.rank(); axis-- > 0;) {
      indices[axis * static_cast<size_t>(count) + found] = rest % shape[axis];
      rest /= shape[axis];
    }
    ++found;
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  // bool is a byte of 0 or 1.
  if (context.dtype(0) == DType::boolean) return [](RunContext& run) { return find<uint8_t>(run); };
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() { kernel = [](RunContext& run) { return find<T>(run); }; });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, NonZero) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
