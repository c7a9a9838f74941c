// Split: the input cut into pieces along an axis; views when the axis is the outermost that matters.
#include "ops/row_pieces.h"
#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<size_t> split_axis(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const int64_t axis, node.attributes().integer("axis", 0));
  return resolve_axis(axis, rank);
}

// Equal pieces; since opset 18 the last may be smaller.
Result<std::vector<Dim>> equal_lengths(const NodeView& node, Dim dim) {
  const auto count = static_cast<int64_t>(node.output_count());
  WEDGE_ASSIGN(const int64_t declared, node.attributes().integer("num_outputs", count));
  if (declared != count) {
    return fail(ErrorCode::invalid_model, "num_outputs is ", declared, " but the node has ", count, " outputs");
  }
  if (!dim.is_known()) return std::vector<Dim>(node.output_count(), count == 1 ? dim : Dim::unknown());
  const int64_t length = dim.value() / count + (dim.value() % count == 0 ? 0 : 1);
  const int64_t last = dim.value() - length * (count - 1);
  if (last < 0 || (last != length && node.version() < 18)) {
    return fail(ErrorCode::invalid_model, "a dimension of ", dim.value(), " cannot be split into ", count, " pieces");
  }
  std::vector<Dim> lengths(node.output_count(), length);
  lengths.back() = last;
  return lengths;
}

Result<std::vector<Dim>> piece_lengths(const NodeView& node, Dim dim) {
  if (!node.has_input(1) && !node.attributes().has("split")) return equal_lengths(node, dim);
  WEDGE_ASSIGN(const auto listed, node.integers("split", 1));
  if (!listed) return std::vector<Dim>(node.output_count(), Dim::unknown());
  if (listed->size() != node.output_count()) {
    return fail(ErrorCode::invalid_model, "split lists ", listed->size(), " lengths for ", node.output_count(),
                " outputs");
  }
  std::vector<Dim> lengths;
  Dim sum = 0;
  for (const int64_t length : *listed) {
    if (length < 0) return fail(ErrorCode::invalid_model, "split has a negative length: ", length);
    lengths.emplace_back(length);
    sum = sum + length;
  }
  if (conflict(sum, dim)) {
    return fail(ErrorCode::invalid_model, "split adds up to ", sum.value(), " but the dimension is ", dim.value());
  }
  return lengths;
}

Result<> infer(InferContext& context) {
  SymbolicShape shape = context.shape(0);
  if (!shape.has_rank()) {
    for (size_t i = 0; i < context.output_count(); ++i) context.set_output(i, context.dtype(0), {});
    return {};
  }
  WEDGE_ASSIGN(const size_t axis, split_axis(context, shape.rank()));
  WEDGE_ASSIGN(const auto lengths, piece_lengths(context, shape[axis]));
  for (size_t i = 0; i < context.output_count(); ++i) {
    shape[axis] = lengths[i];
    context.set_output(i, context.dtype(0), shape);
  }
  return {};
}

struct Piece {
  size_t output;
  size_t offset;
  size_t bytes;
};

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  if (shape.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const size_t axis, split_axis(context, shape.rank()));
  WEDGE_ASSIGN(const auto lengths, piece_lengths(context, shape[axis]));
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  const auto rows = static_cast<size_t>(shape.numel(0, axis));
  const size_t unit = static_cast<size_t>(shape.numel(axis + 1, shape.rank())) * width;
  const size_t row_bytes = static_cast<size_t>(shape[axis]) * unit;
  std::vector<Piece> pieces;
  size_t offset = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const size_t bytes = static_cast<size_t>(lengths[i].value()) * unit;
    if (context.has_output(i) && bytes != 0) pieces.push_back({.output = i, .offset = offset, .bytes = bytes});
    offset += bytes;
  }
  if (rows == 1) {
    for (const Piece& piece : pieces) context.view(piece.output, 0, piece.offset);
    return Kernel();
  }
  return [rows, row_bytes, pieces = std::move(pieces)](RunContext& run) -> Result<> {
    const std::byte* source = run.input(0).data;
    for (const Piece& piece : pieces) {
      std::byte* target = run.output(piece.output).data;
      copy_row_piece({source + piece.offset, row_bytes, target, piece.bytes, piece.bytes}, rows, run.workers());
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Split) = {.infer = infer, .prepare = prepare, .max_inputs = 2, .max_outputs = any_number};

}  // namespace wedge
