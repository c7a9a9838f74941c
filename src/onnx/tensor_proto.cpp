#include "onnx/tensor_proto.h"

#include "onnx/decode.h"
#include "wedge/dtype.h"

namespace wedge::onnx {

Result<> decode(Bytes bytes, StringStringEntryProto& entry) {
  return for_each_field("StringStringEntryProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, entry.key);
      case 2: return read(field, entry.value);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, TensorProto& tensor) {
  tensor = {};
  tensor.message = bytes;
  return for_each_field("TensorProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return append(field, tensor.dims);
      case 2: return read(field, tensor.data_type);
      case 3: return fail(ErrorCode::unsupported, "tensor '", tensor.name, "' is split into segments");
      case 8: return read(field, tensor.name);
      case 9: return read(field, tensor.raw_data);
      case 13: return append_message(field, tensor.external_data);
      case 14: {
        int32_t location = 0;
        WEDGE_TRY(read(field, location));
        tensor.data_location = static_cast<TensorProto::DataLocation>(location);
        return {};
      }
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, SparseTensorProto& tensor) {
  return for_each_field("SparseTensorProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read_message(field, tensor.values);
      case 2: return read_message(field, tensor.indices);
      case 3: return append(field, tensor.dims);
      default: return {};
    }
  });
}

std::string data_type_name(int32_t data_type) {
  constexpr int32_t complex64 = 14;
  constexpr int32_t complex128 = 15;
  if (data_type == complex64) return "complex64";
  if (data_type == complex128) return "complex128";
  const DType dtype = dtype_from_onnx(data_type);
  return dtype == DType::undefined ? text("data type ", data_type) : std::string(to_string(dtype));
}

Result<TensorProto> parse_tensor(Bytes bytes) {
  TensorProto tensor;
  WEDGE_TRY(decode(bytes, tensor));
  return tensor;
}

}  // namespace wedge::onnx
