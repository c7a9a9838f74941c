#include "onnx/type_proto.h"

#include "onnx/decode.h"

namespace wedge::onnx {
namespace {

Result<> decode_shape(Bytes bytes, std::vector<Dimension>& shape) {
  return for_each_field("TensorShapeProto", bytes, [&](const Field& field) -> Result<> {
    return field.number == 1 ? append_message(field, shape) : Result<>();
  });
}

/// TypeProto.Tensor and TypeProto.SparseTensor, which have the same fields.
Result<> decode_tensor(const Field& outer, TypeProto& type, TypeProto::Kind kind) {
  WEDGE_TRY(expect_type(outer, WireType::length_delimited));
  type.kind = kind;
  return for_each_field("TypeProto.Tensor", outer.bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, type.elem_type);
      case 2:
        WEDGE_TRY(expect_type(field, WireType::length_delimited));
        if (!type.shape) type.shape.emplace();
        return decode_shape(field.bytes, *type.shape);
      default: return {};
    }
  });
}

/// TypeProto.Sequence and TypeProto.Optional, which have the same field.
Result<> decode_container(const Field& outer, TypeProto& type, TypeProto::Kind kind, int depth) {
  WEDGE_TRY(expect_type(outer, WireType::length_delimited));
  type.kind = kind;
  return for_each_field("TypeProto.Sequence", outer.bytes, [&](const Field& field) -> Result<> {
    return field.number == 1 ? read_single_message(field, type.element, depth + 1) : Result<>();
  });
}

Result<> decode_map(const Field& outer, TypeProto& type, int depth) {
  WEDGE_TRY(expect_type(outer, WireType::length_delimited));
  type.kind = TypeProto::Kind::map;
  return for_each_field("TypeProto.Map", outer.bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, type.key_type);
      case 2: return read_single_message(field, type.element, depth + 1);
      default: return {};
    }
  });
}

}  // namespace

Result<> decode(Bytes bytes, Dimension& dimension) {
  return for_each_field("TensorShapeProto.Dimension", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, dimension.dim_value.emplace());
      case 2: return read(field, dimension.dim_param);
      case 3: return read(field, dimension.denotation);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, TypeProto& type, int depth) {
  if (depth > max_nesting) {
    return fail(ErrorCode::invalid_model, "TypeProto: types nest deeper than ", max_nesting, " levels");
  }
  return for_each_field("TypeProto", bytes, [&](const Field& field) -> Result<> {
    if (field.number == 6) return read(field, type.denotation);
    if (field.number > 9) return {};
    // The rest is a oneof: the last of its fields wins.
    type = TypeProto{.denotation = type.denotation};
    switch (field.number) {
      case 1: return decode_tensor(field, type, TypeProto::Kind::tensor);
      case 4: return decode_container(field, type, TypeProto::Kind::sequence, depth);
      case 5: return decode_map(field, type, depth);
      case 7: type.kind = TypeProto::Kind::opaque; return {};
      case 8: return decode_tensor(field, type, TypeProto::Kind::sparse_tensor);
      case 9: return decode_container(field, type, TypeProto::Kind::optional, depth);
      default: return {};
    }
  });
}

Result<TypeProto> parse_type(Bytes bytes) {
  TypeProto type;
  WEDGE_TRY(decode(bytes, type, 1));
  return type;
}

}  // namespace wedge::onnx
