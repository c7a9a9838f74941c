// One decode() per message. Each adds the fields of `bytes` to a struct, as protobuf merges messages; fields it does
// not know are skipped. Those that can nest count their depth.
#pragma once

#include "onnx/model.h"
#include "onnx/sequence_proto.h"

namespace wedge::onnx {

Result<> decode(Bytes bytes, StringStringEntryProto& entry);
Result<> decode(Bytes bytes, OperatorSetIdProto& operator_set);
Result<> decode(Bytes bytes, TensorAnnotation& annotation);
Result<> decode(Bytes bytes, Dimension& dimension);
/// Replaces `tensor`: its typed data is read from one message.
Result<> decode(Bytes bytes, TensorProto& tensor);
Result<> decode(Bytes bytes, SparseTensorProto& tensor);
Result<> decode(Bytes bytes, TypeProto& type, int depth);
Result<> decode(Bytes bytes, ValueInfoProto& value_info);
Result<> decode(Bytes bytes, AttributeProto& attribute, int depth);
Result<> decode(Bytes bytes, NodeProto& node, int depth);
Result<> decode(Bytes bytes, GraphProto& graph, int depth);
Result<> decode(Bytes bytes, FunctionProto& function);
Result<> decode(Bytes bytes, Model& model);
Result<> decode(Bytes bytes, SequenceProto& sequence, int depth);
Result<> decode(Bytes bytes, MapProto& map, int depth);
Result<> decode(Bytes bytes, OptionalProto& optional, int depth);

/// Reads a field that holds a message.
template <typename Message, typename... Depth>
Result<> read_message(const Field& field, Message& message, Depth... depth) {
  WEDGE_TRY(expect_type(field, WireType::length_delimited));
  return decode(field.bytes, message, depth...);
}

/// Reads an element of a repeated message.
template <typename Message, typename... Depth>
Result<> append_message(const Field& field, std::vector<Message>& messages, Depth... depth) {
  return read_message(field, messages.emplace_back(), depth...);
}

/// Reads a message held as the one element of a vector.
template <typename Message, typename... Depth>
Result<> read_single_message(const Field& field, std::vector<Message>& messages, Depth... depth) {
  if (messages.empty()) messages.emplace_back();
  return read_message(field, messages.front(), depth...);
}

}  // namespace wedge::onnx
