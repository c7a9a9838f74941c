// What the operators on 8-bit numbers with a scale and a zero point share.
#pragma once

#include "kernels/quantize.h"
#include "ops/operator.h"
#include "ops/zero_points.h"

namespace wedge {

/// An 8-bit operand: its input, that of its scale; the zero point follows the scale and may be left out.
struct QLinearOperand {
  size_t numbers;
  size_t scale;
};

/// The rules of such an operand's types.
inline Result<> expect_qlinear(const NodeView& node, QLinearOperand operand) {
  WEDGE_TRY(node.expect_dtype(operand.scale, {DType::f32}));
  return expect_quantized(node, operand.numbers, operand.scale + 1);
}

/// The scale at that input and the zero point behind it, of whole tensors.
inline Result<> expect_one_quantization(const NodeView& node, size_t scale) {
  WEDGE_TRY(expect_count(node, scale, {}));
  return expect_count(node, scale + 1, {});
}
inline kernels::Quantization read_quantization(const RunContext& run, size_t scale) {
  return {.scale = run.input<float>(scale)[0], .zero = ZeroPoints(run, scale + 1)[0]};
}

/// Calls visit.template operator()<T>() with the type of the 8-bit numbers.
template <typename Visit>
auto visit_bytes(DType dtype, Visit visit) {
  return dtype == DType::i8 ? visit.template operator()<int8_t>() : visit.template operator()<uint8_t>();
}

/// Runs body(block of floats, first element, count) over pieces of `count` elements on all workers, and writes the
/// floats it leaves as 8-bit numbers.
template <typename T, typename Body>
void write_quantized(const RunContext& run, size_t count, kernels::Quantization to, T* out, Body body) {
  constexpr size_t block = 256;
  constexpr size_t grain = size_t{32} << 10U;
  run.workers().run(count, grain, [&](size_t begin, size_t end, unsigned) {
    float numbers[block];
    for (size_t first = begin; first < end; first += block) {
      const size_t length = std::min(block, end - first);
      body(numbers, first, length);
      kernels::quantize_f32(numbers, to.scale, to.zero, out + first, length);
    }
  });
}

}  // namespace wedge
