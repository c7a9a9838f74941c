// GatherElements: the index of one axis is looked up, the others stay where they are.
#include "ops/strided_copy.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(1, {DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  const SymbolicShape& data = context.shape(0);
  const SymbolicShape& indices = context.shape(1);
  if (data.has_rank() && indices.has_rank()) {
    WEDGE_TRY(context.expect_rank(1, data.rank(), data.rank()));
    WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
    WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, data.rank()));
    for (size_t i = 0; i < data.rank(); ++i) {
      if (i == axis || !data[i].is_known() || !indices[i].is_known() || indices[i].value() <= data[i].value()) continue;
      return fail(ErrorCode::invalid_model, "indices of shape ", indices, " do not fit data of shape ", data);
    }
  }
  context.set_output(0, context.dtype(0), indices);
  return {};
}

struct Geometry {
  Shape data;
  Shape indices;
  size_t axis;
};

template <typename Element, typename Index>
Result<> gather(RunContext& run, const Geometry& geometry) {
  const auto& [data, shape, axis] = geometry;
  const Strides strides = dense_strides(data);
  const auto indices = run.input<Index>(1);
  const Element* source = run.input<Element>(0).data();
  Element* target = run.output<Element>(0).data();
  std::array<int64_t, Shape::max_rank> at{};
  int64_t base = 0;  // of the element at `at` with the looked-up index 0
  for (const Index index : indices) {
    const int64_t position = index < 0 ? index + data[axis] : index;
    if (position < 0 || position >= data[axis]) {
      return fail(ErrorCode::out_of_range, "index ", index, " is outside a dimension of ", data[axis]);
    }
    *target++ = source[base + position * strides[axis]];
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
  Geometry geometry{.data = context.input_shape(0), .indices = context.input_shape(1), .axis = 0};
  if (geometry.indices.numel() == 0) return Kernel();
  WEDGE_TRY(element_width(context, 0));
  WEDGE_ASSIGN(const int64_t wanted, context.attributes().integer("axis", 0));
  WEDGE_ASSIGN(geometry.axis, resolve_axis(wanted, geometry.data.rank()));
  const bool wide = context.dtype(1) == DType::i64;
  Kernel kernel;
  visit_width(context.dtype(0), [&]<typename Element>() {
    kernel = [=](RunContext& run) {
      return wide ? gather<Element, int64_t>(run, geometry) : gather<Element, int32_t>(run, geometry);
    };
  });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, GatherElements) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
