// The weights of gates as 8-bit integers, [directions, k, columns], and products of floats with them: the floats are
// quantised by their range first.
#pragma once

#include "kernels/integer_gemm.h"
#include "ops/operator.h"

namespace wedge {

class QuantizedGates {
 public:
  /// Which inputs are what; scales and zero points are one for each direction, or one for each column.
  struct Roles {
    size_t weights, scale, zero;
  };

  /// `most_rows`: the most rows that are multiplied at once.
  static Result<QuantizedGates> prepare(PrepareContext& context, const Roles& roles, size_t most_rows);

  /// Once before the products of a run.
  void load(const RunContext& run) const;

  /// `to` = rows of k floats times the weights of a direction, plus the bias where it is not null.
  void multiply(const RunContext& run, size_t direction, std::span<const float> rows, const float* bias,
                float* to) const;

 private:
  [[nodiscard]] size_t direction_bytes() const {
    return round_up(kernels::integer_packed_bytes(1, k_, columns_), AlignedBuffer::alignment);
  }
  [[nodiscard]] kernels::IntegerProduct product(size_t rows) const;
  void pack_all(const std::byte* weights, std::byte* packed) const;

  Roles roles_{};
  size_t directions_ = 0;
  size_t k_ = 0;
  size_t columns_ = 0;
  bool is_signed_ = false;
  const std::byte* constant_ = nullptr;
  Scratch packed_;  ///< where the weights are no constant
  Scratch quantized_;
  Scratch scales_;
  Scratch zeros_;
  Scratch product_;
};

}  // namespace wedge
