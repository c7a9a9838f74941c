// Convolutions one after the other, channels last, a few rows at a time: what one leaves is in the cache when the next
// takes it up, and of the images between only strips exist.
#pragma once

#include <span>

#include "kernels/channels_last.h"

namespace wedge::kernels {

/// No chain has more convolutions.
inline constexpr size_t longest_chain = 8;

struct ChainedConv {
  Conv2d conv;
  ConvMethod method;
};

/// The method that a convolution has in a chain.
ConvMethod chained_method(const Conv2d& conv);

/// Whether the convolution can be in a chain: first, or after others.
bool suits_chain(const Conv2d& conv, bool is_first);

/// Bytes of scratch one call of conv_chain2d() needs.
size_t conv_chain_scratch_bytes(std::span<const ChainedConv> chain, Workers workers);

/// What a call reads, one of each per convolution: what channels_last_pack() made of the weights, and what becomes of
/// the sums. The last one alone may have a residual.
struct ChainOperands {
  std::span<const std::byte* const> packed;
  std::span<const ConvFinish> finish;
};

/// As channels_last_conv2d() of one convolution after the other; each one's input is as large as the output before it.
/// The output overlaps nothing but the residual. `scratch` is 64-byte aligned and used by this call alone. The result
/// does not depend on the number of workers.
void conv_chain2d(std::span<const ChainedConv> chain, const ChainOperands& operands, const float* input, float* output,
                  std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
