// SplitToSequence: a tensor cut along an axis into a sequence, in equal pieces, listed ones, or single slices.
#include "ops/sequence.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_rank(1, 0, 1));
  context.set_output(0, sequence_of(context.dtype(0)), {});
  return {};
}

// The listed lengths, or as many equal ones as it takes, the last perhaps smaller.
Result<std::vector<int64_t>> piece_lengths(const RunContext& run, int64_t dim) {
  std::vector<int64_t> given = {1};
  const bool has_split = run.has_input(1);
  if (has_split) {
    const TensorRef& split = run.input(1);
    given.clear();
    for (size_t i = 0; i < static_cast<size_t>(split.numel()); ++i) {
      given.push_back(split.dtype == DType::i32 ? split.as<int32_t>()[i] : split.as<int64_t>()[i]);
    }
    if (split.shape.rank() == 1) {
      int64_t rest = dim;
      for (const int64_t length : given) {
        if (length < 0 || length > rest) return fail(ErrorCode::invalid_argument, "split does not fit ", dim);
        rest -= length;
      }
      if (rest != 0) return fail(ErrorCode::invalid_argument, "split leaves ", rest, " of ", dim, " over");
      return given;
    }
  }
  if (given[0] <= 0) return fail(ErrorCode::invalid_argument, "split must be positive, got ", given[0]);
  std::vector<int64_t> lengths;
  for (int64_t at = 0; at < dim; at += lengths.back()) lengths.push_back(std::min(given[0], dim - at));
  return lengths;
}

Result<Tensor> without_axis(const Tensor& piece, size_t axis) {
  std::vector<int64_t> dims(piece.shape().begin(), piece.shape().end());
  dims.erase(dims.begin() + static_cast<ptrdiff_t>(axis));
  return piece.reshape(dims);
}

Result<> split(RunContext& run, int64_t wanted_axis, bool keeps_axis) {
  const TensorRef& input = run.input(0);
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted_axis, input.shape.rank()));
  WEDGE_ASSIGN(const auto lengths, piece_lengths(run, input.shape[axis]));
  WEDGE_ASSIGN(const Tensor whole, Tensor::wrap_bytes(input.dtype, input.bytes(), input.shape, true, nullptr));
  std::vector<Tensor> pieces;
  int64_t at = 0;
  for (const int64_t length : lengths) {
    WEDGE_ASSIGN(const Tensor view, whole.slice(static_cast<int64_t>(axis), at, at + length));
    WEDGE_ASSIGN(Tensor piece, view.clone());
    at += length;
    if (!keeps_axis) {
      WEDGE_ASSIGN(piece, without_axis(piece, axis));
    }
    pieces.push_back(std::move(piece));
  }
  WEDGE_ASSIGN(Tensor sequence, Tensor::sequence(input.dtype, std::move(pieces)));
  run.set_output(0, std::move(sequence));
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const int64_t axis, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(const bool keepdims, context.attributes().flag("keepdims", true));
  const bool keeps_axis = keepdims || context.has_input(1);
  return [=](RunContext& run) { return split(run, axis, keeps_axis); };
}

}  // namespace

WEDGE_OPERATOR(onnx, SplitToSequence) = {.infer = infer, .prepare = prepare, .max_inputs = 2};

}  // namespace wedge
