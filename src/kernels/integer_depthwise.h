// Depthwise convolution of 8-bit images. integer_conv2d() comes here by itself.
#pragma once

#include "kernels/integer_conv.h"

namespace wedge::kernels {

/// Sums are taken by dot products of four bytes where the machine has them, or of pairs of 16-bit integers.
bool suits_integer_depthwise(const IntegerConv& conv);

size_t integer_depthwise_packed_bytes(const IntegerConv& conv);
void integer_depthwise_pack(const IntegerConv& conv, const std::byte* weights, std::byte* packed);
size_t integer_depthwise_scratch_bytes(const IntegerConv& conv, Workers workers);
void integer_depthwise_conv2d(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                              Workers workers);

}  // namespace wedge::kernels
