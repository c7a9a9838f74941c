// Depthwise convolution of bytes by dot products of four taps at a time: what integer_depthwise.cpp asks of the code
// that has such an instruction.
#pragma once

#include "kernels/integer_conv.h"

namespace wedge::kernels {

/// How weights lie: for each block of channels and each group of four taps, a channel's four side by side, the channels
/// in the order in which interleaving the bytes of four pixels brings them. The last block ends with the last channel
/// and may overlap the one before.
struct DepthwiseDots {
  static constexpr size_t block = 32;
  static constexpr size_t group_bytes = block * 4;

  size_t channels, taps, width;
  bool is_shared;  ///< a group is a row of the kernel, twice: the second time one pixel further to the right
  size_t groups, blocks;

  explicit DepthwiseDots(const Conv2d& conv)
      : channels(conv.channels),
        taps(conv.height.kernel * conv.width.kernel),
        width(conv.width.kernel),
        is_shared(conv.width.kernel == 3 && conv.width.stride == 1 && conv.width.dilation == 1),
        groups(is_shared ? 2 * conv.height.kernel : (taps + 3) / 4),
        blocks((channels + block - 1) / block) {}

  [[nodiscard]] size_t bytes() const { return blocks * groups * group_bytes; }
  [[nodiscard]] size_t first_channel(size_t i) const { return i + 1 == blocks ? channels - block : i * block; }
  /// Where a tap of the block's channel i is; `again` is for what is_shared says.
  [[nodiscard]] size_t place(size_t of_block, size_t i, size_t tap, bool again = false) const {
    const size_t group = is_shared ? tap / width * 2 + (again ? 1 : 0) : tap / 4;
    const size_t byte = is_shared ? tap % width + (again ? 1 : 0) : tap % 4;
    const size_t vector = i % 16 / 4;
    const size_t lane = i / 16 * 4 + i % 4;
    return (of_block * groups + group) * group_bytes + vector * block + lane * 4 + byte;
  }
};

/// Rows [first, last) of one image's outputs.
struct DepthwiseDotRows {
  const IntegerConv& conv;
  const DepthwiseDots& dots;
  const IntegerConvOperands& operands;
  const std::byte* image;
  const std::byte* weights;   ///< as DepthwiseDots says, signed
  const std::byte* padding;   ///< a pixel of zero points
  const int32_t* offsets;     ///< what sums of unsigned bytes start from, one per channel
  const size_t* tap_columns;  ///< four per group: places in `columns` for the first output; not where is_shared
  size_t column_count;
  const std::byte** columns;  ///< scratch: for each row of the kernel, the pixels from left to right
  std::byte* output;          ///< of the image
  size_t first, last;
};

using DepthwiseDotFilter = void (*)(const DepthwiseDotRows& rows);

/// By AVX-512's dot products; null when this machine has none.
DepthwiseDotFilter vnni_depthwise();

}  // namespace wedge::kernels
