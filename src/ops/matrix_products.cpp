#include "ops/matrix_products.h"

#include <algorithm>

namespace wedge {
namespace {

// All dimensions but the last two.
SymbolicShape batch_of(const SymbolicShape& shape) {
  SymbolicShape batch = SymbolicShape::of_rank(shape.rank() - std::min<size_t>(shape.rank(), 2));
  for (size_t i = 0; i < batch.rank(); ++i) batch[i] = shape[i];
  return batch;
}

// The strides of an operand along the batch axes of the output.
Strides batch_strides(const MatrixOperand& operand, const Shape& batch) {
  Strides strides{};
  if (operand.shape.rank() <= 2) return strides;
  const size_t own = operand.shape.rank() - 2;
  const size_t added = batch.rank() - own;
  for (size_t i = 0; i < own; ++i) strides[added + i] = operand.shape[i] == 1 ? 0 : operand.strides[i];
  return strides;
}

}  // namespace

Result<SymbolicShape> product_shape(const SymbolicShape& a, const SymbolicShape& b) {
  if (!a.has_rank() || !b.has_rank()) return SymbolicShape();
  const Dim a_inner = a[a.rank() - 1];
  const Dim b_inner = b[b.rank() == 1 ? 0 : b.rank() - 2];
  if (conflict(a_inner, b_inner)) return fail(ErrorCode::invalid_model, "cannot multiply ", a, " by ", b);
  WEDGE_ASSIGN(SymbolicShape shape, broadcast_shapes(batch_of(a), batch_of(b)));
  // At most max_rank: the longer operand has two more dimensions than its batch.
  if (a.rank() > 1) (void)shape.push_back(a[a.rank() - 2]);
  if (b.rank() > 1) (void)shape.push_back(b[b.rank() - 1]);
  return shape;
}

Result<> infer_products(InferContext& context, size_t a, size_t b, DType dtype) {
  WEDGE_TRY(context.expect_rank(a, 1, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(b, 1, Shape::max_rank));
  WEDGE_ASSIGN(const SymbolicShape shape, product_shape(context.shape(a), context.shape(b)));
  context.set_output(0, dtype, shape);
  return {};
}

Products read_products(const MatrixOperand& a, const MatrixOperand& b, const Shape& output) {
  Products p;
  const size_t a_rank = a.shape.rank();
  const size_t b_rank = b.shape.rank();
  p.k = static_cast<size_t>(a.shape[a_rank - 1]);
  p.a_column_stride = static_cast<ptrdiff_t>(a.strides[a_rank - 1]);
  p.a_row_stride = static_cast<ptrdiff_t>(p.k);
  if (a_rank > 1) {
    p.m = static_cast<size_t>(a.shape[a_rank - 2]);
    p.a_row_stride = static_cast<ptrdiff_t>(a.strides[a_rank - 2]);
  }
  p.b_row_stride = static_cast<ptrdiff_t>(b.strides[b_rank == 1 ? 0 : b_rank - 2]);
  if (b_rank > 1) {
    p.n = static_cast<size_t>(b.shape[b_rank - 1]);
    p.b_column_stride = static_cast<ptrdiff_t>(b.strides[b_rank - 1]);
  }
  const bool b_is_one_matrix = b_rank <= 2 || b.shape.numel(0, b_rank - 2) == 1;
  if (b_is_one_matrix && a.is_dense()) {
    // The rows of all of A's matrices follow each other: one product.
    p.m = static_cast<size_t>(a.shape.numel(0, a_rank - 1));
    return p;
  }
  p.batch = Shape::of_rank(std::max(a_rank, b_rank) - 2);
  for (size_t i = 0; i < p.batch.rank(); ++i) p.batch[i] = output[i];
  p.a_strides = batch_strides(a, p.batch);
  p.b_strides = batch_strides(b, p.batch);
  return p;
}

}  // namespace wedge
