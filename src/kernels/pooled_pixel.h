// What channels-last pooling asks of the code compiled per SIMD target.
#pragma once

#include <cstddef>

namespace wedge::kernels {

/// One output pixel: rows x columns input pixels from `first` on, pooled channel by channel and scaled.
struct PooledPixel {
  const float* first;
  float* output;
  size_t rows, columns;
  size_t row_step, column_step;
  size_t channels;
  float scale;
};

}  // namespace wedge::kernels
