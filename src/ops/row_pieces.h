// Rows of bytes cut into pieces or put together from them.
#pragma once

#include <span>

#include "base/thread_pool.h"

namespace wedge {

/// In row i, `bytes` bytes go from source + i * source_stride to target + i * target_stride.
struct RowPiece {
  const std::byte* source;
  size_t source_stride;
  std::byte* target;
  size_t target_stride;
  size_t bytes;
};

/// Copies the piece in each of the rows; one that is its own target stays.
void copy_row_piece(const RowPiece& piece, size_t rows, Workers workers);

}  // namespace wedge
