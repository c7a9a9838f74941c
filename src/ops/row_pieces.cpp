#include "ops/row_pieces.h"

#include <algorithm>
#include <cstring>

namespace wedge {

void copy_row_piece(const RowPiece& piece, size_t rows, Workers workers) {
  constexpr size_t block_bytes = 32 << 10;
  if (piece.bytes == 0 || piece.source == piece.target) return;
  workers.run(rows, std::max<size_t>(1, block_bytes / piece.bytes), [&](size_t begin, size_t end, unsigned) {
    for (size_t row = begin; row < end; ++row) {
      std::memcpy(piece.target + row * piece.target_stride, piece.source + row * piece.source_stride, piece.bytes);
    }
  });
}

}  // namespace wedge
