// The Model: what an ONNX file says, as views into its bytes. Names are those of onnx.proto; documentation strings,
// training information and device configurations are skipped.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "onnx/tensor_proto.h"
#include "onnx/type_proto.h"

namespace wedge::onnx {

struct GraphProto;

/// AttributeProto.AttributeType.
enum class AttributeType : int32_t {
  undefined = 0,
  float32 = 1,
  int64 = 2,
  string = 3,
  tensor = 4,
  graph = 5,
  floats = 6,
  ints = 7,
  strings = 8,
  tensors = 9,
  graphs = 10,
  sparse_tensor = 11,
  sparse_tensors = 12,
  type_proto = 13,
  type_protos = 14,
};

/// The name as ONNX writes it: "FLOAT", "INTS" …
std::string_view to_string(AttributeType type);

/// The value is in the member that `type` names; tensor, graph, sparse_tensor and type_proto are the one element of
/// their vectors. Parsing has checked that it is there, unless ref_attr_name is set.
struct AttributeProto {
  std::string_view name;
  std::string_view ref_attr_name;  ///< in a function: the function's attribute that gives the value; else empty
  AttributeType type = AttributeType::undefined;
  float f = 0;
  int64_t i = 0;
  std::string_view s;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string_view> strings;
  std::vector<TensorProto> tensors;
  std::vector<GraphProto> graphs;
  std::vector<SparseTensorProto> sparse_tensors;
  std::vector<TypeProto> type_protos;
};

struct ValueInfoProto {
  std::string_view name;
  TypeProto type;
};

struct NodeProto {
  std::vector<std::string_view> input;   ///< an empty name is an optional input left out
  std::vector<std::string_view> output;  ///< likewise
  std::string_view name;
  std::string_view op_type;
  std::string_view domain;
  std::string_view overload;
  std::vector<AttributeProto> attribute;
};

struct TensorAnnotation {
  std::string_view tensor_name;
  std::vector<StringStringEntryProto> quant_parameter_tensor_names;
};

struct GraphProto {
  Bytes message;  ///< the whole of it
  std::string_view name;
  std::vector<NodeProto> node;
  std::vector<TensorProto> initializer;
  std::vector<SparseTensorProto> sparse_initializer;
  std::vector<ValueInfoProto> input;
  std::vector<ValueInfoProto> output;
  std::vector<ValueInfoProto> value_info;
  std::vector<TensorAnnotation> quantization_annotation;
  std::vector<StringStringEntryProto> metadata_props;
};

struct OperatorSetIdProto {
  std::string_view domain;
  int64_t version = 0;
};

struct FunctionProto {
  std::string_view name;
  std::string_view domain;
  std::string_view overload;
  std::vector<std::string_view> input;
  std::vector<std::string_view> output;
  std::vector<std::string_view> attribute;      ///< names of attributes without a default
  std::vector<AttributeProto> attribute_proto;  ///< attributes with their defaults
  std::vector<NodeProto> node;
  std::vector<OperatorSetIdProto> opset_import;
  std::vector<ValueInfoProto> value_info;
};

/// ModelProto.
struct Model {
  int64_t ir_version = 0;
  std::string_view producer_name;
  std::string_view producer_version;
  std::string_view domain;
  int64_t model_version = 0;
  std::vector<OperatorSetIdProto> opset_import;
  GraphProto graph;
  std::vector<FunctionProto> functions;
  std::vector<StringStringEntryProto> metadata_props;
};

/// How deep graphs, types and sequences may nest.
inline constexpr int max_nesting = 64;

/// Decodes a model. The result looks into `bytes`, which must outlive it.
/// Errors: invalid_model, with the message and field; unsupported for a segmented tensor.
Result<Model> parse_model(Bytes bytes);

/// Decodes one TensorProto, such as the .pb files of ONNX's test data. Looks into `bytes`. Errors as parse_model().
Result<TensorProto> parse_tensor(Bytes bytes);

/// Decodes one TypeProto. Looks into `bytes`. Errors as parse_model().
Result<TypeProto> parse_type(Bytes bytes);

}  // namespace wedge::onnx
