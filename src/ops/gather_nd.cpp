// GatherND: slices of the first input picked by tuples of indices.
#include <cstring>

#include "ops/index_tuples.h"
#include "ops/strided_copy.h"

namespace wedge {
namespace {

Result<size_t> batch_dims(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t batch, node.attributes().integer("batch_dims", 0));
  if (batch < 0 || batch > static_cast<int64_t>(Shape::max_rank)) {
    return fail(ErrorCode::invalid_model, "batch_dims cannot be ", batch);
  }
  return static_cast<size_t>(batch);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  WEDGE_ASSIGN(const size_t batch, batch_dims(context));
  WEDGE_TRY(context.expect_rank(0, batch + 1, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(1, batch + 1, Shape::max_rank));
  const SymbolicShape& data = context.shape(0);
  const SymbolicShape& indices = context.shape(1);
  context.set_output(0, context.dtype(0), {});
  if (!data.has_rank() || !indices.has_rank()) return {};
  for (size_t i = 0; i < batch; ++i) {
    if (conflict(data[i], indices[i])) {
      return fail(ErrorCode::invalid_model, "the batches of ", data, " and ", indices, " differ");
    }
  }
  const size_t last = indices.rank() - 1;
  if (!indices[last].is_known()) return {};
  const int64_t length = indices[last].value();
  if (length < 1 || length > static_cast<int64_t>(data.rank() - batch)) {
    return fail(ErrorCode::invalid_model, "tuples of ", length, " indices do not fit data of shape ", data);
  }
  SymbolicShape shape = SymbolicShape::of_rank(last);
  for (size_t i = 0; i < last; ++i) shape[i] = indices[i];
  for (size_t i = batch + static_cast<size_t>(length); i < data.rank(); ++i) {
    if (!shape.push_back(data[i])) return fail(ErrorCode::unsupported, "the output would have too many dimensions");
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const size_t batch, batch_dims(context));
  WEDGE_ASSIGN(const size_t width, element_width(context, 0));
  const IndexTuples tuples = index_tuples(context.input_shape(0), context.input_shape(1), batch);
  return [=](RunContext& run) -> Result<> {
    const auto indices = run.input<int64_t>(1);
    const size_t bytes = static_cast<size_t>(tuples.slice_size) * width;
    std::byte* target = run.output(0).data;
    for (size_t i = 0; i < tuples.count; ++i, target += bytes) {
      WEDGE_ASSIGN(const int64_t offset, slice_offset(tuples, indices, i));
      std::memcpy(target, run.input(0).data + static_cast<size_t>(offset) * width, bytes);
    }
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, GatherND) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
