// Slice: start, end and step per axis. Attributes before opset 10, inputs since.
#include <algorithm>
#include <limits>

#include "ops/strided_copy.h"

namespace wedge {
namespace {

struct Range {
  int64_t start;
  int64_t end;
  int64_t step;
};

/// What the node says of each axis; lists that are not known yet are absent.
struct Bounds {
  std::optional<std::vector<int64_t>> starts, ends, axes, steps;

  [[nodiscard]] Range range(size_t i) const {
    return {.start = (*starts)[i], .end = (*ends)[i], .step = steps->empty() ? 1 : (*steps)[i]};
  }
  [[nodiscard]] bool ranges_known() const { return starts && ends && steps; }
};

Result<Bounds> read_bounds(const NodeView& node) {
  if (node.version() >= 10 && (!node.has_input(1) || !node.has_input(2))) {
    return fail(ErrorCode::invalid_model, "expected starts and ends as inputs 1 and 2");
  }
  Bounds bounds;
  WEDGE_ASSIGN(bounds.starts, node.integers("starts", 1));
  WEDGE_ASSIGN(bounds.ends, node.integers("ends", 2));
  WEDGE_ASSIGN(bounds.axes, node.integers("axes", 3));
  WEDGE_ASSIGN(bounds.steps, node.integers("steps", 4));
  const bool axes_listed = node.has_input(3) || node.attributes().has("axes");
  if (!bounds.starts || !bounds.axes) return bounds;
  const size_t count = bounds.starts->size();
  if (!axes_listed) {
    for (size_t i = 0; i < count; ++i) bounds.axes->push_back(static_cast<int64_t>(i));
  }
  if (bounds.axes->size() != count || (bounds.ends && bounds.ends->size() != count) ||
      (bounds.steps && (node.has_input(4) || !bounds.steps->empty()) && bounds.steps->size() != count)) {
    return fail(ErrorCode::invalid_model, "starts, ends, axes and steps must have the same length");
  }
  if (bounds.steps && std::ranges::find(*bounds.steps, 0) != bounds.steps->end()) {
    return fail(ErrorCode::invalid_model, "a step is 0");
  }
  return bounds;
}

// Counts from the front and clamps, as the specification says.
Range resolve(Range range, int64_t dim) {
  const int64_t low = range.step > 0 ? 0 : -1;
  const int64_t high = range.step > 0 ? dim : dim - 1;
  const auto place = [&](int64_t at, int64_t least) {
    return std::clamp(at < 0 ? saturating_add(at, dim) : at, std::min(least, high), high);
  };
  return {.start = place(range.start, 0), .end = place(range.end, low), .step = range.step};
}

int64_t length(const Range& range) {
  const int64_t distance = range.step > 0 ? range.end - range.start : range.start - range.end;
  if (distance <= 0) return 0;
  const uint64_t step = range.step > 0 ? static_cast<uint64_t>(range.step) : 0 - static_cast<uint64_t>(range.step);
  return static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / step + 1);
}

Dim sliced(Dim dim, const Range& range) {
  if (dim.is_known()) return length(resolve(range, dim.value()));
  const bool whole = range.start == 0 && range.step == 1 && range.end >= std::numeric_limits<int32_t>::max();
  return whole ? dim : Dim::unknown();
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Bounds bounds, read_bounds(context));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank() && !bounds.axes) {
    shape = SymbolicShape::of_rank(shape.rank());
  } else if (shape.has_rank()) {
    WEDGE_ASSIGN(const auto axes, resolve_axes(*bounds.axes, shape.rank()));
    for (size_t i = 0; i < axes.size(); ++i) {
      shape[axes[i]] = bounds.ranges_known() ? sliced(shape[axes[i]], bounds.range(i)) : Dim::unknown();
    }
    // Without axes the unknown starts and ends say which ones are cut.
    if (!bounds.starts && axes.empty()) shape = SymbolicShape::of_rank(shape.rank());
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  StridedReading reading{.shape = context.output_shape(0)};
  if (reading.shape.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const Bounds bounds, read_bounds(context));
  if (!bounds.axes || !bounds.ranges_known()) return fail(ErrorCode::internal, "planned before its bounds are known");
  const Shape input = context.input_shape(0);
  WEDGE_ASSIGN(const auto axes, resolve_axes(*bounds.axes, input.rank()));
  reading.strides = dense_strides(input);
  for (size_t i = 0; i < axes.size(); ++i) {
    const Range range = resolve(bounds.range(i), input[axes[i]]);
    reading.offset += range.start * reading.strides[axes[i]];
    // A step past the only element may be anything.
    if (reading.shape[axes[i]] > 1) reading.strides[axes[i]] *= range.step;
  }
  return prepare_strided(context, reading);
}

}  // namespace

WEDGE_OPERATOR(onnx, Slice) = {.infer = infer, .prepare = prepare, .max_inputs = 5};

}  // namespace wedge
