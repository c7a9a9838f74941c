#include "onnx/decode.h"

namespace wedge::onnx {

Result<> decode(Bytes bytes, ValueInfoProto& value_info) {
  return for_each_field("ValueInfoProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, value_info.name);
      case 2: return read_message(field, value_info.type, 1);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, NodeProto& node, int depth) {
  auto decoded = for_each_field("NodeProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return append(field, node.input);
      case 2: return append(field, node.output);
      case 3: return read(field, node.name);
      case 4: return read(field, node.op_type);
      case 5: return append_message(field, node.attribute, depth);
      case 7: return read(field, node.domain);
      case 8: return read(field, node.overload);
      default: return {};
    }
  });
  if (!decoded) decoded.error().at_node(node.name, node.op_type);
  return decoded;
}

Result<> decode(Bytes bytes, TensorAnnotation& annotation) {
  return for_each_field("TensorAnnotation", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, annotation.tensor_name);
      case 2: return append_message(field, annotation.quant_parameter_tensor_names);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, GraphProto& graph, int depth) {
  if (depth > max_nesting) {
    return fail(ErrorCode::invalid_model, "GraphProto: graphs nest deeper than ", max_nesting, " levels");
  }
  graph.message = bytes;
  return for_each_field("GraphProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return append_message(field, graph.node, depth);
      case 2: return read(field, graph.name);
      case 5: return append_message(field, graph.initializer);
      case 11: return append_message(field, graph.input);
      case 12: return append_message(field, graph.output);
      case 13: return append_message(field, graph.value_info);
      case 14: return append_message(field, graph.quantization_annotation);
      case 15: return append_message(field, graph.sparse_initializer);
      case 16: return append_message(field, graph.metadata_props);
      default: return {};
    }
  });
}

}  // namespace wedge::onnx
