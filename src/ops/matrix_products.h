// What the operators that multiply matrices in the last two dimensions share.
#pragma once

#include "ops/broadcast.h"
#include "ops/operator.h"
#include "tensor/strides.h"

namespace wedge {

/// The shape of the products of a and b: the last two dimensions are the matrices, the others broadcast; an operand of
/// one dimension is a vector.
Result<SymbolicShape> product_shape(const SymbolicShape& a, const SymbolicShape& b);

/// Output 0 has this type and the shape of the products of inputs `a` and `b`.
Result<> infer_products(InferContext& context, size_t a, size_t b, DType dtype);

/// Products of m x k by k x n matrices; operand strides are 0 where it repeats.
struct Products {
  size_t m = 1, n = 1, k = 1;
  Shape batch;
  Strides a_strides{};
  Strides b_strides{};
  /// Of one matrix.
  ptrdiff_t a_row_stride = 0, a_column_stride = 1;
  ptrdiff_t b_row_stride = 0, b_column_stride = 1;

  [[nodiscard]] size_t count() const { return static_cast<size_t>(batch.numel()); }
  /// Multiplications and additions of all.
  [[nodiscard]] double operations() const {
    return 2.0 * static_cast<double>(count()) * static_cast<double>(m) * static_cast<double>(n) *
           static_cast<double>(k);
  }
  struct Offsets {
    int64_t a = 0, b = 0;
  };
  /// The first elements of the operands of product `index`.
  [[nodiscard]] Offsets offsets(size_t index) const {
    Offsets offsets;
    for (size_t axis = batch.rank(); axis-- > 0;) {
      const auto dim = static_cast<size_t>(batch[axis]);
      const auto at = static_cast<int64_t>(index % dim);
      offsets.a += at * a_strides[axis];
      offsets.b += at * b_strides[axis];
      index /= dim;
    }
    return offsets;
  }
};

/// An operand as it is multiplied: its dimensions may be those of the tensor in another order.
struct MatrixOperand {
  Shape shape;
  Strides strides{};

  static MatrixOperand dense(const Shape& shape) { return {.shape = shape, .strides = dense_strides(shape)}; }
  [[nodiscard]] bool is_dense() const { return strides == dense_strides(shape); }
};

Products read_products(const MatrixOperand& a, const MatrixOperand& b, const Shape& output);
inline Products read_products(const Shape& a, const Shape& b, const Shape& output) {
  return read_products(MatrixOperand::dense(a), MatrixOperand::dense(b), output);
}

}  // namespace wedge
