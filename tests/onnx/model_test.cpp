#include "onnx/model.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "onnx/sequence_proto.h"
#include "onnx/tensor_data.h"
#include "support/proto_writer.h"

namespace wedge::onnx {
namespace {

using namespace wedge::test;
using Strings = std::vector<std::string_view>;

/// A model that has some of everything.
std::string rich_model() {
  GraphWriter body("body");
  body.input("i", DType::i64, {}).node("Identity", {"i"}, {"o"}).output("o");
  GraphWriter graph("main");
  graph.input("x", DType::f32, {"N", 3, {}}).input("seq", sequence_type(optional_type(tensor_type(DType::f16))));
  graph.input("map", map_type(DType::string, tensor_type(DType::i64)));
  graph.initializer("w", tensor<float>({3}, {1, 2, 3}));
  graph.sparse_initializer("s", tensor<float>({1}, {5}), tensor<int64_t>({1}, {2}), {4});
  graph.node("Mul", {"x", "", "w"}, {"y"}, {attribute("axis", -1)}, {.name = "mul", .domain = "d", .overload = "v"});
  graph.node("Loop", {"x"}, {"z"},
             {attribute("f", 0.5), attribute("s", "text"), attribute("t", tensor<int64_t>({}, {7})),
              attribute("body", body), attribute("floats", {1.0, 2.0}), attribute("ints", {1, 2}),
              attribute("strings", {"a", "b"}), attribute("type", tensor_type(DType::boolean))});
  graph.value("z", tensor_type(DType::f32)).output("y", DType::f32, {"N", 3});
  graph.message(14, Proto().string(1, "x").message(2, Proto().string(1, "SCALE_TENSOR").string(2, "scale")));
  graph.message(16, Proto().string(1, "graph key").string(2, "graph value"));
  FunctionWriter function("local", "F", {"a"}, {"b"}, 17);
  function.attribute("needed").attribute(attribute("alpha", 2.0F));
  function.node("LeakyRelu", {"a"}, {"b"}, {attribute_reference("alpha", 1, "alpha")});
  function.string(13, "overload").message(12, value_info("b", tensor_type(DType::f32)));
  ModelWriter model(graph, 10);
  model.opset("", 21).opset("local", 1).function(function).metadata("key", "value");
  model.string(2, "producer").string(3, "1.2").string(4, "domain").varint(5, 3);
  return model.bytes();
}

TEST(Model, DecodesTheModel) {
  const std::string bytes = rich_model();
  const auto model = parse_model(as_bytes(bytes));
  ASSERT_TRUE(model) << model.error().to_string();
  EXPECT_EQ(model->ir_version, 10);
  EXPECT_EQ(model->producer_name, "producer");
  EXPECT_EQ(model->producer_version, "1.2");
  EXPECT_EQ(model->domain, "domain");
  EXPECT_EQ(model->model_version, 3);
  ASSERT_EQ(model->opset_import.size(), 2U);
  EXPECT_EQ(model->opset_import[0].version, 21);
  EXPECT_EQ(model->opset_import[1].domain, "local");
  ASSERT_EQ(model->metadata_props.size(), 1U);
  EXPECT_EQ(model->metadata_props[0].key, "key");
  EXPECT_EQ(model->metadata_props[0].value, "value");
  EXPECT_EQ(model->graph.name, "main");
  ASSERT_EQ(model->graph.quantization_annotation.size(), 1U);
  EXPECT_EQ(model->graph.quantization_annotation[0].quant_parameter_tensor_names.at(0).value, "scale");
  EXPECT_EQ(model->graph.metadata_props.at(0).key, "graph key");
  ASSERT_EQ(model->graph.initializer.size(), 1U);
  EXPECT_EQ(model->graph.initializer[0].name, "w");
  ASSERT_EQ(model->graph.sparse_initializer.size(), 1U);
  EXPECT_EQ(model->graph.sparse_initializer[0].values.name, "s");
}

TEST(Model, DecodesNodesAndAttributes) {
  const std::string bytes = rich_model();
  const auto model = parse_model(as_bytes(bytes));
  ASSERT_TRUE(model) << model.error().to_string();
  ASSERT_EQ(model->graph.node.size(), 2U);
  const NodeProto& mul = model->graph.node[0];
  EXPECT_EQ(mul.op_type, "Mul");
  EXPECT_EQ(mul.name, "mul");
  EXPECT_EQ(mul.domain, "d");
  EXPECT_EQ(mul.overload, "v");
  EXPECT_EQ(mul.input, (Strings{"x", "", "w"}));
  EXPECT_EQ(mul.output, Strings{"y"});
  ASSERT_EQ(mul.attribute.size(), 1U);
  EXPECT_EQ(mul.attribute[0].type, AttributeType::int64);
  EXPECT_EQ(mul.attribute[0].i, -1);
  const auto& attributes = model->graph.node[1].attribute;
  ASSERT_EQ(attributes.size(), 8U);
  EXPECT_EQ(attributes[0].f, 0.5F);
  EXPECT_EQ(attributes[1].s, "text");
  EXPECT_EQ(attributes[2].tensors.at(0).data_type, 7);
  EXPECT_EQ(attributes[3].type, AttributeType::graph);
  EXPECT_EQ(attributes[3].graphs.at(0).node.at(0).op_type, "Identity");
  EXPECT_EQ(attributes[4].floats, (std::vector<float>{1, 2}));
  EXPECT_EQ(attributes[5].ints, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(attributes[6].strings, (Strings{"a", "b"}));
  EXPECT_EQ(attributes[7].type_protos.at(0).elem_type, 9);
}

TEST(Model, DecodesTypes) {
  const std::string bytes = rich_model();
  const auto model = parse_model(as_bytes(bytes));
  ASSERT_TRUE(model) << model.error().to_string();
  const auto& inputs = model->graph.input;
  ASSERT_EQ(inputs.size(), 3U);
  EXPECT_EQ(inputs[0].type.kind, TypeProto::Kind::tensor);
  EXPECT_EQ(inputs[0].type.elem_type, 1);
  ASSERT_TRUE(inputs[0].type.shape);
  const auto& shape = *inputs[0].type.shape;
  ASSERT_EQ(shape.size(), 3U);
  EXPECT_EQ(shape[0].dim_param, "N");
  EXPECT_EQ(shape[1].dim_value, 3);
  EXPECT_FALSE(shape[2].dim_value || !shape[2].dim_param.empty());
  EXPECT_EQ(inputs[1].type.kind, TypeProto::Kind::sequence);
  EXPECT_EQ(inputs[1].type.element.at(0).kind, TypeProto::Kind::optional);
  EXPECT_EQ(inputs[1].type.element.at(0).element.at(0).elem_type, 10);
  EXPECT_EQ(inputs[2].type.kind, TypeProto::Kind::map);
  EXPECT_EQ(inputs[2].type.key_type, 8);
  EXPECT_EQ(inputs[2].type.element.at(0).elem_type, 7);
  EXPECT_FALSE(model->graph.value_info.at(0).type.shape) << "no shape is an unknown rank, not a scalar";
}

TEST(Model, DecodesFunctions) {
  const std::string bytes = rich_model();
  const auto model = parse_model(as_bytes(bytes));
  ASSERT_TRUE(model) << model.error().to_string();
  ASSERT_EQ(model->functions.size(), 1U);
  const FunctionProto& function = model->functions[0];
  EXPECT_EQ(function.name, "F");
  EXPECT_EQ(function.domain, "local");
  EXPECT_EQ(function.overload, "overload");
  EXPECT_EQ(function.input, Strings{"a"});
  EXPECT_EQ(function.output, Strings{"b"});
  EXPECT_EQ(function.attribute, Strings{"needed"});
  EXPECT_EQ(function.attribute_proto.at(0).f, 2.0F);
  EXPECT_EQ(function.opset_import.at(0).version, 17);
  EXPECT_EQ(function.value_info.at(0).name, "b");
  EXPECT_EQ(function.node.at(0).attribute.at(0).ref_attr_name, "alpha");
}

TEST(Model, SkipsUnknownFields) {
  GraphWriter graph;
  graph.varint(900, 1).fixed(901, 1.0F).fixed(902, 1.0).string(903, "x");
  graph.node("Relu", {"x"}, {"y"});
  const std::string bytes = ModelWriter(graph).string(1000, "future").bytes();
  const auto model = parse_model(as_bytes(bytes));
  ASSERT_TRUE(model) << model.error().to_string();
  EXPECT_EQ(model->graph.node.size(), 1U);
}

TEST(Model, ImpliesTheAttributeTypeOfOldFiles) {
  const Proto untyped = Proto().string(1, "axes").packed(8, {int64_t{1}, int64_t{2}});
  const std::string bytes = test::model(GraphWriter().node(Proto().string(4, "Op").message(5, untyped)));
  const auto model = parse_model(as_bytes(bytes));
  ASSERT_TRUE(model) << model.error().to_string();
  EXPECT_EQ(model->graph.node.at(0).attribute.at(0).type, AttributeType::ints);
}

TEST(Model, RefusesWhatIsNoModel) {
  EXPECT_EQ(parse_model({}).error().message(), "not an ONNX model, or a damaged one: ModelProto: there is no graph");
  const auto html = parse_model(as_bytes("<!DOCTYPE html>"));
  ASSERT_FALSE(html);
  EXPECT_TRUE(html.error().message().starts_with("not an ONNX model")) << html.error().message();
}

TEST(Model, NamesTheNodeOfABrokenAttribute) {
  const auto broken = [](const AttributeWriter& attribute) {
    return parse_model(as_bytes(model(GraphWriter().node("Constant", {}, {"c"}, {attribute}, {.name = "n"}))));
  };
  EXPECT_EQ(broken(AttributeWriter("value", 4)).error().to_string(),
            "node 'n' (Constant): attribute 'value' is of type TENSOR but has no such value");
  EXPECT_EQ(broken(AttributeWriter("value", 77)).error().message(), "attribute 'value': type 77 does not exist");
  EXPECT_EQ(broken(AttributeWriter("value", 0)).error().message(), "attribute 'value' has no type");
}

TEST(Model, RefusesSegments) {
  TensorWriter segmented(DType::f32, {1});
  segmented.message(3, Proto().varint(1, 0));
  EXPECT_EQ(parse_model(as_bytes(model(GraphWriter().initializer("w", segmented)))).error().code(),
            ErrorCode::unsupported);
}

TEST(Model, LimitsTheDepthOfGraphs) {
  const auto nested = [](int depth) {
    GraphWriter graph;
    for (int i = 1; i < depth; ++i) {
      GraphWriter outer;
      outer.node("If", {"c"}, {"y"}, {attribute("then_branch", graph)});
      graph = outer;
    }
    return model(graph);
  };
  EXPECT_TRUE(parse_model(as_bytes(nested(max_nesting))));
  EXPECT_FALSE(parse_model(as_bytes(nested(max_nesting + 1))));
  EXPECT_FALSE(parse_model(as_bytes(nested(2000))));
}

TEST(Model, LimitsTheDepthOfTypes) {
  const auto nested = [](int depth) {
    TypeWriter type = tensor_type(DType::f32);
    for (int i = 1; i < depth; ++i) type = i % 2 == 0 ? sequence_type(type) : map_type(DType::i64, type);
    return type.bytes();
  };
  EXPECT_TRUE(parse_type(as_bytes(nested(max_nesting))));
  EXPECT_FALSE(parse_type(as_bytes(nested(max_nesting + 1))));
}

TEST(Model, SurvivesTruncationAnywhere) {
  const std::string whole = rich_model();
  for (size_t size = 0; size < whole.size(); ++size) {
    // A copy of the exact size, so that a read past the end is seen by the address sanitizer.
    const std::vector<char> part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    const auto model = parse_model(std::as_bytes(std::span(part)));
    EXPECT_TRUE(model || !model.error().message().empty()) << size;
  }
}

TEST(Sequence, DecodesElements) {
  Proto inner;
  inner.varint(2, 1).message(3, tensor<float>({2}, {1, 2}));
  Proto map;
  map.varint(2, 7).packed(3, {int64_t{4}}).message(5, inner);
  Proto outer;
  outer.string(1, "name").varint(2, 3).message(5, inner).message(6, map).message(7, Proto().varint(2, 1));
  const auto sequence = parse_sequence(as_bytes(outer.bytes()));
  ASSERT_TRUE(sequence) << sequence.error().to_string();
  EXPECT_EQ(sequence->name, "name");
  EXPECT_EQ(sequence->elem_type, ElementType::sequence);
  EXPECT_EQ(sequence->sequence_values.at(0).tensor_values.at(0).dims, std::vector<int64_t>{2});
  EXPECT_EQ(sequence->map_values.at(0).keys, std::vector<int64_t>{4});
  EXPECT_EQ(sequence->map_values.at(0).values.tensor_values.size(), 1U);
  EXPECT_TRUE(sequence->optional_values.at(0).tensor_value.empty());

  Proto optional;
  optional.varint(2, 3).message(5, inner);
  const auto filled = parse_optional(as_bytes(optional.bytes()));
  ASSERT_TRUE(filled) << filled.error().to_string();
  EXPECT_EQ(filled->sequence_value.at(0).tensor_values.size(), 1U);

  Proto deep = inner;
  for (int i = 0; i < 1000; ++i) deep = Proto().message(5, deep);
  EXPECT_FALSE(parse_sequence(as_bytes(deep.bytes())));
}

RC_GTEST_PROP(ModelProperty, RandomBytesNeverCrash, (const std::vector<uint8_t>& bytes)) {
  const auto span = std::as_bytes(std::span(bytes));
  (void)parse_model(span);
  (void)parse_sequence(span);
  (void)parse_optional(span);
  if (const auto tensor = parse_tensor(span)) (void)to_tensor(*tensor, DataSource());
}

RC_GTEST_PROP(ModelProperty, ChangedBytesNeverCrash, ()) {
  std::string bytes = rich_model();
  const auto changes = *rc::gen::container<std::vector<std::pair<size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<size_t>(0, bytes.size()), rc::gen::arbitrary<char>()));
  for (const auto& [position, byte] : changes) bytes[position] = byte;
  const auto model = parse_model(as_bytes(bytes));
  if (!model) return;
  for (const auto& initializer : model->graph.initializer) (void)to_tensor(initializer, DataSource());
  for (const auto& initializer : model->graph.sparse_initializer) (void)to_tensor(initializer, DataSource());
}

}  // namespace
}  // namespace wedge::onnx
