#include <algorithm>
#include <cstring>

#include "capi/objects.h"
#include "tensor/strides.h"

namespace wedge::capi {
namespace {

Result<DType> number_type(wedge_dtype dtype) {
  const DType type = dtype_from_onnx(dtype);
  if (type == DType::undefined) return fail(ErrorCode::invalid_argument, dtype, " is no element type");
  if (type == DType::string) return fail(ErrorCode::invalid_argument, "strings are no plain memory");
  return type;
}

Result<Shape> shape_from(const int64_t* dims, size_t rank) {
  if (rank != 0) WEDGE_TRY(require(dims, "dims"));
  return Shape::from({dims, rank});
}

bool is_aligned(const void* data, DType dtype) {
  return reinterpret_cast<uintptr_t>(data) % std::max<size_t>(byte_width(dtype), 1) == 0;
}

Result<DType> container_type(wedge_dtype dtype) {
  const auto number = static_cast<uint32_t>(dtype);
  constexpr uint32_t element_bits = WEDGE_SEQUENCE - 1;
  const auto type = static_cast<DType>(number);
  if (number > 0xff || !is_container(type) ||
      dtype_from_onnx(static_cast<int32_t>(number & element_bits)) == DType::undefined) {
    return fail(ErrorCode::invalid_argument, dtype, " is no type of a sequence or optional");
  }
  return type;
}

}  // namespace
}  // namespace wedge::capi

using namespace wedge;
using namespace wedge::capi;

wedge_status wedge_tensor_create(wedge_dtype dtype, const int64_t* dims, size_t rank, wedge_tensor* tensor) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(tensor, "tensor"));
    *tensor = nullptr;
    WEDGE_ASSIGN(const DType type, number_type(dtype));
    WEDGE_ASSIGN(const Shape shape, shape_from(dims, rank));
    WEDGE_ASSIGN(Tensor made, Tensor::zeros(type, shape));
    return give(tensor, std::move(made));
  });
}

wedge_status wedge_tensor_wrap(wedge_dtype dtype, const int64_t* dims, size_t rank, void* data, size_t bytes,
                               wedge_tensor* tensor) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(tensor, "tensor"));
    *tensor = nullptr;
    WEDGE_ASSIGN(const DType type, number_type(dtype));
    WEDGE_ASSIGN(const Shape shape, shape_from(dims, rank));
    if (bytes != 0) WEDGE_TRY(require(data, "data"));
    if (!is_aligned(data, type)) {
      return fail(ErrorCode::invalid_argument, "the memory is not aligned to elements of ", type);
    }
    WEDGE_ASSIGN(Tensor made,
                 Tensor::wrap_bytes(type, {static_cast<const std::byte*>(data), bytes}, shape, false, nullptr));
    return give(tensor, std::move(made));
  });
}

wedge_status wedge_tensor_create_strings(const int64_t* dims, size_t rank, const char* characters,
                                         const size_t* offsets, wedge_tensor* tensor) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(tensor, "tensor"));
    *tensor = nullptr;
    WEDGE_ASSIGN(const Shape shape, shape_from(dims, rank));
    WEDGE_TRY(require(offsets, "offsets"));
    WEDGE_ASSIGN(Tensor made, Tensor::allocate(DType::string, shape));
    std::vector<std::string_view> strings(static_cast<size_t>(shape.numel()));
    for (size_t i = 0; i < strings.size(); ++i) {
      if (offsets[i + 1] < offsets[i]) {
        return fail(ErrorCode::invalid_argument, "string ", i, " ends at ", offsets[i + 1], ", before its begin at ",
                    offsets[i]);
      }
      if (offsets[i + 1] == offsets[i]) continue;
      WEDGE_TRY(require(characters, "characters"));
      strings[i] = {characters + offsets[i], offsets[i + 1] - offsets[i]};
    }
    WEDGE_ASSIGN(made, Tensor::from(std::span<const std::string_view>(strings), shape));
    return give(tensor, std::move(made));
  });
}

wedge_status wedge_tensor_create_container(wedge_dtype dtype, const wedge_tensor* elements, size_t count,
                                           wedge_tensor* tensor) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(tensor, "tensor"));
    *tensor = nullptr;
    WEDGE_ASSIGN(const DType type, container_type(dtype));
    if (count != 0) WEDGE_TRY(require(elements, "elements"));
    std::vector<Tensor> values;
    for (size_t i = 0; i < count; ++i) {
      WEDGE_ASSIGN(const auto element, find(elements[i]));
      values.push_back(*element);
    }
    WEDGE_ASSIGN(Tensor made, Tensor::container(type, std::move(values)));
    return give(tensor, std::move(made));
  });
}

wedge_status wedge_tensor_get_info(wedge_tensor tensor, wedge_tensor_info* info) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(tensor));
    WEDGE_TRY(require(info, "info"));
    const bool is_plain = found->dtype() != DType::string && !is_container(found->dtype());
    const auto bytes = is_plain ? found->bytes() : std::span<const std::byte>();
    *info = {.dtype = static_cast<wedge_dtype>(found->dtype()),
             .rank = static_cast<uint32_t>(found->rank()),
             .dims = found->shape().begin(),
             .data = const_cast<std::byte*>(bytes.data()),
             .bytes = bytes.size(),
             .elements = static_cast<size_t>(found->numel())};
    return {};
  });
}

wedge_status wedge_tensor_get_string(wedge_tensor tensor, size_t index, const char** characters, size_t* length) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(tensor));
    WEDGE_TRY(require(characters, "characters"));
    WEDGE_TRY(require(length, "length"));
    WEDGE_ASSIGN(const auto strings, found->view<std::string_view>());
    if (index >= strings.size()) {
      return fail(ErrorCode::out_of_range, "string ", index, " of a tensor that has ", strings.size());
    }
    *characters = strings[index].empty() ? "" : strings[index].data();
    *length = strings[index].size();
    return {};
  });
}

wedge_status wedge_tensor_get_element(wedge_tensor tensor, size_t index, wedge_tensor* element) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(element, "element"));
    *element = nullptr;
    WEDGE_ASSIGN(const auto found, find(tensor));
    const auto elements = found->elements();
    if (index >= elements.size()) {
      return fail(ErrorCode::out_of_range, "element ", index, " of a ", found->dtype(), " that has ", elements.size());
    }
    WEDGE_ASSIGN(Tensor dense, elements[index].dense());
    return give(element, std::move(dense));
  });
}

wedge_status wedge_tensor_release(wedge_tensor tensor) { return capi::release(tensor); }
