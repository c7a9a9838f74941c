#include "kernels/window_band.h"

#include <algorithm>

namespace wedge::kernels {

WindowBand::WindowBand(const WindowAxis& height, const WindowAxis& width) : height_(height), width_(width) {
  constexpr size_t widest_vector = 16;
  // Leaves room in a first-level cache of 32 KB.
  constexpr size_t preferred_floats = 6144;
  phase_width_ = width.output + (width.kernel - 1) * width.dilation / width.stride + widest_vector;
  const size_t seen_by_one = (height.kernel - 1) * height.dilation + 1;
  const size_t preferred_rows = preferred_floats / row_width();
  const size_t fitting = preferred_rows > seen_by_one ? (preferred_rows - seen_by_one) / height.stride + 1 : 1;
  rows_ = std::clamp<size_t>(fitting, 1, std::max<size_t>(height.output, 1));
  input_rows_ = (rows_ - 1) * height.stride + seen_by_one;
}

void WindowBand::spread_row(const float* line, float padding, float* to) const {
  const auto stride = static_cast<ptrdiff_t>(width_.stride);
  const auto end = static_cast<ptrdiff_t>(phase_width_);
  // The first index whose column, index * stride - offset, is at least `column`.
  const auto index_of = [&](ptrdiff_t column, ptrdiff_t offset) {
    const ptrdiff_t distance = column + offset;
    return distance <= 0 ? 0 : std::min((distance + stride - 1) / stride, end);
  };
  for (ptrdiff_t phase = 0; phase < stride; ++phase, to += phase_width_) {
    const ptrdiff_t offset = width_.pad - phase;
    const ptrdiff_t low = index_of(0, offset);
    const ptrdiff_t high = std::max(low, index_of(static_cast<ptrdiff_t>(width_.input), offset));
    std::fill(to, to + low, padding);
    if (stride == 1) {
      std::copy(line + (low - offset), line + (high - offset), to + low);
    } else {
      for (ptrdiff_t i = low; i < high; ++i) to[i] = line[i * stride - offset];
    }
    std::fill(to + high, to + end, padding);
  }
}

void WindowBand::fill(const float* plane, size_t first_output, size_t rows, float padding, float* to) const {
  const size_t input_rows = (rows - 1) * height_.stride + (height_.kernel - 1) * height_.dilation + 1;
  auto row = static_cast<ptrdiff_t>(first_output * height_.stride) - height_.pad;
  for (size_t i = 0; i < input_rows; ++i, ++row, to += row_width()) {
    if (row < 0 || row >= static_cast<ptrdiff_t>(height_.input)) {
      std::fill_n(to, row_width(), padding);
    } else {
      spread_row(plane + static_cast<size_t>(row) * width_.input, padding, to);
    }
  }
}

}  // namespace wedge::kernels
