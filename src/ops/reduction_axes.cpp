#include "ops/reduction_axes.h"

namespace wedge {

Result<std::optional<ReducedAxes>> reduced_axes(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const auto listed, node.integers("axes", 1));
  if (!listed) return std::nullopt;
  WEDGE_ASSIGN(const bool keep_all, node.attributes().flag("noop_with_empty_axes", false));
  ReducedAxes axes{};
  if (listed->empty()) {
    axes.fill(!keep_all);
    return axes;
  }
  WEDGE_ASSIGN(const auto resolved, resolve_axes(*listed, rank));
  for (const size_t axis : resolved) axes[axis] = true;
  return axes;
}

Result<> infer_reduction(InferContext& context, DType dtype) {
  WEDGE_ASSIGN(const bool keep, context.attributes().flag("keepdims", true));
  const SymbolicShape& input = context.shape(0);
  SymbolicShape shape;
  if (input.has_rank()) {
    WEDGE_ASSIGN(const auto axes, reduced_axes(context, input.rank()));
    if (axes) {
      shape = SymbolicShape::of_rank(0);
      for (size_t axis = 0; axis < input.rank(); ++axis) {
        if (!(*axes)[axis]) {
          (void)shape.push_back(input[axis]);
        } else if (keep) {
          (void)shape.push_back(1);
        }
      }
    } else if (keep) {
      shape = SymbolicShape::of_rank(input.rank());
    }
  }
  context.set_output(0, dtype, shape);
  return {};
}

ReductionLoops::ReductionLoops(const Shape& shape, const ReducedAxes& axes) {
  int64_t stride = shape.numel();
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    stride = shape[axis] == 0 ? 0 : stride / shape[axis];
    (axes[axis] ? inputs_per_output : outputs) *= shape[axis];
    if (shape[axis] == 1) continue;
    auto& loops = axes[axis] ? reduced : kept;
    if (!loops.empty() && loops.back().stride == stride * shape[axis]) {
      loops.back() = {.count = loops.back().count * shape[axis], .stride = stride};
    } else {
      loops.push_back({.count = shape[axis], .stride = stride});
    }
  }
  if (reduced.empty()) reduced.push_back({.count = 1, .stride = 1});
}

std::optional<ReductionLoops::Block> ReductionLoops::as_block() const {
  if (reduced.size() != 1 || outputs == 0 || inputs_per_output == 0) return std::nullopt;
  const int64_t inner = inputs_per_output == 1 ? 1 : reduced[0].stride;
  return Block{.outer = outputs / inner, .reduced = reduced[0].count, .inner = inner};
}

int64_t ReductionLoops::offset(int64_t output) const {
  int64_t offset = 0;
  for (size_t i = kept.size(); i-- > 0;) {
    offset += output % kept[i].count * kept[i].stride;
    output /= kept[i].count;
  }
  return offset;
}

}  // namespace wedge
