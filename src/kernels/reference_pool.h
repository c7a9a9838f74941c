// Pooling over any number of axes, one output element at a time.
#pragma once

#include <cstdint>
#include <limits>

#include "kernels/reference_conv.h"

namespace wedge::reference {

/// Input planes x spatial…, output likewise. indices (row-major in the whole input) may be null. Each window sees at
/// least one input.
template <typename T>
void max_pool(size_t planes, std::span<const WindowAxis> axes, const T* input, T* output, int64_t* indices) {
  const size_t plane = input_size(axes);
  const size_t output_plane = output_size(axes);
  for (size_t o = 0; o < planes * output_plane; ++o) {
    const size_t first = o / output_plane * plane;
    std::optional<size_t> best;
    for (size_t tap = 0; tap < kernel_size(axes); ++tap) {
      const auto i = seen_input(axes, o % output_plane, tap);
      if (i && (!best || input[first + *best] < input[first + *i])) best = i;
    }
    if (!best) continue;
    output[o] = input[first + *best];
    if (indices != nullptr) indices[o] = static_cast<int64_t>(first + *best);
  }
}

/// With count_padding the divisor is the number of taps within the input and its pads, else of inputs seen.
template <typename T, typename Accumulator = T>
void average_pool(size_t planes, std::span<const WindowAxis> axes, bool count_padding, const T* input, T* output) {
  const size_t plane = input_size(axes);
  const size_t output_plane = output_size(axes);
  const auto within_pads = [&](size_t o, size_t tap) {
    for (size_t i = axes.size(); i-- > 0;) {
      const WindowAxis& axis = axes[i];
      const auto position =
          static_cast<ptrdiff_t>(o % axis.output * axis.stride + tap % axis.kernel * axis.dilation) - axis.pad;
      if (position >= static_cast<ptrdiff_t>(axis.input) + axis.pad_end) return false;
      o /= axis.output;
      tap /= axis.kernel;
    }
    return true;
  };
  for (size_t o = 0; o < planes * output_plane; ++o) {
    auto sum = Accumulator(0);
    size_t count = 0;
    for (size_t tap = 0; tap < kernel_size(axes); ++tap) {
      const auto i = seen_input(axes, o % output_plane, tap);
      if (i) sum += static_cast<Accumulator>(input[o / output_plane * plane + *i]);
      if (i || (count_padding && within_pads(o % output_plane, tap))) ++count;
    }
    output[o] = static_cast<T>(sum / static_cast<Accumulator>(count));
  }
}

}  // namespace wedge::reference
