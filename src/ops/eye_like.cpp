// EyeLike: ones on a diagonal of a matrix of the input's shape.
#include <algorithm>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

// The input's when the attribute does not say otherwise; undefined while neither is known.
Result<DType> declared_dtype(const NodeView& node) {
  if (!node.attributes().has("dtype")) return node.dtype(0);
  return node.attributes().dtype("dtype", DType::undefined);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, 2));
  WEDGE_ASSIGN(const DType dtype, declared_dtype(context));
  context.set_output(0, dtype, context.shape(0));
  return {};
}

template <typename T>
Kernel kernel_for(int64_t rows, int64_t columns, int64_t diagonal, T one) {
  return [=](RunContext& run) -> Result<> {
    const auto out = run.output<T>(0);
    std::ranges::fill(out, T{});
    for (int64_t row = std::max<int64_t>(0, -diagonal); row < rows && row < columns - diagonal; ++row) {
      out[static_cast<size_t>(row * columns + row + diagonal)] = one;
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("k", 0));
  const int64_t diagonal = std::clamp(wanted, -shape[0], shape[1]);
  const DType dtype = context.output_dtype(0);
  if (dtype == DType::boolean) return kernel_for<bool>(shape[0], shape[1], diagonal, true);
  Kernel kernel;
  visit_numbers(dtype,
                [&]<typename T>() { kernel = kernel_for<T>(shape[0], shape[1], diagonal, static_cast<T>(1.0F)); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", dtype);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, EyeLike) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
