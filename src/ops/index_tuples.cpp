#include "ops/index_tuples.h"

#include <algorithm>

namespace wedge {

IndexTuples index_tuples(const Shape& data, const Shape& indices, size_t batch) {
  const auto length = static_cast<size_t>(indices[indices.rank() - 1]);
  IndexTuples tuples{.dims = Shape::of_rank(length),
                     .count = static_cast<size_t>(indices.numel(0, indices.rank() - 1)),
                     .per_batch = static_cast<size_t>(indices.numel(batch, indices.rank() - 1)),
                     .batch_size = data.numel(batch, data.rank()),
                     .slice_size = data.numel(batch + length, data.rank())};
  for (size_t i = 0; i < length; ++i) tuples.dims[i] = data[batch + i];
  return tuples;
}

Result<int64_t> slice_offset(const IndexTuples& tuples, std::span<const int64_t> indices, size_t tuple) {
  const size_t length = tuples.dims.rank();
  int64_t offset = 0;
  for (size_t i = 0; i < length; ++i) {
    const int64_t dim = tuples.dims[i];
    const int64_t index = indices[tuple * length + i];
    const int64_t position = index < 0 ? index + dim : index;
    if (position < 0 || position >= dim) {
      return fail(ErrorCode::out_of_range, "index ", index, " is outside a dimension of ", dim);
    }
    offset = offset * dim + position;
  }
  return static_cast<int64_t>(tuple / tuples.per_batch) * tuples.batch_size + offset * tuples.slice_size;
}

}  // namespace wedge
