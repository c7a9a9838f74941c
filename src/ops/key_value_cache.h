// Keys or values of earlier calls joined with those of this one, as attention reads them and hands them on.
#pragma once

#include <cstring>

#include "ops/attention.h"

namespace wedge {

/// The result lies by head: past rows first, then those that are new.
struct KeyValueCache {
  size_t batch = 1;
  size_t heads = 1;
  size_t past_rows = 0;
  size_t new_rows = 0;
  size_t row_bytes = 0;
  HeadLayout from;  ///< of the new rows, in elements
  size_t element_bytes = 1;

  [[nodiscard]] size_t byte_size() const { return batch * heads * (past_rows + new_rows) * row_bytes; }

  /// `past` may be null when there are no past rows.
  void join(const std::byte* past, const std::byte* added, std::byte* joined) const {
    if (row_bytes == 0) return;
    for (size_t i = 0; i < batch * heads; ++i) {
      if (past_rows > 0) {
        std::memcpy(joined, past + i * past_rows * row_bytes, past_rows * row_bytes);
        joined += past_rows * row_bytes;
      }
      for (size_t row = 0; row < new_rows; ++row, joined += row_bytes) {
        std::memcpy(joined, added + from.offset(i / heads, i % heads, row) * element_bytes, row_bytes);
      }
    }
  }
};

}  // namespace wedge
