#include "onnx/model.h"

#include "onnx/decode.h"

namespace wedge::onnx {

Result<> decode(Bytes bytes, OperatorSetIdProto& operator_set) {
  return for_each_field("OperatorSetIdProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, operator_set.domain);
      case 2: return read(field, operator_set.version);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, FunctionProto& function) {
  return for_each_field("FunctionProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, function.name);
      case 4: return append(field, function.input);
      case 5: return append(field, function.output);
      case 6: return append(field, function.attribute);
      case 7: return append_message(field, function.node, 1);
      case 9: return append_message(field, function.opset_import);
      case 10: return read(field, function.domain);
      case 11: return append_message(field, function.attribute_proto, 1);
      case 12: return append_message(field, function.value_info);
      case 13: return read(field, function.overload);
      default: return {};
    }
  });
}

Result<> decode(Bytes bytes, Model& model) {
  bool has_graph = false;
  WEDGE_TRY(for_each_field("ModelProto", bytes, [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, model.ir_version);
      case 2: return read(field, model.producer_name);
      case 3: return read(field, model.producer_version);
      case 4: return read(field, model.domain);
      case 5: return read(field, model.model_version);
      case 7: has_graph = true; return read_message(field, model.graph, 1);
      case 8: return append_message(field, model.opset_import);
      case 14: return append_message(field, model.metadata_props);
      case 25: return append_message(field, model.functions);
      default: return {};
    }
  }));
  if (!has_graph) return fail(ErrorCode::invalid_model, "ModelProto: there is no graph");
  return {};
}

Result<Model> parse_model(Bytes bytes) {
  Model model;
  auto decoded = decode(bytes, model);
  if (!decoded && decoded.error().message().starts_with("ModelProto")) {
    return fail(ErrorCode::invalid_model, "not an ONNX model, or a damaged one: ", decoded.error().message());
  }
  WEDGE_TRY(std::move(decoded));
  return model;
}

}  // namespace wedge::onnx
