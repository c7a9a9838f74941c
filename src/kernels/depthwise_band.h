// How depthwise_conv2d() cuts a plane up.
#pragma once

#include <algorithm>

#include "base/checked.h"
#include "kernels/conv.h"

namespace wedge::kernels {

/// A band of output rows is computed from a padded copy of the input rows it sees. Columns are sorted by their
/// remainder modulo the stride, their phase, so that whatever the stride, dilation and pads, each tap reads the inputs
/// of neighbouring outputs with plain vector loads.
struct Band {
  /// Output rows; the last band may have fewer.
  size_t rows;
  /// Input rows that `rows` outputs see.
  size_t input_rows;
  /// Floats per phase of a row, with room for a vector that starts at the last output.
  size_t phase_width;
  /// Floats per row: all phases.
  size_t row_width;

  explicit Band(const Conv2d& conv) {
    constexpr size_t widest_vector = 16;
    // Leaves room in a first-level cache of 32 KB.
    constexpr size_t preferred_floats = 6144;
    const WindowAxis& height = conv.height;
    const WindowAxis& width = conv.width;
    phase_width = width.output + (width.kernel - 1) * width.dilation / width.stride + widest_vector;
    row_width = phase_width * width.stride;
    const size_t seen_by_one = (height.kernel - 1) * height.dilation + 1;
    const size_t preferred_rows = preferred_floats / row_width;
    const size_t fitting = preferred_rows > seen_by_one ? (preferred_rows - seen_by_one) / height.stride + 1 : 1;
    rows = std::clamp<size_t>(fitting, 1, std::max<size_t>(height.output, 1));
    input_rows = (rows - 1) * height.stride + seen_by_one;
  }

  [[nodiscard]] size_t bytes() const { return round_up(input_rows * row_width * sizeof(float), 64); }
};

struct DepthwisePlane {
  const Conv2d& conv;
  const Band& band;
  const float* input;
  const float* weights;
  float bias;
  Clamp clamp;
  float* output;
  float* padded;
};

}  // namespace wedge::kernels
