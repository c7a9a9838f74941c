// Det, and Inverse of com.microsoft: determinants and inverses of square matrices, by elimination with the largest
// pivot of each column.
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

Result<> infer_inverse(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16}));
  WEDGE_TRY(infer(context));
  return infer_same_as_input(context);
}

// Exchanges rows, of `width` elements, so that of those from `column` on the first has the largest number there;
// whether that changed anything.
template <typename C>
bool bring_pivot(C* matrix, size_t n, size_t width, size_t column) {
  size_t pivot = column;
  for (size_t row = column + 1; row < n; ++row) {
    if (std::abs(matrix[row * width + column]) > std::abs(matrix[pivot * width + column])) pivot = row;
  }
  if (pivot == column) return false;
  for (size_t i = column; i < width; ++i) std::swap(matrix[pivot * width + i], matrix[column * width + i]);
  return true;
}

// Destroys the matrix.
template <typename C>
C determinant(C* matrix, size_t n) {
  C product = 1;
  for (size_t column = 0; column < n; ++column) {
    if (bring_pivot(matrix, n, n, column)) product = -product;
    const C head = matrix[column * n + column];
    if (head == 0) return 0;
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
  const Scratch scratch = context.scratch(n, n, sizeof(C));
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

// Makes the left half of n rows of 2 n elements the unit matrix, by steps that do to the right one what they do to it.
template <typename C>
void eliminate(C* matrix, size_t n) {
  const size_t width = 2 * n;
  for (size_t column = 0; column < n; ++column) {
    bring_pivot(matrix, n, width, column);
    C* pivot_row = matrix + column * width;
    const C head = pivot_row[column];
    for (size_t i = column; i < width; ++i) pivot_row[i] /= head;
    for (size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const C factor = matrix[row * width + column];
      for (size_t i = column; i < width; ++i) matrix[row * width + i] -= factor * pivot_row[i];
    }
  }
}

template <typename T>
Kernel inverse_kernel(PrepareContext& context, size_t n) {
  using C = ArithmeticType<T>;
  const auto count = static_cast<size_t>(context.output_shape(0).numel()) / (n * n);
  const Scratch scratch = context.scratch(2 * n, n, sizeof(C));
  return [=](RunContext& run) -> Result<> {
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    C* matrix = run.scratch<C>(scratch);
    for (size_t i = 0; i < count; ++i) {
      for (size_t row = 0; row < n; ++row) {
        C* to = matrix + row * 2 * n;
        for (size_t j = 0; j < n; ++j) *to++ = static_cast<C>(*in++);
        for (size_t j = 0; j < n; ++j) *to++ = static_cast<C>(j == row ? 1 : 0);
      }
      eliminate(matrix, n);
      for (size_t row = 0; row < n; ++row) {
        for (size_t j = 0; j < n; ++j) *out++ = static_cast<T>(matrix[row * 2 * n + n + j]);
      }
    }
    return {};
  };
}

template <bool inverts>
Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  if (context.output_shape(0).numel() == 0) return Kernel();
  const auto n = static_cast<size_t>(shape[shape.rank() - 1]);
  Kernel kernel;
  visit_floats(context.dtype(0),
               [&]<typename T>() { kernel = inverts ? inverse_kernel<T>(context, n) : kernel_for<T>(context, n); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Det) = {.infer = infer, .prepare = prepare<false>, .since = 11};
WEDGE_OPERATOR(microsoft, Inverse) = {.infer = infer_inverse, .prepare = prepare<true>};

}  // namespace wedge
