// ScatterElements: updates put where GatherElements would look; Scatter is its old name.
#include "ops/scatter_reduction.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  WEDGE_TRY(scatter_reduction(context));
  const SymbolicShape& data = context.shape(0);
  const SymbolicShape& indices = context.shape(1);
  const SymbolicShape& updates = context.shape(2);
  if (data.has_rank()) {
    WEDGE_TRY(context.expect_rank(1, data.rank(), data.rank()));
    WEDGE_TRY(context.expect_rank(2, data.rank(), data.rank()));
    WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
    WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, data.rank()));
    for (size_t i = 0; indices.has_rank() && i < data.rank(); ++i) {
      const bool fits = i == axis || !data[i].is_known() || indices[i].value() <= data[i].value();
      if (!fits || (updates.has_rank() && conflict(indices[i], updates[i]))) {
        return fail(ErrorCode::invalid_model, "indices of shape ", indices, " and updates of shape ", updates,
                    " do not fit data of shape ", data);
      }
    }
  }
  context.set_output(0, context.dtype(0), data);
  return {};
}

struct Geometry {
  Shape data;
  Shape indices;
  size_t axis;
  ScatterReduction reduction;
};

template <typename T, typename Index>
Result<> scatter(RunContext& run, const Geometry& geometry) {
  const auto& [data, shape, axis, reduction] = geometry;
  copy_data(run);
  const Strides strides = dense_strides(data);
  const auto indices = run.input<Index>(1);
  const T* update = run.input<T>(2).data();
  T* target = run.output<T>(0).data();
  std::array<int64_t, Shape::max_rank> at{};
  int64_t base = 0;  // of the element at `at` with the index 0 along the axis
  for (const Index index : indices) {
    const int64_t position = index < 0 ? index + data[axis] : index;
    if (position < 0 || position >= data[axis]) {
      return fail(ErrorCode::out_of_range, "index ", index, " is outside a dimension of ", data[axis]);
    }
    T& element = target[base + position * strides[axis]];
    if constexpr (dtype_of<T> == DType::undefined) {
      element = *update++;
    } else {
      element = scatter_combined(reduction, element, *update++);
    }
    for (size_t i = shape.rank(); i-- > 0;) {
      const int64_t stride = i == axis ? 0 : strides[i];
      base += stride;
      if (++at[i] < shape[i]) break;
      base -= stride * shape[i];
      at[i] = 0;
    }
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  Geometry geometry{.data = context.input_shape(0), .indices = context.input_shape(1), .axis = 0, .reduction = {}};
  if (geometry.data.numel() == 0 && geometry.indices.numel() == 0) return Kernel();
  WEDGE_TRY(element_width(context, 0));
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(geometry.axis, resolve_axis(wanted, geometry.data.rank()));
  WEDGE_ASSIGN(geometry.reduction, scatter_reduction(context));
  const bool wide = context.dtype(1) == DType::i64;
  context.in_place(0, 0);
  Kernel kernel;
  visit_scattered(context.dtype(0), geometry.reduction, [&]<typename T>() {
    kernel = [=](RunContext& run) {
      return wide ? scatter<T, int64_t>(run, geometry) : scatter<T, int32_t>(run, geometry);
    };
  });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, ScatterElements) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};
WEDGE_OPERATOR(onnx, Scatter) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
