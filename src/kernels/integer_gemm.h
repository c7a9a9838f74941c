// Products of 8-bit matrices, summed in 32 bits and brought to the type wanted while they are at hand.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/function_ref.h"
#include "base/thread_pool.h"
#include "kernels/gemm.h"

namespace wedge::kernels {

/// This bit makes a signed byte of an unsigned one, 128 less, and back: products are of unsigned A and signed B.
inline constexpr uint8_t sign_bit = 0x80;
inline constexpr int32_t sign_shift = 128;

/// Where rows [first, first + rows) of A are: for each tap `most_integer_rows` pointers, of which the first `rows` are
/// set, each to `depth` bytes.
using IntegerRows = FunctionRef<void(size_t first, size_t rows, const std::byte** pointers)>;

#if defined(__x86_64__)
inline constexpr size_t most_integer_rows = 32;
#else
inline constexpr size_t most_integer_rows = 8;
#endif

/// Elements of B: (tap, p, j) is data[tap * tap_stride + p * row_stride + j * column_stride], with
/// p % inner * row_stride + p / inner * outer_stride for p where there is an `inner`.
struct IntegerMatrix {
  const std::byte* data = nullptr;
  bool is_signed = false;
  size_t taps = 1;
  size_t depth = 0;
  size_t n = 0;
  ptrdiff_t tap_stride = 0;
  ptrdiff_t row_stride = 0;
  ptrdiff_t column_stride = 1;
  size_t inner = 0;
  ptrdiff_t outer_stride = 0;
  bool for_pairs = false;  ///< packed for products of pairs of 16 bits, though bytes may be multiplied faster
};

/// B packed once; the layout is this machine's own; 64-byte aligned. What is packed of weights may depend on their
/// values, its size does not.
size_t integer_packed_bytes(size_t taps, size_t depth, size_t n);
void integer_pack(const IntegerMatrix& b, std::byte* packed);

enum class IntegerResult : uint8_t {
  sums,    ///< int32: sum
  floats,  ///< float: clamp(scale * sum + float_bias)
  u8,      ///< uint8: sum * scale to nearest, ties to even, plus c_zero, saturated
  i8,      ///< int8: likewise
};

/// sum(i, j) = the sum over taps and depth of (a - a_zero) * (b - b_zero[j]), plus bias[j]; sums wrap.
struct IntegerProduct {
  size_t m = 0;
  size_t n = 0;
  size_t taps = 1;
  size_t depth = 0;
  bool a_is_signed = false;
  bool b_is_signed = false;
  bool a_has_slack = false;  ///< three bytes behind each row may be read
  int32_t a_zero = 0;
  const std::byte* packed_b = nullptr;
  const int32_t* b_zeros = nullptr;  ///< n of them, or null: all 0
  const int32_t* bias = nullptr;     ///< n, or null
  IntegerResult result = IntegerResult::sums;
  void* c = nullptr;  ///< rows of n elements
  size_t c_stride = 0;
  const float* scales = nullptr;      ///< n; not for sums
  const float* float_bias = nullptr;  ///< n, or null; for floats
  Clamp clamp;                        ///< for floats
  int32_t c_zero = 0;                 ///< for u8 and i8
};

/// Bytes of scratch; looks at sizes only.
size_t integer_scratch_bytes(const IntegerProduct& product, Workers workers);

/// `scratch` is 64-byte aligned and used by this call alone. The result is exact for all operands (floats and 8-bit
/// results: up to the rounding of one multiplication) and does not depend on the number of workers. `rows` is called
/// from several threads at once.
void integer_gemm(const IntegerProduct& product, IntegerRows rows, std::byte* scratch, Workers workers);

/// The rows of a matrix of `taps` 1 whose rows are `stride` bytes apart.
struct MatrixRows {
  const std::byte* data;
  size_t stride;
  void operator()(size_t first, size_t rows, const std::byte** pointers) const {
    for (size_t i = 0; i < rows; ++i) pointers[i] = data + (first + i) * stride;
  }
};

}  // namespace wedge::kernels
