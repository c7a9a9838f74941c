// Depthwise convolution of bytes by products of pairs of 16-bit integers: what integer_depthwise.cpp asks of the code
// compiled per SIMD target.
#pragma once

#include "kernels/integer_conv.h"

namespace wedge::kernels {

/// How weights lie: for each block of channels, each pair of rows of the kernel and each column, a channel's two
/// weights side by side, the channels in the order in which interleaving two rows of pixels brings them. The last row
/// of an odd number is paired with zeros.
struct DepthwisePairs {
  size_t block;  ///< channels that are summed together: what this target's vector of 16-bit integers holds
  size_t channels, height, width, pairs, blocks;

  explicit DepthwisePairs(const Conv2d& conv);

  [[nodiscard]] size_t padded_channels() const { return blocks * block; }
  [[nodiscard]] size_t weights() const { return pairs * width * 2 * padded_channels(); }
  /// Where the number of a channel is among those of all.
  [[nodiscard]] size_t order(size_t channel) const {
    const size_t i = channel % block;
    return channel - i + i % 8 / 4 * (block / 2) + i / 8 * 4 + i % 4;
  }
  /// Where a weight is.
  [[nodiscard]] size_t place(size_t channel, size_t row, size_t column) const {
    const size_t of_block = channel / block;
    const size_t vectors = (of_block * pairs + row / 2) * width + column;
    return 2 * (vectors * block + order(channel) - of_block * block) + row % 2;
  }
};

/// Rows [first, last) of one image's outputs.
struct DepthwisePairRows {
  const IntegerConv& conv;
  const DepthwisePairs& pairs;
  const int16_t* weights;
  const int32_t* offsets;  ///< what sums of unsigned bytes start from, in order() and padded
  const float* scales;     ///< likewise
  int32_t y_zero;
  const std::byte* image;  ///< unsigned, with its padding: from the first row that output row `first` sees
  size_t row_bytes, pixel_bytes;
  void* output;  ///< of the image
  size_t first, last;
};

void depthwise_pairs(const DepthwisePairRows& rows);

}  // namespace wedge::kernels
