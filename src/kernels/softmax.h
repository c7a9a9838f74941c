// Softmax of f32 rows.
#pragma once

#include <cstddef>

#include "base/thread_pool.h"

namespace wedge::kernels {

/// Each row of `columns` contiguous floats becomes exp(x - max) / sum, or its logarithm. in == out is allowed, other
/// overlap is not. No scratch.
void softmax_f32(const float* in, float* out, size_t rows, size_t columns, Workers workers);
void log_softmax_f32(const float* in, float* out, size_t rows, size_t columns, Workers workers);

}  // namespace wedge::kernels
