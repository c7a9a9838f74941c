// Convolution of 8-bit images whose channels lie side by side.
#pragma once

#include <string_view>

#include "kernels/conv.h"
#include "kernels/integer_gemm.h"

namespace wedge::kernels {

/// Everything but the operands: types, and what becomes of the sums, as for integer_gemm().
struct IntegerConv {
  Conv2d conv;
  bool x_is_signed = false;
  bool w_is_signed = false;
  IntegerResult result = IntegerResult::sums;
};

struct IntegerConvOperands {
  const std::byte* x = nullptr;  ///< N,H,W,C
  int32_t x_zero = 0;            ///< padding counts as this
  const std::byte* packed_w = nullptr;
  const int32_t* w_zeros = nullptr;  ///< one per output channel, or null: all 0
  const int32_t* bias = nullptr;     ///< one per output channel, or null
  const float* scales = nullptr;     ///< one per output channel; not for sums
  int32_t y_zero = 0;
  void* y = nullptr;  ///< N,OH,OW,M
};

/// The name of the way it is computed.
std::string_view integer_conv_method(const IntegerConv& conv);

/// Weights M, C/groups, KH, KW, packed once; 64-byte aligned. Convolutions of the same weights share what is packed
/// where integer_conv_form() is the same.
std::string_view integer_conv_form(const IntegerConv& conv);
size_t integer_conv_packed_bytes(const IntegerConv& conv);
void integer_conv_pack(const IntegerConv& conv, const std::byte* weights, std::byte* packed);

size_t integer_conv_scratch_bytes(const IntegerConv& conv, Workers workers);

/// `scratch` is 64-byte aligned and used by this call alone. The result does not depend on the number of workers.
void integer_conv2d(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
