// Pooling of images of floats, and maxima of 8-bit ones, whose channels lie side by side.
#pragma once

#include "kernels/pool.h"

namespace wedge::kernels {

/// Input N,H,W,C, output N,OH,OW,C; dense. Windows and divisors are as for pool.h, but a window may see nothing: its
/// maximum is the least number, its mean 0. `pool.planes` counts images. No
/// scratch.
void channels_last_max_pool2d(const Pool2d& pool, size_t channels, const float* input, float* output, Workers workers);
void channels_last_max_pool2d(const Pool2d& pool, size_t channels, const uint8_t* input, uint8_t* output,
                              Workers workers);
void channels_last_max_pool2d(const Pool2d& pool, size_t channels, const int8_t* input, int8_t* output,
                              Workers workers);
void channels_last_average_pool2d(const Pool2d& pool, bool count_padding, size_t channels, const float* input,
                                  float* output, Workers workers);

}  // namespace wedge::kernels
