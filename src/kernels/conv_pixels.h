// Where the operands of an indirect convolution are.
#pragma once

#include <algorithm>

#include "kernels/conv.h"

namespace wedge::kernels {

/// Where an output is in its image. Only the first of several is found by division, which takes as long as a short sum.
struct OutputPlace {
  size_t y, x;

  OutputPlace(const Conv2d& conv, size_t number) : y(number / conv.width.output), x(number - y * conv.width.output) {}

  void advance(const Conv2d& conv) {
    if (++x < conv.width.output) return;
    x = 0;
    ++y;
  }
};

/// The pixels that outputs [first, first + rows) of an image see, channels side by side: for each tap `tap_stride`
/// pointers, of which the first `rows` are set. Taps in the padding point to `padding`. `image` is the first channel of
/// the group.
template <typename T>
void find_pixels(const Conv2d& conv, const T* image, const T* padding, size_t tap_stride, size_t first, size_t rows,
                 const T** pixels) {
  const auto height = static_cast<ptrdiff_t>(conv.height.input);
  const auto width = static_cast<ptrdiff_t>(conv.width.input);
  const auto channels = static_cast<ptrdiff_t>(conv.channels);
  OutputPlace place(conv, first);
  for (size_t i = 0; i < rows; ++i, place.advance(conv)) {
    const auto top = static_cast<ptrdiff_t>(place.y * conv.height.stride) - conv.height.pad;
    const auto left = static_cast<ptrdiff_t>(place.x * conv.width.stride) - conv.width.pad;
    const T** to = pixels + i;
    for (size_t kh = 0; kh < conv.height.kernel; ++kh) {
      const ptrdiff_t row = top + static_cast<ptrdiff_t>(kh * conv.height.dilation);
      const bool has_row = row >= 0 && row < height;
      for (size_t kw = 0; kw < conv.width.kernel; ++kw, to += tap_stride) {
        const ptrdiff_t column = left + static_cast<ptrdiff_t>(kw * conv.width.dilation);
        const bool inside = has_row && column >= 0 && column < width;
        *to = inside ? image + (row * width + column) * channels : padding;
      }
    }
  }
}

/// A copy of an image with its padding around it, so that the pixels under one row of a kernel lie side by side.
struct PaddedImage {
  size_t rows, row_size;

  explicit PaddedImage(const Conv2d& conv)
      : rows((conv.height.output - 1) * conv.height.stride + (conv.height.kernel - 1) * conv.height.dilation + 1),
        row_size(((conv.width.output - 1) * conv.width.stride + conv.width.kernel) * conv.channels) {}
  [[nodiscard]] size_t elements() const { return rows * row_size; }
};

/// So few channels are better seen as one tap per row of the kernel, in a PaddedImage.
inline bool widens(const Conv2d& conv) {
  constexpr size_t few_channels = 8;
  if (conv.groups != 1 || conv.channels > few_channels || conv.width.dilation != 1 || conv.width.kernel == 1) {
    return false;
  }
  // Pads out of proportion are not worth a copy.
  const PaddedImage padded(conv);
  const size_t row = conv.width.input * conv.channels;
  return padded.rows <= 4 * conv.height.input + 64 && padded.row_size <= 4 * row + 4096;
}

/// Output pixels are rows of a matrix product that is summed over taps, each `depth` deep.
struct Taps {
  size_t count, depth;

  explicit Taps(const Conv2d& conv)
      : count(widens(conv) ? conv.height.kernel : conv.height.kernel * conv.width.kernel),
        depth(widens(conv) ? conv.width.kernel * conv.channels : channels_per_group(conv)) {}
};

/// The copy of an image, its rows shared by the workers.
template <typename T>
void pad_image(const Conv2d& conv, const PaddedImage& padded, const T* image, T padding, T* copy, Workers workers) {
  constexpr size_t rows_at_once = 16;
  const size_t line = conv.width.input * conv.channels;
  const auto pad = conv.width.pad * static_cast<ptrdiff_t>(conv.channels);
  const size_t skipped = pad < 0 ? static_cast<size_t>(-pad) : 0;
  const size_t before = pad < 0 ? 0 : static_cast<size_t>(pad);
  workers.run(padded.rows, rows_at_once, [&](size_t begin, size_t end, unsigned) {
    T* to = copy + begin * padded.row_size;
    for (size_t row = begin; row < end; ++row, to += padded.row_size) {
      const ptrdiff_t from = static_cast<ptrdiff_t>(row) - conv.height.pad;
      std::fill_n(to, padded.row_size, padding);
      if (from < 0 || from >= static_cast<ptrdiff_t>(conv.height.input)) continue;
      if (skipped >= line || before >= padded.row_size) continue;
      std::copy_n(image + static_cast<size_t>(from) * line + skipped,
                  std::min(line - skipped, padded.row_size - before), to + before);
    }
  });
}

/// find_pixels() in a PaddedImage: one tap per row of the kernel.
template <typename T>
void find_padded_pixels(const Conv2d& conv, const PaddedImage& padded, const T* image, size_t tap_stride, size_t first,
                        size_t rows, const T** pixels) {
  const size_t taps = conv.height.kernel;
  const size_t step = conv.height.dilation * padded.row_size;
  OutputPlace place(conv, first);
  for (size_t i = 0; i < rows; ++i, place.advance(conv)) {
    const T* from =
        image + place.y * conv.height.stride * padded.row_size + place.x * conv.width.stride * conv.channels;
    const T** to = pixels + i;
    for (size_t tap = 0; tap < taps; ++tap, to += tap_stride, from += step) *to = from;
  }
}

}  // namespace wedge::kernels
