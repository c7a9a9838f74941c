// Constant matrices of floats in the panels that gemm() reads: packed when they are there, or while they arrive.
#pragma once

#include <memory>
#include <string_view>

#include "ops/prepare_context.h"
#include "tensor/weight_form.h"

namespace wedge {

/// Where element (i, j) of a k x n matrix lies among those of its tensor.
struct ConstantMatrix {
  size_t k = 0, n = 0;
  ptrdiff_t row_stride = 0, column_stride = 1;
};

/// Packs an input that is one. Null when it is no constant of the model.
Result<const std::byte*> pack_matrix(PrepareContext& context, size_t input, const ConstantMatrix& matrix);

/// The form that pack_matrix() gives a tensor of shape [k, n] or, transposed, [n, k], perhaps with ones after them; by
/// another name if that is not empty, which stays where it is. Null where it or its pieces would take too much memory.
std::unique_ptr<const WeightForm> matrix_form(const Shape& shape, bool is_transposed, std::string_view name = {});

}  // namespace wedge
