// Attention of one head in f32: softmax(scale * Q K^T) V in one pass over keys and values.
#pragma once

#include <cstddef>

#include "base/function_ref.h"

namespace wedge::kernels {

/// Rows of operands are contiguous and their distances in elements.
struct AttentionHead {
  size_t rows = 0;     ///< of queries
  size_t columns = 0;  ///< keys and values
  size_t key_size = 0;
  size_t value_size = 0;
  const float* query = nullptr;
  ptrdiff_t query_stride = 0;
  const float* key = nullptr;
  ptrdiff_t key_stride = 0;
  const float* value = nullptr;
  ptrdiff_t value_stride = 0;
  float* output = nullptr;
  ptrdiff_t output_stride = 0;
  float scale = 1;
  /// A score that takes its share of the probabilities and has no value; or null.
  const float* sink = nullptr;
};

/// Edits the scores of all rows for the columns [first, first + count), which are `count` floats a row.
using ScoreEdit = FunctionRef<void(size_t first, size_t count, float* scores)>;

/// Looks at sizes and distances only.
size_t attention_scratch_bytes(const AttentionHead& head);

/// Rows without any score above minus infinity become 0: there is nothing to attend to. `scratch` is 64-byte aligned
/// and attention_scratch_bytes() long.
void attention(const AttentionHead& head, ScoreEdit edit, std::byte* scratch);

}  // namespace wedge::kernels
