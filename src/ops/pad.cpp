// Pad: values around (or, where a pad is negative, cut off) the edges. Attributes before opset 11, inputs since.
// CenterCropPad: the same, by what it takes to reach a shape.
#include <algorithm>
#include <array>
#include <cstring>

#include "ops/strided_copy.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

enum class Mode { constant, reflect, edge, wrap };

/// One axis: output o lies over input `low + o - begin`, in the middle of `length` elements.
struct Edge {
  int64_t begin = 0;   ///< elements added in front
  int64_t low = 0;     ///< elements cut off in front
  int64_t length = 0;  ///< elements kept

  /// The input element that output `o` shows, or -1 for the constant.
  [[nodiscard]] int64_t source(int64_t o, Mode mode) const {
    int64_t at = o - begin;
    if (at >= 0 && at < length) return low + at;
    switch (mode) {
      case Mode::constant: return -1;
      case Mode::edge: return low + std::clamp<int64_t>(at, 0, length - 1);
      case Mode::wrap: return low + (at % length + length) % length;
      case Mode::reflect: break;
    }
    const int64_t period = std::max<int64_t>(1, 2 * (length - 1));
    at = (at % period + period) % period;
    return low + std::min(at, period - at) % length;
  }
};

Result<Mode> mode_of(const NodeView& node) {
  WEDGE_ASSIGN(const auto name, node.attributes().string("mode", "constant"));
  if (name == "constant") return Mode::constant;
  if (name == "reflect") return Mode::reflect;
  if (name == "edge") return Mode::edge;
  if (name == "wrap") return Mode::wrap;
  return fail(ErrorCode::invalid_model, "unknown mode '", name, "'");
}

struct Pads {
  std::array<int64_t, Shape::max_rank> begin{};
  std::array<int64_t, Shape::max_rank> end{};
};

// The pads of every axis of a tensor of that rank; nullopt when they are not known yet.
Result<std::optional<Pads>> read_pads(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const auto listed, node.integers(node.version() == 1 ? "paddings" : "pads", 1));
  WEDGE_ASSIGN(const auto chosen, node.integers(3));
  if (!listed || (node.has_input(3) && !chosen)) return std::nullopt;
  std::vector<size_t> axes;
  if (chosen) {
    WEDGE_ASSIGN(axes, resolve_axes(*chosen, rank));
  } else {
    for (size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  if (listed->size() != 2 * axes.size()) {
    return fail(ErrorCode::invalid_model, "expected ", 2 * axes.size(), " pads, got ", listed->size());
  }
  Pads pads;
  for (size_t i = 0; i < axes.size(); ++i) {
    pads.begin[axes[i]] = (*listed)[i];
    pads.end[axes[i]] = (*listed)[axes.size() + i];
  }
  return pads;
}

Result<Dim> padded(Dim dim, int64_t begin, int64_t end, Mode mode) {
  const auto added = checked_add(begin, end);
  if (!added) return fail(ErrorCode::invalid_model, "pads of ", begin, " and ", end, " are too large");
  if (*added == 0 && begin == 0) return dim;
  if (!dim.is_known()) return Dim::unknown();
  const int64_t kept =
      saturating_add(saturating_add(dim.value(), std::min<int64_t>(0, begin)), std::min<int64_t>(0, end));
  const auto result = checked_add(dim.value(), *added);
  if (kept < 0 || !result) {
    return fail(ErrorCode::invalid_model, "a dimension of ", dim.value(), " cannot be padded by ", begin, " and ", end);
  }
  if (kept == 0 && *result > 0 && mode != Mode::constant) {
    return fail(ErrorCode::invalid_model, "an empty dimension has no elements to repeat");
  }
  return Dim(*result);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_ASSIGN(const Mode mode, mode_of(context));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    WEDGE_ASSIGN(const auto pads, read_pads(context, shape.rank()));
    for (size_t axis = 0; axis < shape.rank(); ++axis) {
      if (pads) {
        WEDGE_ASSIGN(shape[axis], padded(shape[axis], pads->begin[axis], pads->end[axis], mode));
      } else {
        shape[axis] = Dim::unknown();
      }
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

struct Padding {
  Mode mode;
  Shape input;
  Shape output;
  std::array<Edge, Shape::max_rank> edges;
  size_t row_axis;   ///< the last axis that is padded
  size_t row_count;  ///< of output rows, from that axis on
  size_t unit;       ///< bytes of an element of that axis
  size_t width;      ///< bytes of an element
};

void fill(std::byte* target, size_t bytes, const std::byte* value, size_t width) {
  for (size_t i = 0; i < bytes; i += width) std::memcpy(target + i, value, width);
}

// Where the row of the input begins that output row `index` shows, in elements of the row axis; -1 for none.
int64_t source_row(const Padding& pad, size_t index) {
  int64_t row = 0;
  int64_t stride = 1;
  for (size_t axis = pad.row_axis; axis-- > 0;) {
    const auto dim = static_cast<size_t>(pad.output[axis]);
    const int64_t at = pad.edges[axis].source(static_cast<int64_t>(index % dim), pad.mode);
    if (at < 0) return -1;
    row += at * stride;
    stride *= pad.input[axis];
    index /= dim;
  }
  return row * pad.input[pad.row_axis];
}

void pad_row(const Padding& pad, const std::byte* source, const std::byte* value, std::byte* target) {
  const Edge& edge = pad.edges[pad.row_axis];
  const int64_t dim = pad.output[pad.row_axis];
  const int64_t middle_begin = std::min(edge.begin, dim);
  const int64_t middle_end = std::min(edge.begin + edge.length, dim);
  const auto at = [&](int64_t o) { return target + static_cast<size_t>(o) * pad.unit; };
  const auto copy = [&](int64_t o, int64_t from, int64_t count) {
    std::memcpy(at(o), source + static_cast<size_t>(from) * pad.unit, static_cast<size_t>(count) * pad.unit);
  };
  const auto border = [&](int64_t first, int64_t last) {
    if (pad.mode == Mode::constant)
      return fill(at(first), static_cast<size_t>(last - first) * pad.unit, value, pad.width);
    for (int64_t o = first; o < last; ++o) copy(o, edge.source(o, pad.mode), 1);
  };
  border(0, middle_begin);
  if (edge.length != 0) copy(middle_begin, edge.low, middle_end - middle_begin);
  border(middle_end, dim);
}

void pad_rows(const Padding& pad, const std::byte* source, const std::byte* value, std::byte* target, Workers workers) {
  const size_t row_bytes = static_cast<size_t>(pad.output[pad.row_axis]) * pad.unit;
  workers.run(pad.row_count, std::max<size_t>(1, (64 << 10) / row_bytes), [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      const int64_t row = source_row(pad, i);
      std::byte* to = target + i * row_bytes;
      if (row < 0) {
        fill(to, row_bytes, value, pad.width);
      } else {
        pad_row(pad, source + static_cast<size_t>(row) * pad.unit, value, to);
      }
    }
  });
}

// The 'value' attribute of old opsets as an element.
Result<std::array<std::byte, sizeof(Element16)>> attribute_value(const NodeView& node) {
  std::array<std::byte, sizeof(Element16)> value{};
  WEDGE_ASSIGN(const float number, node.attributes().number("value", 0));
  if (number == 0) return value;
  const bool is_float = visit_floats(node.dtype(0), [&]<typename T>() {
    const auto element = static_cast<T>(number);
    std::memcpy(value.data(), &element, sizeof(element));
  });
  if (!is_float) return fail(ErrorCode::unsupported, "a value of ", number, " for ", node.dtype(0));
  return value;
}

// `value`: the constant where input 2 is none.
Result<Kernel> prepare_padding(PrepareContext& context, const Pads& pads, Mode mode, bool has_value_input,
                               const std::array<std::byte, sizeof(Element16)>& value) {
  Padding pad{.mode = mode, .input = context.input_shape(0), .output = context.output_shape(0)};
  WEDGE_ASSIGN(pad.width, element_width(context, 0));
  const size_t rank = pad.input.rank();
  pad.row_axis = rank;
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t begin = pads.begin[axis];
    const int64_t end = pads.end[axis];
    const int64_t low = std::max<int64_t>(0, -begin);
    pad.edges[axis] = {
        .begin = std::max<int64_t>(0, begin), .low = low, .length = pad.input[axis] - low - std::max<int64_t>(0, -end)};
    if (begin != 0 || end != 0) pad.row_axis = axis;
  }
  if (pad.row_axis == rank) {
    context.view(0, 0);
    return Kernel();
  }
  pad.unit = static_cast<size_t>(pad.input.numel(pad.row_axis + 1, rank)) * pad.width;
  pad.row_count = static_cast<size_t>(pad.output.numel(0, pad.row_axis));
  return [=](RunContext& run) -> Result<> {
    const std::byte* element = has_value_input ? run.input(2).data : value.data();
    pad_rows(pad, run.input(0).data, element, run.output(0).data, run.workers());
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  if (context.has_input(2) && context.input_shape(2).numel() != 1) {
    return fail(ErrorCode::invalid_model, "the constant must be one element, got shape ", context.input_shape(2));
  }
  WEDGE_ASSIGN(const Mode mode, mode_of(context));
  WEDGE_ASSIGN(const auto pads, read_pads(context, context.input_shape(0).rank()));
  if (!pads) return fail(ErrorCode::internal, "planned before its pads are known");
  WEDGE_ASSIGN(const auto value, attribute_value(context));
  return prepare_padding(context, *pads, mode, context.has_input(2), value);
}

// The dimensions that CenterCropPad is to reach; nullopt while they are not known.
Result<std::optional<SymbolicShape>> centered_shape(const NodeView& node) {
  SymbolicShape shape = node.shape(0);
  WEDGE_ASSIGN(const auto target, node.integers(1));
  if (!target || !shape.has_rank()) return std::nullopt;
  std::vector<size_t> axes;
  for (size_t axis = 0; axis < shape.rank(); ++axis) axes.push_back(axis);
  if (node.attributes().has("axes")) {
    WEDGE_ASSIGN(const auto chosen, node.attributes().integers("axes"));
    WEDGE_ASSIGN(axes, resolve_axes(chosen, shape.rank()));
  }
  if (target->size() != axes.size()) {
    return fail(ErrorCode::invalid_model, "expected ", axes.size(), " dimensions, got ", target->size());
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    if ((*target)[i] < 0) return fail(ErrorCode::invalid_model, "a dimension cannot be ", (*target)[i]);
    shape[axes[i]] = (*target)[i];
  }
  return shape;
}

Result<> infer_centered(InferContext& context) {
  WEDGE_ASSIGN(const auto shape, centered_shape(context));
  const SymbolicShape& input = context.shape(0);
  context.set_output(0, context.dtype(0),
                     shape              ? *shape
                     : input.has_rank() ? SymbolicShape::of_rank(input.rank())
                                        : SymbolicShape());
  return {};
}

// Of an odd difference, the larger half is at the end.
Result<Kernel> prepare_centered(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  const Shape output = context.output_shape(0);
  if (output.numel() == 0) return Kernel();
  Pads pads;
  for (size_t axis = 0; axis < input.rank(); ++axis) {
    const int64_t added = output[axis] - input[axis];
    pads.begin[axis] = added / 2;
    pads.end[axis] = added - added / 2;
  }
  return prepare_padding(context, pads, Mode::constant, false, {});
}

}  // namespace

WEDGE_OPERATOR(onnx, Pad) = {.infer = infer, .prepare = prepare, .max_inputs = 4};
WEDGE_OPERATOR(onnx, CenterCropPad) = {
    .infer = infer_centered, .prepare = prepare_centered, .min_inputs = 2, .max_inputs = 2, .since = 18};

}  // namespace wedge
