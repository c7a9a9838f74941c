// TypeProto: the types of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wedge::onnx {

struct Dimension {
  std::optional<int64_t> dim_value;
  std::string_view dim_param;  ///< empty when the dimension has no symbol
  std::string_view denotation;
};

struct TypeProto {
  enum class Kind : uint8_t { undefined, tensor, sparse_tensor, sequence, optional, map, opaque };

  Kind kind = Kind::undefined;
  int32_t elem_type = 0;                        ///< of a tensor or sparse tensor: a TensorProto.DataType
  int32_t key_type = 0;                         ///< of a map
  std::optional<std::vector<Dimension>> shape;  ///< of a tensor or sparse tensor; none when the rank is unknown
  std::vector<TypeProto> element;               ///< the one element type of a sequence, optional or map, when given
  std::string_view denotation;
};

}  // namespace wedge::onnx
