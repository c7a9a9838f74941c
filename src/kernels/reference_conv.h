// Convolution and its transpose over any number of axes, one output element at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernels/window.h"

namespace wedge::reference {

using kernels::WindowAxis;

inline size_t input_size(std::span<const WindowAxis> axes) {
  size_t size = 1;
  for (const WindowAxis& axis : axes) size *= axis.input;
  return size;
}
inline size_t output_size(std::span<const WindowAxis> axes) {
  size_t size = 1;
  for (const WindowAxis& axis : axes) size *= axis.output;
  return size;
}
inline size_t kernel_size(std::span<const WindowAxis> axes) {
  size_t size = 1;
  for (const WindowAxis& axis : axes) size *= axis.kernel;
  return size;
}

/// Row-major index of the input element that output element `output` sees through `tap` of the kernel; none when
/// it is padding.
inline std::optional<size_t> seen_input(std::span<const WindowAxis> axes, size_t output, size_t tap) {
  size_t index = 0;
  size_t step = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    const WindowAxis& axis = axes[i];
    const auto position =
        static_cast<ptrdiff_t>(output % axis.output * axis.stride + tap % axis.kernel * axis.dilation) - axis.pad;
    if (position < 0 || position >= static_cast<ptrdiff_t>(axis.input)) return std::nullopt;
    index += static_cast<size_t>(position) * step;
    step *= axis.input;
    output /= axis.output;
    tap /= axis.kernel;
  }
  return index;
}

/// The input element that reaches output element `output` through `tap` of a transposed convolution.
inline std::optional<size_t> source_input(std::span<const WindowAxis> axes, size_t output, size_t tap) {
  size_t index = 0;
  size_t step = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    const WindowAxis& axis = axes[i];
    const auto stride = static_cast<ptrdiff_t>(axis.stride);
    const ptrdiff_t position = static_cast<ptrdiff_t>(output % axis.output) + axis.pad -
                               static_cast<ptrdiff_t>(tap % axis.kernel * axis.dilation);
    if (position < 0 || position % stride != 0 || position / stride >= static_cast<ptrdiff_t>(axis.input)) {
      return std::nullopt;
    }
    index += static_cast<size_t>(position / stride) * step;
    step *= axis.input;
    output /= axis.output;
    tap /= axis.kernel;
  }
  return index;
}

/// Input N,C,spatial…; weights M,C/groups,kernel…; output N,M,spatial…; bias has M elements or is null.
template <typename T, typename Accumulator = T>
void conv(size_t batch, size_t channels, size_t output_channels, size_t groups, std::span<const WindowAxis> axes,
          const T* input, const T* weights, const T* bias, T* output) {
  const size_t plane = input_size(axes);
  const size_t output_plane = output_size(axes);
  const size_t taps = kernel_size(axes);
  const size_t group_channels = channels / groups;
  for (size_t n = 0; n < batch; ++n) {
    for (size_t m = 0; m < output_channels; ++m) {
      const size_t first_channel = m / (output_channels / groups) * group_channels;
      for (size_t o = 0; o < output_plane; ++o) {
        auto sum = bias == nullptr ? Accumulator(0) : static_cast<Accumulator>(bias[m]);
        for (size_t c = 0; c < group_channels; ++c) {
          const T* image = input + (n * channels + first_channel + c) * plane;
          for (size_t tap = 0; tap < taps; ++tap) {
            const auto i = seen_input(axes, o, tap);
            if (!i) continue;
            sum += static_cast<Accumulator>(image[*i]) *
                   static_cast<Accumulator>(weights[(m * group_channels + c) * taps + tap]);
          }
        }
        output[(n * output_channels + m) * output_plane + o] = static_cast<T>(sum);
      }
    }
  }
}

/// Input N,C,spatial…; weights C,M/groups,kernel…; output N,M,spatial…; bias has M elements or is null.
template <typename T, typename Accumulator = T>
void conv_transpose(size_t batch, size_t channels, size_t output_channels, size_t groups,
                    std::span<const WindowAxis> axes, const T* input, const T* weights, const T* bias, T* output) {
  const size_t plane = input_size(axes);
  const size_t output_plane = output_size(axes);
  const size_t taps = kernel_size(axes);
  const size_t group_channels = channels / groups;
  const size_t group_outputs = output_channels / groups;
  for (size_t n = 0; n < batch; ++n) {
    for (size_t m = 0; m < output_channels; ++m) {
      const size_t first_channel = m / group_outputs * group_channels;
      for (size_t o = 0; o < output_plane; ++o) {
        auto sum = bias == nullptr ? Accumulator(0) : static_cast<Accumulator>(bias[m]);
        for (size_t c = first_channel; c < first_channel + group_channels; ++c) {
          for (size_t tap = 0; tap < taps; ++tap) {
            const auto i = source_input(axes, o, tap);
            if (!i) continue;
            sum += static_cast<Accumulator>(input[(n * channels + c) * plane + *i]) *
                   static_cast<Accumulator>(weights[(c * group_outputs + m % group_outputs) * taps + tap]);
          }
        }
        output[(n * output_channels + m) * output_plane + o] = static_cast<T>(sum);
      }
    }
  }
}

}  // namespace wedge::reference
