#include "graph/attribute.h"

#include "base/result.h"

namespace wedge {
namespace {

template <typename T>
constexpr std::string_view type_name = "";
template <>
constexpr std::string_view type_name<int64_t> = "an integer";
template <>
constexpr std::string_view type_name<float> = "a float";
template <>
constexpr std::string_view type_name<std::string> = "a string";
template <>
constexpr std::string_view type_name<std::vector<int64_t>> = "a list of integers";
template <>
constexpr std::string_view type_name<std::vector<float>> = "a list of floats";
template <>
constexpr std::string_view type_name<std::vector<std::string>> = "a list of strings";
template <>
constexpr std::string_view type_name<Tensor> = "a tensor";
template <>
constexpr std::string_view type_name<std::vector<Tensor>> = "a list of tensors";
template <>
constexpr std::string_view type_name<DType> = "a type";

template <typename T>
Result<const T*> get(const Attributes& attributes, std::string_view name) {
  const Attribute* attribute = attributes.find(name);
  if (attribute == nullptr) return nullptr;
  if (const T* value = std::get_if<T>(&attribute->value)) return value;
  const auto came = std::visit([]<typename U>(const U&) { return type_name<U>; }, attribute->value);
  return fail(ErrorCode::invalid_model, "attribute '", name, "' must be ", type_name<T>, ", got ", came);
}

}  // namespace

const Attribute* Attributes::find(std::string_view name) const {
  for (const Attribute& attribute : attributes_) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

Result<int64_t> Attributes::integer(std::string_view name, int64_t absent) const {
  WEDGE_ASSIGN(const auto* value, get<int64_t>(*this, name));
  return value != nullptr ? *value : absent;
}

Result<bool> Attributes::flag(std::string_view name, bool absent) const {
  WEDGE_ASSIGN(const auto* value, get<int64_t>(*this, name));
  return value != nullptr ? *value != 0 : absent;
}

Result<float> Attributes::number(std::string_view name, float absent) const {
  WEDGE_ASSIGN(const auto* value, get<float>(*this, name));
  return value != nullptr ? *value : absent;
}

Result<std::string_view> Attributes::string(std::string_view name, std::string_view absent) const {
  WEDGE_ASSIGN(const auto* value, get<std::string>(*this, name));
  return value != nullptr ? std::string_view(*value) : absent;
}

Result<std::span<const int64_t>> Attributes::integers(std::string_view name) const {
  WEDGE_ASSIGN(const auto* value, get<std::vector<int64_t>>(*this, name));
  return value != nullptr ? std::span<const int64_t>(*value) : std::span<const int64_t>();
}

Result<std::span<const float>> Attributes::numbers(std::string_view name) const {
  WEDGE_ASSIGN(const auto* value, get<std::vector<float>>(*this, name));
  return value != nullptr ? std::span<const float>(*value) : std::span<const float>();
}

Result<std::span<const std::string>> Attributes::strings(std::string_view name) const {
  WEDGE_ASSIGN(const auto* value, get<std::vector<std::string>>(*this, name));
  return value != nullptr ? std::span<const std::string>(*value) : std::span<const std::string>();
}

Result<const Tensor*> Attributes::tensor(std::string_view name) const { return get<Tensor>(*this, name); }

Result<DType> Attributes::type(std::string_view name) const {
  WEDGE_ASSIGN(const auto* value, get<DType>(*this, name));
  return value != nullptr ? *value : DType::undefined;
}

Result<int64_t> Attributes::required_integer(std::string_view name) const {
  WEDGE_ASSIGN(const auto* value, get<int64_t>(*this, name));
  if (value == nullptr) return fail(ErrorCode::invalid_model, "attribute '", name, "' is missing");
  return *value;
}

Result<DType> Attributes::dtype(std::string_view name, DType absent) const {
  if (absent != DType::undefined && !has(name)) return absent;
  WEDGE_ASSIGN(const int64_t number, required_integer(name));
  const DType dtype =
      number >= 0 && number <= INT32_MAX ? dtype_from_onnx(static_cast<int32_t>(number)) : DType::undefined;
  if (dtype != DType::undefined) return dtype;
  return fail(ErrorCode::invalid_model, "attribute '", name, "' names no type: ", number);
}

}  // namespace wedge
