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
Strides batch_strides(const Shape& operand, const Shape& batch) {
  Strides strides{};
  if (operand.rank() <= 2) return strides;
  const Strides dense = dense_strides(operand);
  const size_t own = operand.rank() - 2;
  const size_t added = batch.rank() - own;
  for (size_t i = 0; i < own; ++i) strides[added + i] = operand[i] == 1 ? 0 : dense[i];
  return strides;
}

}  // namespace

Result<> infer_products(InferContext& context, size_t a_input, size_t b_input, DType dtype) {
  WEDGE_TRY(context.expect_rank(a_input, 1, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(b_input, 1, Shape::max_rank));
  const SymbolicShape& a = context.shape(a_input);
  const SymbolicShape& b = context.shape(b_input);
  context.set_output(0, dtype, {});
  if (!a.has_rank() || !b.has_rank()) return {};
  const Dim a_inner = a[a.rank() - 1];
  const Dim b_inner = b[b.rank() == 1 ? 0 : b.rank() - 2];
  if (conflict(a_inner, b_inner)) return fail(ErrorCode::invalid_model, "cannot multiply ", a, " by ", b);
  WEDGE_ASSIGN(SymbolicShape shape, broadcast_shapes(batch_of(a), batch_of(b)));
  // At most max_rank: the longer operand has two more dimensions than its batch.
  if (a.rank() > 1) (void)shape.push_back(a[a.rank() - 2]);
  if (b.rank() > 1) (void)shape.push_back(b[b.rank() - 1]);
  context.set_output(0, dtype, shape);
  return {};
}

Products read_products(const Shape& a, const Shape& b, const Shape& output) {
  Products p;
  p.k = static_cast<size_t>(a[a.rank() - 1]);
  if (a.rank() > 1) p.m = static_cast<size_t>(a[a.rank() - 2]);
  if (b.rank() > 1) p.n = static_cast<size_t>(b[b.rank() - 1]);
  const bool b_is_one_matrix = b.rank() <= 2 || b.numel(0, b.rank() - 2) == 1;
  if (b_is_one_matrix) {
    // The rows of all of A's matrices follow each other: one product.
    p.m = static_cast<size_t>(a.numel(0, a.rank() - 1));
    return p;
  }
  p.batch = Shape::of_rank(std::max(a.rank(), b.rank()) - 2);
  for (size_t i = 0; i < p.batch.rank(); ++i) p.batch[i] = output[i];
  p.a_strides = batch_strides(a, p.batch);
  p.b_strides = batch_strides(b, p.batch);
  return p;
}

}  // namespace wedge
