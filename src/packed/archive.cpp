#include "packed/archive.h"

#include <algorithm>
#include <vector>

#include "base/built_in_parts.h"
#include "tensor/tensor_ref.h"

namespace wedge::packed {
namespace {

bool exists(DType dtype) {
  if (built_in::is_container(dtype)) return exists(element_type(dtype));
  return dtype == DType::undefined || dtype_from_onnx(static_cast<int32_t>(dtype)) == dtype;
}

}  // namespace

Result<> Writer::operator()(const Tensor& tensor) {
  WEDGE_TRY((*this)(tensor.dtype()));
  if (is_container(tensor.dtype())) {
    const auto elements = tensor.elements();
    return list(*this, elements);
  }
  WEDGE_ASSIGN(const Tensor dense, tensor.dense());
  const auto dims = dense.shape().dims();
  WEDGE_TRY(list(*this, dims));
  if (dense.dtype() == DType::string) {
    WEDGE_ASSIGN(const auto strings, dense.view<std::string_view>());
    for (const std::string_view text : strings) WEDGE_TRY((*this)(std::string(text)));
    return {};
  }
  const auto bytes = dense.bytes();
  bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {};
}

Result<std::span<const std::byte>> Reader::take(uint64_t count) {
  if (count > bytes_.size()) return fail(ErrorCode::invalid_model, "the packed model ends too early");
  const auto taken = bytes_.first(static_cast<size_t>(count));
  bytes_ = bytes_.subspan(taken.size());
  return taken;
}

Result<> Reader::operator()(DType& dtype) {
  uint8_t number = 0;
  WEDGE_TRY((*this)(number));
  dtype = static_cast<DType>(number);
  if (!exists(dtype)) return fail(ErrorCode::invalid_model, "the packed model names a type that does not exist");
  return {};
}

Result<> Reader::operator()(std::string& text) {
  uint64_t size = 0;
  WEDGE_TRY((*this)(size));
  WEDGE_ASSIGN(const auto bytes, take(size));
  text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {};
}

Result<> Reader::operator()(Tensor& tensor) {
  DType dtype = DType::undefined;
  WEDGE_TRY((*this)(dtype));
  if (built_in::is_container(dtype)) {
    if (depth == deepest) return fail(ErrorCode::invalid_model, "the packed model nests containers too deeply");
    std::vector<Tensor> elements;
    ++depth;
    WEDGE_TRY(list(*this, elements));
    --depth;
    WEDGE_ASSIGN(tensor, Tensor::container(dtype, std::move(elements)));
    return {};
  }
  std::vector<int64_t> dims;
  WEDGE_TRY(list(*this, dims));
  WEDGE_ASSIGN(const Shape shape, Shape::from(dims));
  if (dtype == DType::undefined) {
    tensor = Tensor();
    return {};
  }
  if (built_in::has_type(DType::string) && dtype == DType::string) {
    std::vector<std::string> texts;
    if (shape.numel() > static_cast<int64_t>(left())) return fail(ErrorCode::invalid_model, "strings are missing");
    texts.resize(static_cast<size_t>(shape.numel()));
    for (std::string& text : texts) WEDGE_TRY((*this)(text));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    WEDGE_ASSIGN(tensor, Tensor::from(std::span<const std::string_view>(views), shape));
    return {};
  }
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  WEDGE_ASSIGN(const auto bytes, take(size));
  if (dtype == DType::boolean && std::ranges::any_of(bytes, [](std::byte byte) { return byte > std::byte{1}; })) {
    return fail(ErrorCode::invalid_model, "a truth value of the packed model is neither 0 nor 1");
  }
  WEDGE_ASSIGN(tensor, Tensor::allocate(dtype, shape));
  std::ranges::copy(bytes, tensor.mutable_bytes().begin());
  return {};
}

}  // namespace wedge::packed
