// Operators whose output is a strided reading of their first input: Slice, Transpose, Expand, Tile …
#pragma once

#include "ops/operator.h"
#include "tensor/strides.h"

namespace wedge {

/// Element (i, j, …) is input element offset + i * strides[0] + j * strides[1] + … . The shape has the elements of
/// the output in order, though perhaps under other dimensions.
struct StridedReading {
  Shape shape;
  Strides strides{};
  int64_t offset = 0;
};

/// Output 0 of the node is that reading of input 0: a view when the elements lie in one piece, else a copy.
Result<Kernel> prepare_strided(PrepareContext& context, const StridedReading& reading);

/// Output 0 of the node is input 0 under these dimensions with its axes permuted: a view when only dimensions of 1
/// move. Their number is at most kernels::transpose_max_rank.
Result<Kernel> prepare_permuted(PrepareContext& context, std::span<const int64_t> dims,
                                std::span<const size_t> permutation);

/// The bytes of one element of an input, or an Error for types of less than a byte, which are not moved one by one.
Result<size_t> element_width(const NodeView& node, size_t input);

}  // namespace wedge
