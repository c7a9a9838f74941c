#include "onnx/tensor_data.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/built_in_parts.h"

namespace wedge::onnx {
namespace {

constexpr bool has_forms = built_in::has_part("large_weights");

/// One of the typed data fields of TensorProto.
struct DataField {
  uint32_t number;
  std::string_view name;
};
constexpr DataField float_data{4, "float_data"};
constexpr DataField int32_data{5, "int32_data"};
constexpr DataField string_data{6, "string_data"};
constexpr DataField int64_data{7, "int64_data"};
constexpr DataField double_data{10, "double_data"};
constexpr DataField uint64_data{11, "uint64_data"};

template <typename Visit>
Result<> for_each_data_field(const TensorProto& tensor, DataField data, Visit&& visit) {
  return for_each_field("TensorProto", tensor.message, [&](const Field& field) -> Result<> {
    return field.number == data.number ? visit(field) : Result<>();
  });
}

std::unexpected<Error> count_mismatch(DataField data, size_t count, size_t wanted, DType dtype, const Shape& shape) {
  return fail(ErrorCode::invalid_model, count, " values in ", data.name, ", shape ", shape, " of ", dtype, " takes ",
              wanted);
}

/// Decodes a typed data field of Wire numbers into elements of type Stored, one from each number.
template <typename Wire, typename Stored>
Result<Tensor> from_numbers(const TensorProto& tensor, DataField data, DType dtype, const Shape& shape) {
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  const size_t wanted = size / sizeof(Stored);
  size_t count = 0;
  WEDGE_TRY(for_each_data_field(tensor, data, [&](const Field& field) -> Result<> {
    WEDGE_ASSIGN(const size_t more, count_numbers<Wire>(field));
    count += more;
    return {};
  }));
  if (count != wanted) return count_mismatch(data, count, wanted, dtype, shape);
  WEDGE_ASSIGN(Tensor result, Tensor::allocate(dtype, shape));
  std::byte* next = result.mutable_bytes().data();
  WEDGE_TRY(for_each_data_field(tensor, data, [&](const Field& field) {
    return for_each_number<Wire>(field, [&](Wire value) {
      const auto stored = static_cast<Stored>(value);
      std::memcpy(next, &stored, sizeof stored);
      next += sizeof stored;
    });
  }));
  return result;
}

// Of types that have no C++ type the width counts.
template <typename Stored>
constexpr bool has_type_of = sizeof(Stored) <= 2 ? built_in::has_width(sizeof(Stored)) || built_in::has_width(0)
                                                 : built_in::has_type(dtype_of<Stored>);

template <typename Wire, typename Stored>
Result<Tensor> from_field(const TensorProto& tensor, DataField data, DType dtype, const Shape& shape) {
  if constexpr (has_type_of<Stored>) return from_numbers<Wire, Stored>(tensor, data, dtype, shape);
  return fail(ErrorCode::internal, "no tensors of ", dtype);
}

Result<Tensor> from_strings(const TensorProto& tensor, const Shape& shape) {
  std::vector<std::string_view> strings;
  WEDGE_TRY(for_each_data_field(tensor, string_data, [&](const Field& field) { return append(field, strings); }));
  if (static_cast<int64_t>(strings.size()) != shape.numel()) {
    return count_mismatch(string_data, strings.size(), static_cast<size_t>(shape.numel()), DType::string, shape);
  }
  return Tensor::from(std::span<const std::string_view>(strings), shape);
}

/// Which field holds which type, and how: the table at TensorProto in onnx.proto. Sub-byte types lie in int32_data as
/// whole bytes, the low bits first.
Result<Tensor> from_typed_data(const TensorProto& tensor, DType dtype, const Shape& shape) {
  switch (dtype) {
    case DType::f32: return from_field<float, float>(tensor, float_data, dtype, shape);
    case DType::f64: return from_field<double, double>(tensor, double_data, dtype, shape);
    case DType::i64: return from_field<int64_t, int64_t>(tensor, int64_data, dtype, shape);
    case DType::u64: return from_field<uint64_t, uint64_t>(tensor, uint64_data, dtype, shape);
    case DType::u32: return from_field<uint64_t, uint32_t>(tensor, uint64_data, dtype, shape);
    case DType::i32: return from_field<int32_t, int32_t>(tensor, int32_data, dtype, shape);
    case DType::boolean: return from_field<int32_t, bool>(tensor, int32_data, dtype, shape);
    case DType::string: return from_strings(tensor, shape);
    default: break;
  }
  return byte_width(dtype) == 2 ? from_field<int32_t, uint16_t>(tensor, int32_data, dtype, shape)
                                : from_field<int32_t, uint8_t>(tensor, int32_data, dtype, shape);
}

bool is_aligned(Bytes bytes, DType dtype) {
  return reinterpret_cast<uintptr_t>(bytes.data()) % std::max<size_t>(byte_width(dtype), 1) == 0;
}

/// A view where the bytes can serve as they are, else a copy.
Result<Tensor> from_bytes(const OwnedBytes& data, DType dtype, const Shape& shape) {
  if (has_forms && data.formed != nullptr) {
    WEDGE_ASSIGN(Tensor result, Tensor::allocate(dtype, shape));
    data.formed->form->unpack(data.formed->bytes.data(), result.mutable_bytes().data());
    return result;
  }
  const bool truths =
      dtype != DType::boolean || std::ranges::all_of(data.bytes, [](std::byte byte) { return byte <= std::byte{1}; });
  if (truths && is_aligned(data.bytes, dtype)) {
    return Tensor::wrap_bytes(dtype, data.bytes, shape, true, data.owner);
  }
  WEDGE_ASSIGN(Tensor result, Tensor::allocate(dtype, shape));
  const auto target = result.mutable_bytes();
  std::ranges::copy(data.bytes, target.begin());
  if (!truths) {
    for (std::byte& byte : target) byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  return result;
}

/// What a TensorProto says of its elements; `data` where they lie as raw bytes.
struct Layout {
  DType dtype = DType::undefined;
  Shape shape;
  std::optional<OwnedBytes> data;
};

Result<Layout> lay_out(const TensorProto& tensor, const DataSource& source) {
  Layout layout;
  layout.dtype = dtype_from_onnx(tensor.data_type);
  if (layout.dtype == DType::undefined) {
    return fail(ErrorCode::unsupported, data_type_name(tensor.data_type), " is not an element type tensors can have");
  }
  WEDGE_ASSIGN(layout.shape, Shape::from(tensor.dims));
  WEDGE_ASSIGN(const size_t size, checked_byte_size(layout.dtype, layout.shape));
  const OwnedBytes raw = source.own(tensor.raw_data);
  const size_t raw_size = !has_forms || raw.formed == nullptr ? raw.bytes.size() : raw.formed->form->element_bytes();
  if (tensor.data_location == TensorProto::DataLocation::in_message) {
    if (raw.bytes.empty() && raw.formed == nullptr) return layout;
  } else if (!built_in::has_part("external_data") || tensor.data_location != TensorProto::DataLocation::external) {
    return fail(ErrorCode::invalid_model, "data location ", static_cast<int32_t>(tensor.data_location),
                " does not exist");
  }
  if (layout.dtype == DType::string) return fail(ErrorCode::invalid_model, "strings can only be in string_data");
  if (built_in::has_part("external_data") && tensor.data_location == TensorProto::DataLocation::external) {
    WEDGE_ASSIGN(layout.data, source.external(tensor, size));
  } else if (raw_size == size) {
    layout.data = raw;
  } else {
    return fail(ErrorCode::invalid_model, raw_size, " bytes of raw data, shape ", layout.shape, " of ", layout.dtype,
                " takes ", size);
  }
  return layout;
}

Result<Tensor> convert(const TensorProto& tensor, const DataSource& source) {
  WEDGE_ASSIGN(const Layout layout, lay_out(tensor, source));
  if (layout.data) return from_bytes(*layout.data, layout.dtype, layout.shape);
  return from_typed_data(tensor, layout.dtype, layout.shape);
}

// A copy is made from the file's pages once, so that they need not stay in memory beside it.
Constant read_when_needed(const Layout& layout) {
  const auto release = [data = *layout.data] {
    if (data.file != nullptr) data.file->release_pages(data.bytes);
  };
  const auto make = [layout, release]() -> Result<Tensor> {
    WEDGE_ASSIGN(Tensor elements, from_bytes(*layout.data, layout.dtype, layout.shape));
    if (elements.data() != layout.data->bytes.data()) release();
    return elements;
  };
  const bool holds_memory =
      layout.data->owner != nullptr && layout.data->file == nullptr && layout.data->formed == nullptr;
  // Fields that come after the raw data may say otherwise than those that came before.
  const ArrivedWeight* formed = layout.data->formed;
  const bool is_formed =
      has_forms && formed != nullptr && layout.dtype == DType::f32 && layout.shape == formed->form->shape();
  return {layout.dtype,
          layout.shape,
          {.make = make,
           .raw = layout.data->bytes,
           .release = release,
           .holds_memory = holds_memory,
           .formed = is_formed ? formed : nullptr}};
}

Result<Constant> convert_constant(const TensorProto& tensor, const DataSource& source) {
  WEDGE_ASSIGN(const Layout layout, lay_out(tensor, source));
  const bool is_large = checked_byte_size(layout.dtype, layout.shape).value_or(0) >= Constant::large;
  if (layout.data) {
    if (is_large && layout.dtype != DType::boolean) return read_when_needed(layout);
    return from_bytes(*layout.data, layout.dtype, layout.shape);
  }
  WEDGE_ASSIGN(Tensor elements, from_typed_data(tensor, layout.dtype, layout.shape));
  if (!is_large || layout.dtype == DType::string) return elements;
  const auto make = [tensor, layout, owner = source.owner()] {
    return from_typed_data(tensor, layout.dtype, layout.shape);
  };
  return Constant(layout.dtype, layout.shape, {.make = make}, std::move(elements));
}

template <typename T>
Result<T> named(const TensorProto& tensor, Result<T> result) {
  if (result) return result;
  const Error& error = result.error();
  return fail(error.code(), "tensor '", tensor.name, "': ", error.message());
}

}  // namespace

Result<Tensor> to_tensor(const TensorProto& tensor, const DataSource& source) {
  return named(tensor, convert(tensor, source));
}

Result<Constant> to_constant(const TensorProto& tensor, const DataSource& source) {
  return named(tensor, convert_constant(tensor, source));
}

}  // namespace wedge::onnx
