// Maximum and average pooling of f32 planes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/window.h"

namespace wedge::kernels {

/// Input planes (N * C) x H x W, output planes x OH x OW, dense. One dimension is a height of 1. Windows may reach past
/// the padding, as ceil_mode makes them do. Where one window covers the whole plane, reduce_f32() is faster.
struct Pool2d {
  size_t planes = 0;
  WindowAxis height;
  WindowAxis width;
};

size_t pool2d_scratch_bytes(const Pool2d& pool, Workers workers);

/// Each window must see at least one input; NaN elements may or may not win. `scratch` is 64-byte aligned and used
/// by this call alone. Input and output do not overlap.
void max_pool2d(const Pool2d& pool, const float* input, float* output, std::byte* scratch, Workers workers);

/// As max_pool2d(); also where each maximum stands in the whole input, row-major. No scratch.
void max_pool2d_with_indices(const Pool2d& pool, const float* input, float* output, int64_t* indices, Workers workers);

/// Divides by the number of inputs seen, or with count_padding by those within the input and its pads.
void average_pool2d(const Pool2d& pool, bool count_padding, const float* input, float* output, std::byte* scratch,
                    Workers workers);

}  // namespace wedge::kernels
