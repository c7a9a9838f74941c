// Constant: a tensor from one of its attributes.
#include <algorithm>

#include "ops/operator.h"

namespace wedge {
namespace {

template <typename T>
Result<Tensor> list_of(const std::vector<T>& values) {
  return Tensor::from(std::span<const T>(values), Shape{static_cast<int64_t>(values.size())});
}

Result<Tensor> strings_of(const std::vector<std::string>& values, const Shape& shape) {
  const std::vector<std::string_view> views(values.begin(), values.end());
  return Tensor::from(std::span<const std::string_view>(views), shape);
}

Result<Tensor> value_of(const Attribute& attribute) {
  if (const auto* tensor = std::get_if<Tensor>(&attribute.value)) return *tensor;
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) return Tensor::scalar(*number);
  if (const auto* number = std::get_if<float>(&attribute.value)) return Tensor::scalar(*number);
  if (const auto* word = std::get_if<std::string>(&attribute.value)) return strings_of({*word}, Shape{});
  if (const auto* numbers = std::get_if<std::vector<int64_t>>(&attribute.value)) return list_of(*numbers);
  if (const auto* numbers = std::get_if<std::vector<float>>(&attribute.value)) return list_of(*numbers);
  if (const auto* words = std::get_if<std::vector<std::string>>(&attribute.value)) {
    return strings_of(*words, Shape{static_cast<int64_t>(words->size())});
  }
  return fail(ErrorCode::invalid_model, "attribute '", attribute.name, "' is not a value");
}

Result<Tensor> value(const NodeView& node) {
  const Attribute* found = nullptr;
  for (const Attribute& attribute : node.attributes().all()) {
    if (attribute.name != "sparse_value" && !attribute.name.starts_with("value")) continue;
    if (found != nullptr)
      return fail(ErrorCode::invalid_model, "'", found->name, "' and '", attribute.name, "' are given");
    found = &attribute;
  }
  if (found == nullptr) return fail(ErrorCode::invalid_model, "the value is missing");
  return value_of(*found);
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Tensor tensor, value(context));
  context.set_output(0, tensor.dtype(), tensor.shape());
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Tensor tensor, value(context));
  return [=](RunContext& run) -> Result<> {
    std::ranges::copy(tensor.bytes(), run.output(0).data);
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, Constant) = {.infer = infer, .prepare = prepare, .min_inputs = 0, .max_inputs = 0};

}  // namespace wedge
