#include "onnx/sequence_proto.h"

#include "onnx/decode.h"

namespace wedge::onnx {
namespace {

Result<> check_depth(int depth) {
  if (depth <= max_nesting) return {};
  return fail(ErrorCode::invalid_model, "SequenceProto: values nest deeper than ", max_nesting, " levels");
}

Result<> read_element_type(const Field& field, ElementType& type) {
  int32_t number = 0;
  WEDGE_TRY(read(field, number));
  if (number < 0 || number > static_cast<int32_t>(ElementType::optional)) {
    return fail(ErrorCode::invalid_model, field.message, ": element type ", number, " does not exist");
  }
  type = static_cast<ElementType>(number);
  return {};
}

}  // namespace

Result<> decode(Bytes bytes, SequenceProto& sequence, int depth) {
  WEDGE_TRY(check_depth(depth));
  return for_each_field("SequenceProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, sequence.name);
      case 2: return read_element_type(field, sequence.elem_type);
      case 3: return append_message(field, sequence.tensor_values);
      case 4: return append_message(field, sequence.sparse_tensor_values);
      case 5: return append_message(field, sequence.sequence_values, depth + 1);
      case 6: return append_message(field, sequence.map_values, depth + 1);
      case 7: return append_message(field, sequence.optional_values, depth + 1);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, MapProto& map, int depth) {
  WEDGE_TRY(check_depth(depth));
  return for_each_field("MapProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, map.name);
      case 2: return read(field, map.key_type);
      case 3: return append(field, map.keys);
      case 4: return append(field, map.string_keys);
      case 5: return read_message(field, map.values, depth + 1);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, OptionalProto& optional, int depth) {
  WEDGE_TRY(check_depth(depth));
  return for_each_field("OptionalProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, optional.name);
      case 2: return read_element_type(field, optional.elem_type);
      case 3: return read_single_message(field, optional.tensor_value);
      case 4: return read_single_message(field, optional.sparse_tensor_value);
      case 5: return read_single_message(field, optional.sequence_value, depth + 1);
      case 6: return read_single_message(field, optional.map_value, depth + 1);
      case 7: return read_single_message(field, optional.optional_value, depth + 1);
      default: return {};
    }
  });
}

Result<SequenceProto> parse_sequence(Bytes bytes) {
  SequenceProto sequence;
  WEDGE_TRY(decode(bytes, sequence, 1));
  return sequence;
}

Result<OptionalProto> parse_optional(Bytes bytes) {
  OptionalProto optional;
  WEDGE_TRY(decode(bytes, optional, 1));
  return optional;
}

}  // namespace wedge::onnx
