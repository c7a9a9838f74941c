// Shape and Size: what is known of a tensor without looking at its elements.
#include <algorithm>

#include "ops/operator.h"

namespace wedge {
namespace {

struct Range {
  size_t start;
  size_t end;
};

// start and end (opset 15) count from the end when negative and clamp to the rank.
Result<Range> shape_range(const NodeView& node, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  WEDGE_ASSIGN(int64_t start, node.attributes().integer("start", 0));
  WEDGE_ASSIGN(int64_t end, node.attributes().integer("end", count));
  start = std::clamp<int64_t>(start < 0 ? start + count : start, 0, count);
  end = std::clamp<int64_t>(end < 0 ? end + count : end, start, count);
  return Range{static_cast<size_t>(start), static_cast<size_t>(end)};
}

Result<> infer_shape(InferContext& context) {
  SymbolicShape shape = SymbolicShape::of_rank(1);
  if (context.shape(0).has_rank()) {
    WEDGE_ASSIGN(const Range range, shape_range(context, context.shape(0).rank()));
    shape[0] = static_cast<int64_t>(range.end - range.start);
  }
  context.set_output(0, DType::i64, shape);
  return {};
}

Result<Kernel> prepare_shape(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const Range range, shape_range(context, shape.rank()));
  return [=](RunContext& run) -> Result<> {
    std::ranges::copy(shape.dims().subspan(range.start, range.end - range.start), run.output<int64_t>(0).begin());
    return {};
  };
}

Result<> infer_size(InferContext& context) {
  context.set_output(0, DType::i64, Shape{});
  return {};
}

Result<Kernel> prepare_size(PrepareContext& context) {
  const int64_t count = context.input_shape(0).numel();
  return [=](RunContext& run) -> Result<> {
    run.output<int64_t>(0)[0] = count;
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Shape) = {.infer = infer_shape, .prepare = prepare_shape, .reads_only_shapes = true};
WEDGE_OPERATOR(onnx, Size) = {.infer = infer_size, .prepare = prepare_size, .reads_only_shapes = true};

}  // namespace wedge
