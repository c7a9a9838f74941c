#include <gtest/gtest.h>

#include "onnx/data_source.h"
#include "session/load.h"
#include "support/load.h"

namespace wedge::test {
namespace {

Module module_of(const std::string& bytes, Optimization optimization) {
  const onnx::DataSource source;
  auto loaded = load_module(as_bytes(bytes), source, optimization);
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().to_string());
  return *std::move(loaded);
}

std::vector<std::string> operators(const Module& module) {
  std::vector<std::string> names;
  for (const auto& node : module.graph.nodes) names.push_back(node->op_type);
  return names;
}

// y = x + reshape(concat(shape(w), 1))…: all but the Add follows from constants.
std::string foldable() {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 1})
      .initializer("w", tensor<float>({1, 2}, {3, 4}))
      .node("Constant", {}, {"dims"}, {attribute("value_ints", {2, 1})})
      .node("Reshape", {"w", "dims"}, {"column"})
      .node("Neg", {"column"}, {"negative"})
      .node("Exp", {"x"}, {"unused"})
      .node("Add", {"x", "negative"}, {"y"})
      .output("y", DType::f32, {2, 1});
  return model(graph);
}

TEST(Passes, FoldConstantsAndDropDeadNodes) {
  const std::string bytes = foldable();
  EXPECT_EQ(operators(module_of(bytes, Optimization::none)),
            (std::vector<std::string>{"Constant", "Reshape", "Neg", "Exp", "Add"}));
  EXPECT_EQ(operators(module_of(bytes, Optimization::basic)), (std::vector<std::string>{"Add"}));
}

TEST(Passes, KeepTheResult) {
  const Tensor x = make<float>({2, 1}, {10, 20});
  for (const auto level : {Optimization::none, Optimization::basic, Optimization::all}) {
    const Session session = must_load(foldable(), {.threads = 1, .max_memory = 0, .optimization = level, .log = {}});
    EXPECT_EQ(elements<float>(session.run(x).value()), (std::vector<float>{7, 16}));
  }
}

TEST(Passes, FoldShapesThatAreKnown) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3})
      .node("Shape", {"x"}, {"dims"})
      .node("Reshape", {"x", "dims"}, {"y"})
      .output("y", DType::f32, {2, 3});
  EXPECT_EQ(operators(module_of(model(graph), Optimization::basic)), (std::vector<std::string>{"Reshape"}));
}

}  // namespace
}  // namespace wedge::test
