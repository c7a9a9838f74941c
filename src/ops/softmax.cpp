// Softmax, LogSoftmax and Hardmax. Since opset 13 along one axis; before that over all dimensions from the axis on.
#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/axis_split.h"
#include "ops/binary.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<AxisSplit> split_of(const NodeView& node, const Shape& shape) {
  constexpr int64_t first_along_axis = 13;
  const bool along_axis = node.version() >= first_along_axis;
  WEDGE_ASSIGN(const int64_t wanted, node.attributes().integer("axis", along_axis ? -1 : 1));
  if (shape.rank() == 0) return AxisSplit(1, 1, 1);
  if (!along_axis && wanted == static_cast<int64_t>(shape.rank())) return AxisSplit(shape.numel(), 1, 1);
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, shape.rank()));
  if (along_axis) return AxisSplit(shape, axis);
  return AxisSplit(shape.numel(0, axis), shape.numel(axis, shape.rank()), 1);
}

using Line = void (*)(const std::byte* in, std::byte* out, int64_t count, int64_t stride);

// The plain form: any float type, any distance, in double for f64 and in float otherwise.
template <typename T, bool logarithm>
void softmax_line(const std::byte* in, std::byte* out, int64_t count, int64_t stride) {
  using C = ArithmeticType<T>;
  const auto* from = reinterpret_cast<const T*>(in);
  auto* to = reinterpret_cast<T*>(out);
  C largest = -std::numeric_limits<C>::infinity();
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, static_cast<C>(from[i * stride]));
  C sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += std::exp(static_cast<C>(from[i * stride]) - largest);
  const C log_sum = std::log(sum);
  for (int64_t i = 0; i < count; ++i) {
    const C x = static_cast<C>(from[i * stride]) - largest;
    to[i * stride] = static_cast<T>(logarithm ? x - log_sum : std::exp(x) / sum);
  }
}

// 1 for the first of the largest elements, 0 for the others.
template <typename T>
void hardmax_line(const std::byte* in, std::byte* out, int64_t count, int64_t stride) {
  using C = ArithmeticType<T>;
  const auto* from = reinterpret_cast<const T*>(in);
  auto* to = reinterpret_cast<T*>(out);
  int64_t largest = 0;
  for (int64_t i = 1; i < count; ++i) {
    if (static_cast<C>(from[i * stride]) > static_cast<C>(from[largest * stride])) largest = i;
  }
  for (int64_t i = 0; i < count; ++i) to[i * stride] = static_cast<T>(i == largest ? 1.0F : 0.0F);
}

Result<Kernel> prepare_lines(PrepareContext& context, const AxisSplit& split, Line line) {
  if (line == nullptr) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  const auto width = static_cast<int64_t>(byte_width(context.dtype(0)));
  context.name_kernel("plain");
  return [=](RunContext& run) -> Result<> {
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    const size_t grain = 1 + elementwise_grain / static_cast<size_t>(split.count + 1);
    run.workers().run(static_cast<size_t>(split.lines()), grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        const int64_t start = split.start(static_cast<int64_t>(i)) * width;
        line(in + start, out + start, split.count, split.inner);
      }
    });
    return {};
  };
}

template <bool logarithm>
Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const AxisSplit split, split_of(context, context.input_shape(0)));
  context.in_place(0, 0);
  if (context.dtype(0) == DType::f32 && split.inner == 1) {
    const auto rows = static_cast<size_t>(split.outer);
    const auto columns = static_cast<size_t>(split.count);
    context.name_kernel("softmax_f32");
    return [=](RunContext& run) -> Result<> {
      auto* const kernel = logarithm ? kernels::log_softmax_f32 : kernels::softmax_f32;
      kernel(run.input<float>(0).data(), run.output<float>(0).data(), rows, columns, run.workers());
      return {};
    };
  }
  Line line = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { line = softmax_line<T, logarithm>; });
  return prepare_lines(context, split, line);
}

Result<Kernel> prepare_hardmax(PrepareContext& context) {
  WEDGE_ASSIGN(const AxisSplit split, split_of(context, context.input_shape(0)));
  context.in_place(0, 0);
  Line line = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { line = hardmax_line<T>; });
  return prepare_lines(context, split, line);
}

}  // namespace

WEDGE_OPERATOR(onnx, Softmax) = {.infer = infer_same_as_input, .prepare = prepare<false>};
WEDGE_OPERATOR(onnx, LogSoftmax) = {.infer = infer_same_as_input, .prepare = prepare<true>};
WEDGE_OPERATOR(onnx, Hardmax) = {.infer = infer_same_as_input, .prepare = prepare_hardmax};

}  // namespace wedge
