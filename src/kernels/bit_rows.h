// Rows of weights that are integers of 2, 4 or 8 bits with a scale and a zero point per block, multiplied by floats
// without being written out.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wedge::kernels {

/// A row of `blocks` blocks; each is `block_bytes` bytes that hold 8 / bits numbers each, the first in the low bits.
struct BitRow {
  size_t bits = 8;
  size_t block_bytes = 0;
  size_t blocks = 0;
  const uint8_t* numbers = nullptr;
  const float* scales = nullptr;
  const float* zeros = nullptr;

  [[nodiscard]] size_t block() const { return block_bytes * 8 / bits; }
};

/// Brings `count` floats, at most those of a row, into the order that dot() reads: of each block first those that meet
/// the lowest bits of the bytes, then those that meet the next. What is missing to a whole row becomes 0.
void spread(const BitRow& row, const float* from, size_t count, float* to);

/// The most operands that dot() takes.
inline constexpr size_t most_operands = 4;

/// For each of `count` operands the sum of (number - zero) * scale * operand along the row; operands are what spread()
/// wrote, one after the other.
void dot(const BitRow& row, const float* operands, size_t count, float* sums);

/// Writes the numbers of `bytes` bytes of one block as floats: (number - zero) * scale.
void unpack(size_t bits, const uint8_t* numbers, size_t bytes, float scale, float zero, float* to);

}  // namespace wedge::kernels
