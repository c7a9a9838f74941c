// Trilu: the upper or lower triangle of each matrix, zeros elsewhere. Moves elements by width.
#include <algorithm>
#include <cstring>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  return infer_same_as_input(context);
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  const size_t width = byte_width(context.dtype(0));
  if (width == 0) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  if (context.has_input(1) && context.input_shape(1).numel() != 1) {
    return fail(ErrorCode::invalid_model, "k must be one number, got shape ", context.input_shape(1));
  }
  WEDGE_ASSIGN(const bool upper, context.attributes().flag("upper", true));
  if (shape.numel() == 0) return Kernel();
  const int64_t rows = shape[shape.rank() - 2];
  const int64_t columns = shape[shape.rank() - 1];
  const int64_t all_rows = shape.numel(0, shape.rank() - 1);
  context.in_place(0, 0);
  return [=](RunContext& run) -> Result<> {
    // A zero of any type, the empty string included, is all zero bits.
    const int64_t diagonal = run.has_input(1) ? std::clamp(run.input<int64_t>(1)[0], -rows, columns) : 0;
    const auto row_bytes = static_cast<size_t>(columns) * width;
    for (int64_t row = 0; row < all_rows; ++row) {
      const std::byte* from = run.input(0).data + static_cast<size_t>(row) * row_bytes;
      std::byte* to = run.output(0).data + static_cast<size_t>(row) * row_bytes;
      // The lower triangle has the diagonal too.
      const int64_t split = std::clamp<int64_t>(row % rows + diagonal + (upper ? 0 : 1), 0, columns);
      const size_t left = static_cast<size_t>(split) * width;
      const size_t kept = upper ? left : 0;
      const size_t cleared = upper ? 0 : left;
      if (from != to) std::memcpy(to + kept, from + kept, upper ? row_bytes - left : left);
      std::memset(to + cleared, 0, upper ? left : row_bytes - left);
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Trilu) = {.infer = infer, .prepare = prepare, .max_inputs = 2};
WEDGE_OPERATOR(microsoft, Trilu) = {.infer = infer, .prepare = prepare, .max_inputs = 2};

}  // namespace wedge
