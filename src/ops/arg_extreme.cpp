// ArgMax and ArgMin: where along an axis the extreme element stands. NaN counts as more extreme than any number.
#include <cmath>

#include "ops/axis_split.h"
#include "ops/binary.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(const bool keep, context.attributes().flag("keepdims", true));
  const SymbolicShape& input = context.shape(0);
  SymbolicShape shape;
  if (input.has_rank()) {
    WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, input.rank()));
    shape = SymbolicShape::of_rank(0);
    for (size_t i = 0; i < input.rank(); ++i) {
      if (i != axis) (void)shape.push_back(input[i]);
      if (i == axis && keep) (void)shape.push_back(1);
    }
  }
  context.set_output(0, DType::i64, shape);
  return {};
}

struct Greater {
  template <typename C>
  static bool apply(C a, C b) {
    return a > b;
  }
};
struct Less {
  template <typename C>
  static bool apply(C a, C b) {
    return a < b;
  }
};

template <typename Order, typename C>
bool is_before(C a, C b) {
  if constexpr (std::floating_point<C>) {
    if (std::isnan(b)) return false;
    if (std::isnan(a)) return true;
  }
  return Order::apply(a, b);
}

using Find = int64_t (*)(const std::byte* in, int64_t count, int64_t stride, bool last);

template <typename Order, typename T>
int64_t find(const std::byte* in, int64_t count, int64_t stride, bool last) {
  using C = ArithmeticType<T>;
  const auto* values = reinterpret_cast<const T*>(in);
  C best = static_cast<C>(values[0]);
  int64_t found = 0;
  for (int64_t i = 1; i < count; ++i) {
    const C x = static_cast<C>(values[i * stride]);
    if (last ? !is_before<Order>(best, x) : is_before<Order>(x, best)) {
      best = x;
      found = i;
    }
  }
  return found;
}

template <typename Order>
Result<Kernel> prepare(PrepareContext& context) {
  Find chosen = nullptr;
  visit_numbers(context.dtype(0), [&]<typename T>() { chosen = find<Order, T>; });
  if (chosen == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, shape.rank()));
  WEDGE_ASSIGN(const bool last, context.attributes().flag("select_last_index", false));
  const AxisSplit split(shape, axis);
  if (split.count == 0 && split.lines() != 0) {
    return fail(ErrorCode::invalid_argument, "axis ", axis, " of ", shape, " is empty and has no extreme element");
  }
  const auto width = static_cast<int64_t>(byte_width(context.dtype(0)));
  return [=](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    const auto out = run.output<int64_t>(0);
    const size_t grain = 1 + elementwise_grain / static_cast<size_t>(split.count + 1);
    run.workers().run(out.size(), grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        out[i] = chosen(in + split.start(static_cast<int64_t>(i)) * width, split.count, split.inner, last);
      }
    });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, ArgMax) = {.infer = infer, .prepare = prepare<Greater>};
WEDGE_OPERATOR(onnx, ArgMin) = {.infer = infer, .prepare = prepare<Less>};

}  // namespace wedge
