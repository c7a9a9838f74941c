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

}  // namespace wedge
