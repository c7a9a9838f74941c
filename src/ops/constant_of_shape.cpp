// ConstantOfShape: one element, repeated.
#include <algorithm>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<Tensor> element(const NodeView& node) {
  WEDGE_ASSIGN(const Tensor* value, node.attributes().tensor("value"));
  if (value == nullptr) return Tensor::scalar(0.0F);
  if (value->numel() != 1) {
    return fail(ErrorCode::invalid_model, "the value must be one element, got shape ", value->shape());
  }
  return *value;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Tensor value, element(context));
  WEDGE_ASSIGN(const auto dims, context.integers(0));
  if (!dims) {
    const SymbolicShape& shape = context.shape(0);
    const bool rank_known = shape.has_rank() && shape.rank() == 1 && shape[0].is_known() &&
                            shape[0].value() <= static_cast<int64_t>(Shape::max_rank);
    context.set_output(0, value.dtype(),
                       rank_known ? SymbolicShape::of_rank(static_cast<size_t>(shape[0].value())) : SymbolicShape());
    return {};
  }
  WEDGE_ASSIGN(const Shape shape, Shape::from(*dims));
  context.set_output(0, value.dtype(), shape);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Tensor value, element(context));
  Kernel kernel;
  visit_width(value.dtype(), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      std::ranges::fill(run.output<T>(0), TensorRef(value).as<const T>()[0]);
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", value.dtype());
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, ConstantOfShape) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
