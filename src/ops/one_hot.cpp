// OneHot: each index becomes a line of `depth` elements along a new axis, `on` where the index says and `off`
// elsewhere. Indices below 0 count from the end; those outside the depth give a line of `off`. Moves elements by width.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ops/axis_split.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using ReadIndex = int64_t (*)(const std::byte* in, size_t i);

// Far outside any depth when it is no integer of 64 bits.
template <typename T>
int64_t read_index(const std::byte* in, size_t i) {
  const auto x = static_cast<ArithmeticType<T>>(reinterpret_cast<const T*>(in)[i]);
  if constexpr (std::integral<T>) {
    return std::in_range<int64_t>(x) ? static_cast<int64_t>(x) : INT64_MAX;
  } else {
    return std::fabs(x) < static_cast<decltype(x)>(0x1p62) ? static_cast<int64_t>(x) : INT64_MAX;
  }
}

ReadIndex index_reader(DType dtype) {
  ReadIndex reader = nullptr;
  visit_numbers(dtype, [&]<typename T>() { reader = read_index<T>; });
  return reader;
}

Result<size_t> new_axis(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const int64_t axis, node.attributes().integer("axis", -1));
  return resolve_axis(axis, rank + 1);
}

Result<Dim> depth_of(const NodeView& node) {
  const Tensor* depth = node.value(1);
  if (depth == nullptr) return Dim::unknown();
  const ReadIndex reader = index_reader(depth->dtype());
  if (depth->numel() != 1 || reader == nullptr) {
    return fail(ErrorCode::invalid_model, "the depth must be one number, got ", depth->dtype(), " ", depth->shape());
  }
  const int64_t value = reader(depth->data(), 0);
  if (value < 0) return fail(ErrorCode::invalid_model, "the depth must not be negative, got ", value);
  if (value == INT64_MAX) return fail(ErrorCode::invalid_model, "the depth is no number of elements");
  return Dim(value);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(2, 1, 1));
  const SymbolicShape& indices = context.shape(0);
  WEDGE_ASSIGN(const Dim depth, depth_of(context));
  SymbolicShape shape;
  if (indices.has_rank()) {
    if (indices.rank() == Shape::max_rank) return fail(ErrorCode::unsupported, "indices of rank ", indices.rank());
    WEDGE_ASSIGN(const size_t axis, new_axis(context, indices.rank()));
    shape = SymbolicShape::of_rank(0);
    for (size_t i = 0; i <= indices.rank(); ++i) {
      (void)shape.push_back(i == axis ? depth : indices[i < axis ? i : i - 1]);
    }
  }
  context.set_output(0, context.dtype(2), shape);
  return {};
}

template <typename T>
Kernel kernel_for(const AxisSplit& split, ReadIndex read) {
  return [=](RunContext& run) -> Result<> {
    const auto values = run.input<T>(2);
    const auto out = run.output<T>(0);
    std::ranges::fill(out, values[0]);
    for (int64_t line = 0; line < split.lines(); ++line) {
      int64_t index = read(run.input(0).data, static_cast<size_t>(line));
      if (index < 0) index += split.count;
      if (index < 0 || index >= split.count) continue;
      out[static_cast<size_t>(split.start(line) + index * split.inner)] = values[1];
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.input_shape(2).numel() != 2) {
    return fail(ErrorCode::invalid_model, "values must be two elements, off and on, got shape ", context.shape(2));
  }
  const ReadIndex read = index_reader(context.dtype(0));
  if (read == nullptr) return fail(ErrorCode::unsupported, "indices of type ", context.dtype(0));
  WEDGE_ASSIGN(const size_t axis, new_axis(context, context.input_shape(0).rank()));
  const AxisSplit split(context.output_shape(0), axis);
  Kernel kernel;
  visit_width(context.dtype(2), [&]<typename T>() { kernel = kernel_for<T>(split, read); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(2));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, OneHot) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
