// ArrayFeatureExtractor of ai.onnx.ml: chosen columns along the last axis.
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  const SymbolicShape& input = context.shape(0);
  const SymbolicShape& indices = context.shape(1);
  SymbolicShape shape;
  if (input.has_rank()) {
    shape = input;
    // A vector counts as one row.
    if (input.rank() == 1) shape = {1, Dim::unknown()};
    Dim columns = indices.has_rank() ? Dim(1) : Dim::unknown();
    for (size_t i = 0; indices.has_rank() && i < indices.rank(); ++i) columns = columns * indices[i];
    shape[shape.rank() - 1] = columns;
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<> check_indices(std::span<const int64_t> indices, int64_t count) {
  for (const int64_t index : indices) {
    if (index < 0 || index >= count) {
      return fail(ErrorCode::out_of_range, "index ", index, " of an axis of ", count);
    }
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  const int64_t count = shape[shape.rank() - 1];
  const auto rows = static_cast<size_t>(shape.numel(0, shape.rank() - 1));
  Kernel kernel;
  visit_width(context.dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      const auto indices = run.input<int64_t>(1);
      WEDGE_TRY(check_indices(indices, count));
      const auto* in = reinterpret_cast<const T*>(run.input(0).data);
      auto* out = reinterpret_cast<T*>(run.output(0).data);
      for (size_t row = 0; row < rows; ++row) {
        const size_t start = row * static_cast<size_t>(count);
        for (const int64_t index : indices) *out++ = in[start + static_cast<size_t>(index)];
      }
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(ml, ArrayFeatureExtractor) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
