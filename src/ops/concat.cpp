// Concat: inputs one after the other along an axis.
#include "ops/row_pieces.h"
#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<size_t> concat_axis(const NodeView& node, size_t rank) {
  if (rank == 0) return fail(ErrorCode::invalid_model, "scalars cannot be concatenated");
  if (node.version() < 4 && !node.attributes().has("axis")) return resolve_axis(1, rank);
  WEDGE_ASSIGN(const int64_t axis, node.attributes().required_integer("axis"));
  return resolve_axis(axis, rank);
}

// Adds what another input tells of the output.
Result<> join(SymbolicShape& shape, const SymbolicShape& input, size_t axis) {
  if (input.rank() != shape.rank()) {
    return fail(ErrorCode::invalid_model, "inputs must have the same rank, got shapes ", shape, " and ", input);
  }
  for (size_t i = 0; i < shape.rank(); ++i) {
    if (i == axis) {
      shape[i] = shape[i] + input[i];
    } else if (conflict(shape[i], input[i])) {
      return fail(ErrorCode::invalid_model, "inputs must agree outside axis ", axis, ", got shapes ", shape, " and ",
                  input);
    } else if (!shape[i].is_known() && (input[i].is_known() || !shape[i].is_symbol())) {
      shape[i] = input[i];
    }
  }
  return {};
}

Result<> infer(InferContext& context) {
  DType dtype = DType::undefined;
  SymbolicShape shape;
  size_t axis = 0;
  bool all_ranks_known = true;
  for (size_t i = 0; i < context.input_count(); ++i) {
    WEDGE_TRY(context.expect_same_dtype(0, i));
    if (dtype == DType::undefined) dtype = context.dtype(i);
    const SymbolicShape& input = context.shape(i);
    if (!input.has_rank()) {
      all_ranks_known = false;
    } else if (!shape.has_rank()) {
      WEDGE_ASSIGN(axis, concat_axis(context, input.rank()));
      shape = input;
    } else {
      WEDGE_TRY(join(shape, input, axis));
    }
  }
  if (shape.has_rank() && !all_ranks_known) shape[axis] = Dim::unknown();
  context.set_output(0, dtype, shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.input_count() == 1) {
    context.view(0, 0);
    return Kernel();
  }
  const Shape shape = context.output_shape(0);
  if (shape.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const size_t axis, concat_axis(context, shape.rank()));
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  std::vector<size_t> slices;
  for (size_t i = 0; i < context.input_count(); ++i) {
    const Shape input = context.input_shape(i);
    slices.push_back(static_cast<size_t>(input.numel(axis, input.rank())) * width);
  }
  const auto rows = static_cast<size_t>(shape.numel(0, axis));
  const size_t row_bytes = static_cast<size_t>(shape.numel(axis, shape.rank())) * width;
  for (size_t i = 0, offset = 0; rows == 1 && i < slices.size(); offset += slices[i++]) {
    if (slices[i] != 0) context.make_inside(i, 0, offset);
  }
  return [rows, row_bytes, slices = std::move(slices)](RunContext& run) -> Result<> {
    std::byte* row = run.output(0).data;
    for (size_t i = 0; i < slices.size(); ++i) {
      copy_row_piece({run.input(i).data, slices[i], row, row_bytes, slices[i]}, rows, run.workers());
      row += slices[i];
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Concat) = {.infer = infer, .prepare = prepare, .max_inputs = any_number};

}  // namespace wedge
