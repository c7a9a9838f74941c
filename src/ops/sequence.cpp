#include "ops/sequence.h"

namespace wedge {

Result<> expect_sequence(const NodeView& node, size_t input) {
  if (is_sequence(node.dtype(input))) return {};
  return fail(ErrorCode::invalid_model, "input ", input, " must be a sequence, got ", node.dtype(input));
}

std::span<const Tensor> elements(const RunContext& run, size_t input) { return run.input<Tensor>(input); }

Result<size_t> read_position(const RunContext& run, size_t input, size_t count, bool or_end) {
  const TensorRef& position = run.input(input);
  if (position.numel() != 1) {
    return fail(ErrorCode::invalid_argument, "the position must be one integer, got shape ", position.shape);
  }
  const int64_t wanted = position.dtype == DType::i32 ? position.as<int32_t>()[0] : position.as<int64_t>()[0];
  const auto size = static_cast<int64_t>(count);
  if (wanted < -size || wanted >= size + (or_end ? 1 : 0)) {
    return fail(ErrorCode::out_of_range, "position ", wanted, " is outside a sequence of ", count, " elements");
  }
  return static_cast<size_t>(wanted < 0 ? wanted + size : wanted);
}

}  // namespace wedge
