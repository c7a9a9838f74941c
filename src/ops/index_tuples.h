// GatherND and ScatterND: the last dimension of the indices holds tuples that each name a slice of the data.
#pragma once

#include "ops/operator.h"

namespace wedge {

struct IndexTuples {
  Shape dims;              ///< the dimensions of data that a tuple indexes
  size_t count = 0;        ///< tuples
  size_t per_batch = 0;    ///< tuples that share a batch of data
  int64_t batch_size = 0;  ///< elements of data per batch
  int64_t slice_size = 0;  ///< elements per slice
};

/// `batch` leading dimensions of data and indices run side by side; the shapes have passed the shape rule.
IndexTuples index_tuples(const Shape& data, const Shape& indices, size_t batch);

/// The first element of the slice that a tuple names. Error: out_of_range.
Result<int64_t> slice_offset(const IndexTuples& tuples, std::span<const int64_t> indices, size_t tuple);

}  // namespace wedge
