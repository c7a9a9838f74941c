// The products that a direct convolution sums.
#pragma once

#include "kernels/channels_last_methods.h"
#include "kernels/conv_pixels.h"
#include "kernels/split_product.h"

namespace wedge::kernels {

/// Of the panels of one tap of a group.
inline size_t packed_tap_bytes(const Conv2d& conv, const Taps& taps) {
  return gemm_packed_b_bytes(taps.depth, outputs_per_group(conv));
}

/// The images as the products read them.
struct ConvImages {
  const float* first;
  size_t image_floats;
  const float* zeros;  ///< a tap in the padding
  PaddedImage padded;
  bool are_padded;

  /// find_pixels() or find_padded_pixels() of some channels of an image.
  void find(const Conv2d& conv, size_t image, size_t first_channel, size_t tap_stride, size_t first_pixel, size_t rows,
            const float** pixels) const {
    const float* from = first + image * image_floats + first_channel;
    if (are_padded) {
      find_padded_pixels(conv, padded, from, tap_stride, first_pixel, rows, pixels);
    } else {
      find_pixels(conv, from, zeros, tap_stride, first_pixel, rows, pixels);
    }
  }
};

/// Whether the sums are made by multiply_split().
inline bool suits_split_conv(const Conv2d& conv) {
  const Taps taps(conv);
  constexpr size_t shallow = split_step_depth / 2;
  return conv.groups == 1 && !conv.is_part && taps.depth > shallow &&
         suits_split_product(conv.height.output * conv.width.output, conv.output_channels, taps.count * taps.depth);
}
size_t split_conv_scratch_bytes(const Conv2d& conv, Workers workers);
/// scratch: split_conv_scratch_bytes() of it.
void split_conv2d(const ConvRun& run, const ConvImages& images, std::byte* scratch);

}  // namespace wedge::kernels
