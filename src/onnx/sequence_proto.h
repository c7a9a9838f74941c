// SequenceProto, OptionalProto and MapProto of onnx-data.proto: values that are not tensors, as ONNX's test data holds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "onnx/tensor_proto.h"

namespace wedge::onnx {

struct MapProto;
struct OptionalProto;

/// SequenceProto.DataType and OptionalProto.DataType.
enum class ElementType : int32_t { undefined = 0, tensor = 1, sparse_tensor = 2, sequence = 3, map = 4, optional = 5 };

struct SequenceProto {
  std::string_view name;
  ElementType elem_type = ElementType::undefined;  ///< which of the vectors holds the elements
  std::vector<TensorProto> tensor_values;
  std::vector<SparseTensorProto> sparse_tensor_values;
  std::vector<SequenceProto> sequence_values;
  std::vector<MapProto> map_values;
  std::vector<OptionalProto> optional_values;
};

struct MapProto {
  std::string_view name;
  int32_t key_type = 0;                       ///< a TensorProto.DataType: an integer type or string
  std::vector<int64_t> keys;                  ///< when the keys are integers
  std::vector<std::string_view> string_keys;  ///< when they are strings
  SequenceProto values;                       ///< in the order of the keys
};

/// At most one vector has an element; none of them when the optional is empty.
struct OptionalProto {
  std::string_view name;
  ElementType elem_type = ElementType::undefined;
  std::vector<TensorProto> tensor_value;
  std::vector<SparseTensorProto> sparse_tensor_value;
  std::vector<SequenceProto> sequence_value;
  std::vector<MapProto> map_value;
  std::vector<OptionalProto> optional_value;
};

/// Decodes one SequenceProto. Looks into `bytes`, which must outlive it. Error: invalid_model.
Result<SequenceProto> parse_sequence(Bytes bytes);

/// Decodes one OptionalProto. Looks into `bytes`, which must outlive it. Error: invalid_model.
Result<OptionalProto> parse_optional(Bytes bytes);

}  // namespace wedge::onnx
