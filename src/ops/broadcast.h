// Broadcasting of shapes and the walk over broadcast operands (ONNX "Broadcasting in ONNX", multidirectional).
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "ops/infer_context.h"
#include "tensor/strides.h"

namespace wedge {

/// The shape two operands broadcast to. Error: invalid_model when dimensions differ and neither is 1.
Result<SymbolicShape> broadcast_shapes(const SymbolicShape& a, const SymbolicShape& b);

/// The shape of input 1 as it lines up with input 0. Since opset 7 that is at the last dimension; before, attribute
/// `axis`, else `old_axis`, may name the dimension of input 0 that its first one meets.
Result<SymbolicShape> second_operand(const NodeView& node, std::optional<int64_t> old_axis = {});

/// Output 0 has the shape that all inputs broadcast to, and this type.
Result<> infer_broadcast(InferContext& context, DType dtype);

/// How up to three operands are read while the output is written in order. Axes along which every operand runs on
/// are merged, so along a row each operand either advances by one element or stands still.
class Broadcast {
 public:
  static constexpr size_t most_operands = 3;
  using Offsets = std::array<int64_t, most_operands>;

  /// The operands must broadcast to `output`.
  Broadcast(const Shape& output, std::initializer_list<Shape> operands);

  /// 1 when the operand advances along a row, 0 when it stands still.
  [[nodiscard]] int64_t step(size_t operand) const { return strides_[operand][rank_ - 1]; }

  /// Calls body(offsets, output_offset, count) for the pieces of rows that cover output elements [begin, end).
  template <typename Body>
  void for_each_piece(size_t begin, size_t end, Body body) const {
    const int64_t row = dims_[rank_ - 1];
    auto at = static_cast<int64_t>(begin);
    const auto last = static_cast<int64_t>(end);
    if (at >= last) return;
    std::array<int64_t, Shape::max_rank> index{};
    Offsets offsets = seek(at / row, index);
    int64_t column = at % row;
    while (at < last) {
      const int64_t count = std::min(row - column, last - at);
      Offsets here = offsets;
      for (size_t k = 0; k < most_operands; ++k) here[k] += column * step(k);
      body(here, at, static_cast<size_t>(count));
      at += count;
      column = 0;
      advance(index, offsets);
    }
  }

 private:
  Offsets seek(int64_t row, std::array<int64_t, Shape::max_rank>& index) const;
  void advance(std::array<int64_t, Shape::max_rank>& index, Offsets& offsets) const;

  size_t rank_ = 0;
  std::array<int64_t, Shape::max_rank> dims_{};
  std::array<Strides, most_operands> strides_{};
};

}  // namespace wedge
