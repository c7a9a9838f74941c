// LpNormalization: every line along an axis divided by its norm; a line of zeros stays as it is.
#include <cmath>

#include "ops/axis_split.h"
#include "ops/binary.h"

namespace wedge {
namespace {

template <typename T>
Kernel kernel_for(const AxisSplit& split, int64_t p) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    const size_t grain = 1 + elementwise_grain / static_cast<size_t>(split.count + 1);
    run.workers().run(static_cast<size_t>(split.lines()), grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t line = begin; line < end; ++line) {
        const int64_t start = split.start(static_cast<int64_t>(line));
        C sum = 0;
        for (int64_t i = 0; i < split.count; ++i) {
          const auto x = static_cast<C>(in[start + i * split.inner]);
          sum += p == 1 ? std::abs(x) : x * x;
        }
        const C norm = p == 1 ? sum : std::sqrt(sum);
        for (int64_t i = 0; i < split.count; ++i) {
          const int64_t at = start + i * split.inner;
          out[at] = norm == 0 ? in[at] : static_cast<T>(static_cast<C>(in[at]) / norm);
        }
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", -1));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, shape.rank()));
  WEDGE_ASSIGN(const int64_t p, context.attributes().integer("p", 2));
  if (p != 1 && p != 2) return fail(ErrorCode::invalid_model, "p must be 1 or 2, got ", p);
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(AxisSplit(shape, axis), p); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, LpNormalization) = {.infer = infer_same_as_input, .prepare = prepare};

}  // namespace wedge
