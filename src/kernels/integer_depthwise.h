// Depthwise convolution of 8-bit images. integer_conv2d() comes here by itself.
#pragma once

#include "kernels/integer_conv.h"

namespace wedge::kernels {

/// Sums are taken in floats, which stay within 2^22 and so are exact for kernels of so few taps, or by dot products of
/// bytes.
inline bool suits_integer_depthwise(const IntegerConv& conv) {
  constexpr size_t most_exact_taps = 64;
  return conv.conv.height.kernel * conv.conv.width.kernel <= most_exact_taps && conv.result != IntegerResult::floats;
}

size_t integer_depthwise_packed_bytes(const IntegerConv& conv);
void integer_depthwise_pack(const IntegerConv& conv, const std::byte* weights, std::byte* packed);
size_t integer_depthwise_scratch_bytes(const IntegerConv& conv, Workers workers);
void integer_depthwise_conv2d(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                              Workers workers);

}  // namespace wedge::kernels
