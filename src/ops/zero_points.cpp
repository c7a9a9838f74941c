#include "ops/zero_points.h"

#include <algorithm>

namespace wedge {

Result<> expect_quantized(const NodeView& node, size_t input, size_t zero_point) {
  WEDGE_TRY(node.expect_dtype(input, {DType::u8, DType::i8}));
  return node.expect_same_dtype(input, zero_point);
}

Result<> expect_count(const NodeView& node, size_t input, std::initializer_list<size_t> counts) {
  if (!node.has_input(input)) return {};
  const auto shape = node.shape(input).concrete().value_or(Shape{});
  const auto count = static_cast<size_t>(shape.numel());
  if (count == 1 || std::ranges::find(counts, count) != counts.end()) return {};
  return fail(ErrorCode::invalid_model, "input ", input, " of shape ", shape, " does not fit the other operands");
}

bool read_zero_points(const RunContext& run, size_t input, size_t lines, int32_t* to) {
  const ZeroPoints zeros(run, input);
  if (zeros.tensor == nullptr || zeros.tensor->numel() == 1) {
    std::fill_n(to, lines, zeros[0]);
    return zeros[0] != 0;
  }
  const bool is_signed = zeros.tensor->dtype == DType::i8;
  const auto* bytes = reinterpret_cast<const uint8_t*>(zeros.tensor->data);
  const auto* signed_bytes = reinterpret_cast<const int8_t*>(zeros.tensor->data);
  bool any = false;
  for (size_t i = 0; i < lines; ++i) {
    to[i] = is_signed ? signed_bytes[i] : bytes[i];
    any |= to[i] != 0;
  }
  return any;
}

void read_scales(const RunContext& run, size_t input, float factor, size_t lines, float* to) {
  const auto scales = run.input<float>(input);
  if (scales.size() == 1) {
    std::fill_n(to, lines, factor * scales[0]);
    return;
  }
  for (size_t i = 0; i < lines; ++i) to[i] = factor * scales[i];
}

}  // namespace wedge
