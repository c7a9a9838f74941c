// Optional, OptionalHasElement and OptionalGetElement: values that may be missing.
#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer_optional(InferContext& context) {
  WEDGE_ASSIGN(DType element, context.attributes().type("type"));
  if (context.has_input(0)) element = context.dtype(0);
  if (element == DType::undefined) {
    return fail(ErrorCode::invalid_model, "an optional without input needs attribute 'type', a tensor or a sequence");
  }
  context.set_output(0, optional_of(element), {});
  return {};
}

Result<Kernel> prepare_optional(PrepareContext& context) {
  return [element = element_type(context.output_dtype(0))](RunContext& run) -> Result<> {
    Tensor value;
    if (run.has_input(0)) {
      WEDGE_ASSIGN(value, run.keep(0));
    }
    WEDGE_ASSIGN(Tensor optional, Tensor::optional(element, std::move(value)));
    run.set_output(0, std::move(optional));
    return {};
  };
}

Result<> infer_has_element(InferContext& context) {
  context.set_output(0, DType::boolean, Shape{});
  return {};
}

// Any other input than an optional is an element.
Result<Kernel> prepare_has_element(PrepareContext&) {
  return [](RunContext& run) -> Result<> {
    const bool holds = run.has_input(0) && (!is_optional(run.input(0).dtype) || run.input(0).numel() != 0);
    run.output<bool>(0)[0] = holds;
    return {};
  };
}

Result<> infer_get_element(InferContext& context) {
  const DType dtype = context.dtype(0);
  if (is_optional(dtype)) {
    context.set_output(0, element_type(dtype), {});
  } else {
    context.set_output(0, dtype, context.shape(0));
  }
  return {};
}

Result<Kernel> prepare_get_element(PrepareContext& context) {
  if (!is_optional(context.dtype(0))) {
    context.view(0, 0);
    return Kernel();
  }
  return [](RunContext& run) -> Result<> {
    const auto values = run.input<Tensor>(0);
    if (values.empty()) return fail(ErrorCode::invalid_argument, "the optional has no element");
    run.set_output(0, values[0]);
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Optional) = {
    .infer = infer_optional, .prepare = prepare_optional, .min_inputs = 0, .takes_containers = true};
WEDGE_OPERATOR(onnx, OptionalHasElement) = {
    .infer = infer_has_element, .prepare = prepare_has_element, .min_inputs = 0, .takes_containers = true};
WEDGE_OPERATOR(onnx, OptionalGetElement) = {
    .infer = infer_get_element, .prepare = prepare_get_element, .takes_containers = true};

}  // namespace wedge
