// TensorProto and SparseTensorProto: tensors as the file writes them. to_tensor() in tensor_data.h gives their
// elements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onnx/wire.h"

namespace wedge::onnx {

struct StringStringEntryProto {
  std::string_view key;
  std::string_view value;
};

struct TensorProto {
  enum class DataLocation : int32_t { in_message = 0, external = 1 };

  std::string_view name;
  std::vector<int64_t> dims;
  int32_t data_type = 0;
  Bytes raw_data;
  /// The whole message. float_data, int32_data, string_data, int64_data, double_data and uint64_data stay encoded in
  /// it until to_tensor() decodes them straight into the tensor, so that no weight lives twice in memory.
  Bytes message;
  std::vector<StringStringEntryProto> external_data;
  DataLocation data_location = DataLocation::in_message;
};

/// A tensor given by its non-zero elements; its name is that of `values`.
struct SparseTensorProto {
  TensorProto values;   ///< [NNZ]
  TensorProto indices;  ///< int64: [NNZ] into the flattened tensor, or [NNZ, rank]
  std::vector<int64_t> dims;
};

/// "float32", "complex64" …; "data type 99" for a number without meaning.
std::string data_type_name(int32_t data_type);

}  // namespace wedge::onnx
