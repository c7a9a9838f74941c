// How kernels that slide a window over a plane cut it up.
#pragma once

#include <cstddef>

#include "base/checked.h"
#include "kernels/window.h"

namespace wedge::kernels {

/// A band of output rows is computed from a padded copy of the input rows it sees. Columns are sorted by their
/// remainder modulo the stride, their phase, so that whatever the stride, dilation and pads, each tap reads the inputs
/// of neighbouring outputs with plain vector loads.
class WindowBand {
 public:
  WindowBand(const WindowAxis& height, const WindowAxis& width);

  /// Output rows; the last band may have fewer.
  [[nodiscard]] size_t rows() const { return rows_; }
  /// Floats per row: all phases, each with room for a vector that starts at the last output.
  [[nodiscard]] size_t row_width() const { return phase_width_ * width_.stride; }
  [[nodiscard]] size_t bytes() const { return round_up(input_rows_ * row_width() * sizeof(float), 64); }

  /// Writes the input rows that `rows` outputs from first_output on see, `padding` where there is no input.
  void fill(const float* plane, size_t first_output, size_t rows, float padding, float* to) const;

  /// Where in a padded row the first output finds each tap in turn.
  class Taps {
   public:
    explicit Taps(const WindowBand& band)
        : stride_(band.width_.stride),
          phase_width_(band.phase_width_),
          index_step_(band.width_.dilation / stride_),
          phase_step_(band.width_.dilation % stride_) {}

    [[nodiscard]] size_t offset() const { return phase_ * phase_width_ + index_; }
    void next() {
      index_ += index_step_;
      phase_ += phase_step_;
      if (phase_ < stride_) return;
      phase_ -= stride_;
      ++index_;
    }

   private:
    size_t stride_, phase_width_, index_step_, phase_step_;
    size_t phase_ = 0;
    size_t index_ = 0;
  };

 private:
  void spread_row(const float* line, float padding, float* to) const;

  WindowAxis height_, width_;
  size_t phase_width_, rows_, input_rows_;
};

}  // namespace wedge::kernels
