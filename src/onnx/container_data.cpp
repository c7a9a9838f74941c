// Sequences and optionals of test data.
#include "base/result.h"
#include "onnx/tensor_data.h"

namespace wedge::onnx {

DType to_dtype(const TypeProto& type) {
  using Kind = TypeProto::Kind;
  if (type.kind == Kind::tensor) return dtype_from_onnx(type.elem_type);
  if (type.kind != Kind::sequence && type.kind != Kind::optional) return DType::undefined;
  const DType element = type.element.empty() ? DType::undefined : to_dtype(type.element.front());
  return type.kind == Kind::sequence ? sequence_of(element) : optional_of(element);
}

Result<Tensor> to_tensor(const SequenceProto& sequence, DType dtype, const DataSource& source) {
  if (!is_sequence(dtype) || !sequence.sequence_values.empty() || !sequence.map_values.empty() ||
      !sequence.optional_values.empty() || !sequence.sparse_tensor_values.empty()) {
    return fail(ErrorCode::invalid_model, "the data is no ", dtype);
  }
  std::vector<Tensor> values;
  for (const TensorProto& value : sequence.tensor_values) {
    WEDGE_ASSIGN(values.emplace_back(), to_tensor(value, source));
  }
  return Tensor::sequence(element_type(dtype), std::move(values));
}

Result<Tensor> to_tensor(const OptionalProto& optional, DType dtype, const DataSource& source) {
  if (!is_optional(dtype) || !optional.map_value.empty() || !optional.optional_value.empty() ||
      !optional.sparse_tensor_value.empty()) {
    return fail(ErrorCode::invalid_model, "the data is no ", dtype);
  }
  const DType element = element_type(dtype);
  Tensor value;
  if (!optional.tensor_value.empty()) {
    WEDGE_ASSIGN(value, to_tensor(optional.tensor_value.front(), source));
  } else if (!optional.sequence_value.empty()) {
    WEDGE_ASSIGN(value, to_tensor(optional.sequence_value.front(), element, source));
  }
  return Tensor::optional(element, std::move(value));
}

}  // namespace wedge::onnx
