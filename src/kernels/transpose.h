// Permutation of axes for elements of any width.
#pragma once

#include <cstddef>
#include <span>

#include "base/thread_pool.h"

namespace wedge::kernels {

inline constexpr size_t transpose_max_rank = 16;

/// Axis i of the dense output is axis permutation[i] of the dense input of shape `dims`. element_size: 1, 2, 4, 8 or
/// 16 bytes; rank at most transpose_max_rank. The two do not overlap. No scratch.
void transpose(std::span<const size_t> dims, std::span<const size_t> permutation, size_t element_size,
               const std::byte* in, std::byte* out, Workers workers);

}  // namespace wedge::kernels
