// Zero points and scales of quantised operands, and sums of their products brought back to 8 bits.
#pragma once

#include <algorithm>
#include <cmath>

#include "ops/operator.h"
#include "tensor/float_access.h"

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

/// Writes the zero points of `lines` lines; whether any of them is not 0.
bool read_zero_points(const RunContext& run, size_t input, size_t lines, int32_t* to);

/// Writes `factor` times the scales, of f32, of `lines` lines.
void read_scales(const RunContext& run, size_t input, float factor, size_t lines, float* to);

/// The scales of an input, numbered as its zero points; there may be fewer than lines, and then they repeat.
class Scales {
 public:
  Scales(const RunContext& run, size_t input) : tensor_(run.input(input)) { first_ = read(0); }
  [[nodiscard]] float operator[](size_t line) const {
    return tensor_.numel() == 1 ? first_ : read(line % static_cast<size_t>(tensor_.numel()));
  }

 private:
  [[nodiscard]] float read(size_t i) const {
    float scale = 0;
    read_floats(tensor_.dtype, tensor_.data, i, 1, &scale);
    return scale;
  }

  const TensorRef& tensor_;
  float first_ = 0;
};

/// Elements [first, first + sums.size()) of the output: sum i times scale_of(i), rounded to nearest, ties to even, plus
/// the zero point, saturated.
template <typename ScaleOf>
void requantize(std::span<const int32_t> sums, ScaleOf scale_of, int32_t zero, const TensorRef& output, size_t first) {
  constexpr size_t block = 256;
  float numbers[block];
  for (size_t begin = 0; begin < sums.size(); begin += block) {
    const size_t count = std::min(block, sums.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      const float scaled = static_cast<float>(sums[begin + i]) * scale_of(begin + i);
      numbers[i] = std::nearbyint(scaled) + static_cast<float>(zero);
    }
    write_floats(output.dtype, numbers, first + begin, count, output.data);
  }
}

/// The rules of an 8-bit operand and its zero points.
Result<> expect_quantized(const NodeView& node, size_t input, size_t zero_point);

/// An Error unless an input, when present, has one element or as many as one of the counts.
Result<> expect_count(const NodeView& node, size_t input, std::initializer_list<size_t> counts);

}  // namespace wedge
