// Normalisation of f32 rows.
#pragma once

#include <cstddef>

#include "base/thread_pool.h"

namespace wedge::kernels {

struct RowNormalization {
  size_t rows = 0;
  size_t columns = 0;
  float epsilon = 1e-5F;
  /// One float per column, or null for 1 and 0.
  const float* scale = nullptr;
  const float* bias = nullptr;
  /// One float per row is written to each that is not null: the mean and 1 / sqrt(variance + epsilon).
  float* mean = nullptr;
  float* inverse_deviation = nullptr;
};

/// out = (x - mean) / sqrt(variance + epsilon) * scale + bias along each row of contiguous floats. in == out is
/// allowed, other overlap is not. No scratch.
void layer_norm_f32(const RowNormalization& norm, const float* in, float* out, Workers workers);

/// out = x / sqrt(mean of squares + epsilon) * scale + bias, the mean taken as 0.
void rms_norm_f32(const RowNormalization& norm, const float* in, float* out, Workers workers);

}  // namespace wedge::kernels
