// ScatterND: updates put into the slices that GatherND would pick.
#include "ops/index_tuples.h"
#include "ops/scatter_reduction.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  WEDGE_TRY(context.expect_rank(1, 1, Shape::max_rank));
  WEDGE_TRY(scatter_reduction(context));
  const SymbolicShape& data = context.shape(0);
  const SymbolicShape& indices = context.shape(1);
  const SymbolicShape& updates = context.shape(2);
  context.set_output(0, context.dtype(0), data);
  if (!data.has_rank() || !indices.has_rank() || !indices[indices.rank() - 1].is_known()) return {};
  const size_t last = indices.rank() - 1;
  const int64_t length = indices[last].value();
  if (length < 1 || length > static_cast<int64_t>(data.rank())) {
    return fail(ErrorCode::invalid_model, "tuples of ", length, " indices do not fit data of shape ", data);
  }
  if (!updates.has_rank()) return {};
  const auto first = static_cast<size_t>(length);
  bool fits = updates.rank() == last + data.rank() - first;
  for (size_t i = 0; fits && i < updates.rank(); ++i) {
    fits = !conflict(updates[i], i < last ? indices[i] : data[first + i - last]);
  }
  if (fits) return {};
  return fail(ErrorCode::invalid_model, "updates of shape ", updates, " do not fit indices of shape ", indices,
              " into data of shape ", data);
}

template <typename T>
Result<> scatter(RunContext& run, const IndexTuples& tuples, ScatterReduction reduction) {
  copy_data(run);
  const auto indices = run.input<int64_t>(1);
  const T* update = run.input<T>(2).data();
  T* target = run.output<T>(0).data();
  for (size_t i = 0; i < tuples.count; ++i) {
    WEDGE_ASSIGN(const int64_t offset, slice_offset(tuples, indices, i));
    T* slice = target + offset;
    for (int64_t k = 0; k < tuples.slice_size; ++k, ++update) {
      if constexpr (dtype_of<T> == DType::undefined) {
        slice[k] = *update;
      } else {
        slice[k] = scatter_combined(reduction, slice[k], *update);
      }
    }
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape data = context.input_shape(0);
  if (data.numel() == 0 && context.input_shape(2).numel() == 0) return Kernel();
  WEDGE_TRY(element_width(context, 0));
  WEDGE_ASSIGN(const ScatterReduction reduction, scatter_reduction(context));
  const IndexTuples tuples = index_tuples(data, context.input_shape(1), 0);
  context.in_place(0, 0);
  Kernel kernel;
  visit_scattered(context.dtype(0), reduction,
                  [&]<typename T>() { kernel = [=](RunContext& run) { return scatter<T>(run, tuples, reduction); }; });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, ScatterND) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
