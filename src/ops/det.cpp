// Det: the determinants of square matrices, by elimination with the largest pivot of each column.
#include <cmath>
#include <utility>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  const SymbolicShape& shape = context.shape(0);
  SymbolicShape batch;
  if (shape.has_rank()) {
    const size_t rank = shape.rank();
    if (conflict(shape[rank - 1], shape[rank - 2])) {
      return fail(ErrorCode::invalid_model, "matrices of shape ", shape, " are not square");
    }
    batch = SymbolicShape::of_rank(rank - 2);
    for (size_t i = 0; i + 2 < rank; ++i) batch[i] = shape[i];
  }
  context.set_output(0, context.dtype(0), batch);
  return {};
}

// Destroys the matrix.
template <typename C>
C determinant(C* matrix, size_t n) {
  C product = 1;
  for (size_t column = 0; column < n; ++column) {
    size_t pivot = column;
    for (size_t row = column + 1; row < n; ++row) {
      if (std::abs(matrix[row * n + column]) > std::abs(matrix[pivot * n + column])) pivot = row;
    }
    if (matrix[pivot * n + column] == 0) return 0;
    if (pivot != column) {
      for (size_t i = column; i < n; ++i) std::swap(matrix[pivot * n + i], matrix[column * n + i]);
      product = -product;
    }
    const C head = matrix[column * n + column];
    product *= head;
    for (size_t row = column + 1; row < n; ++row) {
      const C factor = matrix[row * n + column] / head;
      for (size_t i = column; i < n; ++i) matrix[row * n + i] -= factor * matrix[column * n + i];
    }
  }
  return product;
}

template <typename T>
Kernel kernel_for(PrepareContext& context, size_t n) {
  using C = ArithmeticType<T>;
  const Scratch scratch = context.scratch(n * n * sizeof(C));
  return [=](RunContext& run) -> Result<> {
    const T* in = run.input<T>(0).data();
    C* matrix = run.scratch<C>(scratch);
    for (T& out : run.output<T>(0)) {
      for (size_t i = 0; i < n * n; ++i) matrix[i] = static_cast<C>(in[i]);
      out = static_cast<T>(determinant(matrix, n));
      in += n * n;
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  if (context.output_shape(0).numel() == 0) return Kernel();
  const auto n = static_cast<size_t>(shape[shape.rank() - 1]);
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(context, n); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Det) = {.infer = infer, .prepare = prepare, .since = 11};

}  // namespace wedge
