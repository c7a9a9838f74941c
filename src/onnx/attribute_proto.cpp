#include "onnx/decode.h"

namespace wedge::onnx {
namespace {

constexpr auto last_attribute_type = AttributeType::type_protos;

/// The type that goes with a field of AttributeProto; undefined for those that hold no value.
AttributeType type_of_field(uint32_t number) {
  switch (number) {
    case 2: return AttributeType::float32;
    case 3: return AttributeType::int64;
    case 4: return AttributeType::string;
    case 5: return AttributeType::tensor;
    case 6: return AttributeType::graph;
    case 7: return AttributeType::floats;
    case 8: return AttributeType::ints;
    case 9: return AttributeType::strings;
    case 10: return AttributeType::tensors;
    case 11: return AttributeType::graphs;
    case 14: return AttributeType::type_proto;
    case 15: return AttributeType::type_protos;
    case 22: return AttributeType::sparse_tensor;
    case 23: return AttributeType::sparse_tensors;
    default: return AttributeType::undefined;
  }
}

/// Messages must be there; numbers and strings that are zero or empty need not be written.
bool has_value(const AttributeProto& attribute) {
  switch (attribute.type) {
    case AttributeType::tensor: return attribute.tensors.size() == 1;
    case AttributeType::graph: return attribute.graphs.size() == 1;
    case AttributeType::sparse_tensor: return attribute.sparse_tensors.size() == 1;
    case AttributeType::type_proto: return attribute.type_protos.size() == 1;
    default: return true;
  }
}

Result<> check(const AttributeProto& attribute) {
  if (attribute.type < AttributeType::undefined || attribute.type > last_attribute_type) {
    return fail(ErrorCode::invalid_model, "attribute '", attribute.name, "': type ",
                static_cast<int32_t>(attribute.type), " does not exist");
  }
  if (!attribute.ref_attr_name.empty()) return {};
  if (attribute.type == AttributeType::undefined) {
    return fail(ErrorCode::invalid_model, "attribute '", attribute.name, "' has no type");
  }
  if (has_value(attribute)) return {};
  return fail(ErrorCode::invalid_model, "attribute '", attribute.name, "' is of type ", attribute.type,
              " but has no such value");
}

}  // namespace

std::string_view to_string(AttributeType type) {
  switch (type) {
    case AttributeType::undefined: return "UNDEFINED";
    case AttributeType::float32: return "FLOAT";
    case AttributeType::int64: return "INT";
    case AttributeType::string: return "STRING";
    case AttributeType::tensor: return "TENSOR";
    case AttributeType::graph: return "GRAPH";
    case AttributeType::floats: return "FLOATS";
    case AttributeType::ints: return "INTS";
    case AttributeType::strings: return "STRINGS";
    case AttributeType::tensors: return "TENSORS";
    case AttributeType::graphs: return "GRAPHS";
    case AttributeType::sparse_tensor: return "SPARSE_TENSOR";
    case AttributeType::sparse_tensors: return "SPARSE_TENSORS";
    case AttributeType::type_proto: return "TYPE_PROTO";
    case AttributeType::type_protos: return "TYPE_PROTOS";
  }
  return "UNDEFINED";
}

Result<> decode(Bytes bytes, AttributeProto& attribute, int depth) {
  // Files older than IR version 2 write no type: the field in use tells.
  auto implied = AttributeType::undefined;
  WEDGE_TRY(for_each_field("AttributeProto", bytes, [&](const Field& field) -> Result<> {
    if (const auto type = type_of_field(field.number); type != AttributeType::undefined) implied = type;
    switch (field.number) {
      case 1: return read(field, attribute.name);
      case 2: return read(field, attribute.f);
      case 3: return read(field, attribute.i);
      case 4: return read(field, attribute.s);
      case 5: return read_single_message(field, attribute.tensors);
      case 6: return read_single_message(field, attribute.graphs, depth + 1);
      case 7: return append(field, attribute.floats);
      case 8: return append(field, attribute.ints);
      case 9: return append(field, attribute.strings);
      case 10: return append_message(field, attribute.tensors);
      case 11: return append_message(field, attribute.graphs, depth + 1);
      case 14: return read_single_message(field, attribute.type_protos, 1);
      case 15: return append_message(field, attribute.type_protos, 1);
      case 20: {
        int32_t type = 0;
        WEDGE_TRY(read(field, type));
        attribute.type = static_cast<AttributeType>(type);
        return {};
      }
      case 21: return read(field, attribute.ref_attr_name);
      case 22: return read_single_message(field, attribute.sparse_tensors);
      case 23: return append_message(field, attribute.sparse_tensors);
      default: return {};
    }
  }));
  if (attribute.type == AttributeType::undefined) attribute.type = implied;
  return check(attribute);
}

}  // namespace wedge::onnx
