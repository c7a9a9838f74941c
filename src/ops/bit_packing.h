// Numbers of 2, 4 or 8 bits packed into bytes, the first in the low bits.
#pragma once

#include "base/result.h"
#include "tensor/float_access.h"

namespace wedge {

struct BitPacking {
  size_t bits = 8;

  static Result<BitPacking> of(int64_t bits) {
    if (bits == 2 || bits == 4 || bits == 8) return BitPacking{static_cast<size_t>(bits)};
    return fail(ErrorCode::invalid_model, "numbers of ", bits, " bits");
  }

  [[nodiscard]] size_t per_byte() const { return 8 / bits; }
  /// Bytes that `count` numbers take.
  [[nodiscard]] size_t packed(size_t count) const { return (count + per_byte() - 1) / per_byte(); }
  [[nodiscard]] DType dtype() const { return bits == 8 ? DType::u8 : bits == 4 ? DType::u4 : DType::u2; }
  /// The zero point where none is given.
  [[nodiscard]] float middle() const { return static_cast<float>(1U << (bits - 1)); }

  /// Numbers [first, first + count) of those packed from `bytes` on.
  void read(const std::byte* bytes, size_t first, size_t count, float* to) const {
    read_floats(dtype(), bytes, first, count, to);
  }
  [[nodiscard]] float number(const std::byte* bytes, size_t index) const {
    float number = 0;
    read(bytes, index, 1, &number);
    return number;
  }
};

}  // namespace wedge
