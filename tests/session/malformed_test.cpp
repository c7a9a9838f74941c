// Models that contradict themselves: each gets its own sentence.
#include <gtest/gtest.h>

#include <fstream>

#include "support/load.h"

namespace wedge::test {
namespace {

TEST(Malformed, UnknownOperatorsAreNamedAllAtOnce) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1})
      .node("Fly", {"x"}, {"y"}, {}, {.name = "first", .domain = "", .overload = ""})
      .node("Swim", {"y"}, {"z"}, {}, {.name = "second", .domain = "com.example", .overload = ""})
      .output("z", DType::f32, {1});
  EXPECT_EQ(sentence(load(ModelWriter(graph).opset("", 18).opset("com.example", 2).bytes())),
            "the model uses operators that this build does not have: ai.onnx.Fly of opset 18 at node 'first', "
            "com.example.Swim of opset 2 at node 'second'");
}

TEST(Malformed, OperatorsOnMapsAreNamedAsSuch) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 2})
      .node("ZipMap", {"x"}, {"y"}, {}, {.name = "zip", .domain = "ai.onnx.ml", .overload = ""})
      .output("y", sequence_type(map_type(DType::i64, tensor_type(DType::f32))));
  EXPECT_EQ(sentence(load(ModelWriter(graph).opset("", 18).opset("ai.onnx.ml", 1).bytes())),
            "the model uses an operator that this build does not have: ai.onnx.ml.ZipMap of opset 1 (maps are not "
            "supported) at node 'zip'");
}

TEST(Malformed, ACycleIsNamed) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1})
      .node("Add", {"x", "b"}, {"a"}, {}, {.name = "left", .domain = "", .overload = ""})
      .node("Relu", {"a"}, {"b"})
      .output("b", DType::f32, {1});
  EXPECT_EQ(sentence(load(model(graph))), "the graph has a cycle through node 'left' (Add)");
}

TEST(Malformed, ShapesOfMoreElementsThanNumbersCountAreRefused) {
  for (const int64_t beyond : {INT64_MAX, INT64_MAX / 2}) {
    GraphWriter graph;
    graph.input("x", DType::f32, {1, beyond, 3, 4})
        .node("ReduceMean", {"x"}, {"y"}, {attribute("axes", std::vector<int64_t>{2})})
        .output("y", tensor_type(DType::f32));
    EXPECT_EQ(sentence(load(ModelWriter(graph).opset("", 13).bytes())), "the number of elements exceeds 64 bits");
  }
}

TEST(Malformed, NodesInAnyOrderRun) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1}).node("Neg", {"a"}, {"y"}).node("Relu", {"x"}, {"a"}).output("y", DType::f32, {1});
  EXPECT_EQ(elements<float>(must_load(model(graph)).run(make<float>({1}, {3})).value()), (std::vector<float>{-3}));
}

TEST(Malformed, NamesMustBeMadeOnce) {
  GraphWriter missing;
  missing.input("x", DType::f32, {1}).node("Add", {"x", "ghost"}, {"y"}).output("y", DType::f32, {1});
  EXPECT_EQ(sentence(load(model(missing))), "node (Add): reads 'ghost', which no node, input or initializer makes");
  GraphWriter twice;
  twice.input("x", DType::f32, {1}).node("Relu", {"x"}, {"y"}).node("Neg", {"x"}, {"y"}).output("y", DType::f32, {1});
  EXPECT_EQ(sentence(load(model(twice))), "the value 'y' is made by two nodes");
  GraphWriter shadow;
  shadow.input("x", DType::f32, {1}).node("Relu", {"x"}, {"x"}).output("x", DType::f32, {1});
  EXPECT_FALSE(load(model(shadow)));
  GraphWriter nothing;
  nothing.input("x", DType::f32, {1}).output("y", DType::f32, {1});
  EXPECT_EQ(sentence(load(model(nothing))), "the graph's output 'y' is not made by any node");
}

TEST(Malformed, AnOpsetMustBeImported) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1}).node("Relu", {"x"}, {"y"}).output("y", DType::f32, {1});
  EXPECT_EQ(sentence(load(ModelWriter(graph).bytes())), "node (Relu): the model imports no opset of domain 'ai.onnx'");
}

TEST(Malformed, ArityIsChecked) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1}).node("Gather", {"x"}, {"y"}).output("y", DType::f32, {1});
  EXPECT_EQ(sentence(load(model(graph))), "node (Gather): expected 2 inputs, got 1");
}

TEST(Malformed, AttributesHaveTheirType) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1})
      .input("i", DType::i64, {1})
      .node("Gather", {"x", "i"}, {"y"}, {attribute("axis", "zero")})
      .output("y", DType::f32, {1});
  EXPECT_EQ(sentence(load(model(graph))), "node (Gather): attribute 'axis' must be an integer, got a string");
}

TEST(Malformed, ShapesThatOverflowAreRefusedBeforeAnythingIsAllocated) {
  GraphWriter graph;
  const int64_t huge = int64_t{1} << 40;
  graph.input("x", DType::f32, {1, 1})
      .initializer("shape", tensor<int64_t>({2}, {huge, huge}))
      .node("Expand", {"x", "shape"}, {"big"})
      .node("Relu", {"big"}, {"y"})
      .output("y", tensor_type(DType::f32));
  EXPECT_EQ(sentence(load(model(graph))), "node (Expand): the number of elements exceeds 64 bits");
}

TEST(Malformed, WhatDoesNotFitInTheLimitIsRefusedAtCreation) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 1})
      .initializer("shape", tensor<int64_t>({2}, {1000, 1000}))
      .node("Expand", {"x", "shape"}, {"big"})
      .node("Relu", {"big"}, {"y"})
      .node("Neg", {"y"}, {"z"})
      .output("z", tensor_type(DType::f32));
  const std::string error = sentence(load(model(graph), {.threads = 1, .max_memory = 1000000, .log = {}}));
  EXPECT_TRUE(error.find("the limit is 1000000") != std::string::npos) << error;
}

TEST(Malformed, FunctionsThatCallThemselvesAreRefused) {
  FunctionWriter loop("local", "Loop1", {"a"}, {"b"});
  loop.node("Loop1", {"a"}, {"b"}, {}, {.name = "", .domain = "local", .overload = ""});
  GraphWriter graph;
  graph.input("x", DType::f32, {1})
      .node("Loop1", {"x"}, {"y"}, {}, {.name = "call", .domain = "local", .overload = ""})
      .output("y", DType::f32, {1});
  const auto bytes = ModelWriter(graph).opset("", 18).opset("local", 1).function(loop).bytes();
  const std::string error = sentence(load(bytes));
  EXPECT_TRUE(error.find("functions call one another more than 64 deep") != std::string::npos) << error;
}

TEST(Malformed, ExternalDataStaysInsideTheModelsFolder) {
  GraphWriter graph;
  TensorWriter weights(DType::f32, {2});
  weights.external({{"location", "../secret.bin"}});
  graph.input("x", DType::f32, {2}).initializer("w", weights).node("Add", {"x", "w"}, {"y"});
  graph.output("y", DType::f32, {2});
  const std::string folder = ::testing::TempDir();
  const std::string path = folder + "/escape.onnx";
  std::ofstream(path, std::ios::binary) << model(graph);
  const auto loaded = Session::load(path);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().file(), path);
  EXPECT_TRUE(loaded.error().message().find("../secret.bin") != std::string::npos) << loaded.error().to_string();
}

}  // namespace
}  // namespace wedge::test
