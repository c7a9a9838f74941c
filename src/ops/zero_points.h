// Zero points of quantised operands, and integers less them.
#pragma once

#include "ops/operator.h"

namespace wedge {

/// The zero points of an input: none, one for all elements, or one for each of the input's `count` lines (rows of a
/// matrix, columns, channels).
struct ZeroPoints {
  const TensorRef* tensor = nullptr;

  ZeroPoints(const RunContext& run, size_t input) : tensor(run.has_input(input) ? &run.input(input) : nullptr) {}
  [[nodiscard]] int32_t operator[](size_t line) const {
    if (tensor == nullptr) return 0;
    const size_t i = tensor->numel() == 1 ? 0 : line;
    return tensor->dtype == DType::i8 ? tensor->as<int8_t>()[i] : tensor->as<uint8_t>()[i];
  }
};

/// The rules of an 8-bit operand and its zero points.
Result<> expect_quantized(const NodeView& node, size_t input, size_t zero_point);

/// An Error unless an input, when present, has one element or as many as one of the counts.
Result<> expect_count(const NodeView& node, size_t input, std::initializer_list<size_t> counts);

}  // namespace wedge
