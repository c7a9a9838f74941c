// Normalisation of f32 rows.
#pragma once

#include <cstddef>

#include "base/thread_pool.h"

namespace wedge::kernels {

struct RowNormalization {
  size_t rows = 0;
  size_t columns = 0;
  float epsilon = 1e-5F;
  /// Rows that are added to those that come in, one after the other and again from the first; or null.
  const float* skip = nullptr;
  size_t skip_rows = 1;
  /// One float per column that is added besides to every row, or null. Only with a skip.
  const float* skip_bias = nullptr;
  /// As many rows as come in, which get the sums with the skip; or null. May be those that come in, or the skip's.
  float* sums = nullptr;
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
