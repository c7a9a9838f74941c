// What channels-last pooling asks of the code compiled per SIMD target.
#pragma once

#include <cstddef>

namespace wedge::kernels {

/// One output pixel of floats or 8-bit numbers: rows x columns input pixels from `first` on, pooled channel by channel
/// and scaled.
template <typename T>
struct PooledPixel {
  const T* first;
  T* output;
  size_t rows, columns;
  size_t row_step, column_step;
  size_t channels;
  float scale;  ///< of sums
};

}  // namespace wedge::kernels
