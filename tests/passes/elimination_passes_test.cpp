#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

Names optimized(const GraphWriter& graph, Optimization optimization = Optimization::basic) {
  return operators(model(graph), optimization);
}

GraphWriter with_constants() {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3, 4})
      .initializer("zero", tensor<float>({}, {0}))
      .initializer("one", tensor<float>({1, 1}, {1}))
      .initializer("deep_one", tensor<float>({1, 1, 1, 1}, {1}))
      .initializer("same", tensor<int64_t>({3}, {2, 3, -1}))
      .initializer("flat", tensor<int64_t>({1}, {-1}))
      .initializer("copied", tensor<int64_t>({3}, {0, 0, 4}))
      .initializer("zeros", tensor<int64_t>({6}, {0, 0, 0, 0, 0, 0}))
      .initializer("starts", tensor<int64_t>({1}, {0}))
      .initializer("back", tensor<int64_t>({1}, {-1}))
      .initializer("ends", tensor<int64_t>({1}, {9}))
      .initializer("before", tensor<int64_t>({1}, {-9}));
  return graph;
}

TEST(EliminateIdentities, DropsWhatGivesBackItsInput) {
  auto graph = with_constants();
  graph.node("Identity", {"x"}, {"a"})
      .node("Dropout", {"a"}, {"b", "mask"})
      .node("Cast", {"b"}, {"c"}, {attribute("to", 1)})
      .node("Transpose", {"c"}, {"d"}, {attribute("perm", {0, 1, 2})})
      .node("Reshape", {"d", "same"}, {"e"})
      .node("Add", {"zero", "e"}, {"f"})
      .node("Mul", {"f", "one"}, {"g"})
      .node("Div", {"g", "one"}, {"h"})
      .node("Concat", {"h"}, {"i"}, {attribute("axis", 1)})
      .node("Slice", {"i", "starts", "ends"}, {"j"})
      .node("Pad", {"j", "zeros"}, {"k"})
      .node("Relu", {"k"}, {"y"})
      .output("y", DType::f32, {2, 3, 4});
  EXPECT_EQ(optimized(graph), (Names{"Relu"}));
  expect_same_results(model(graph), {{"x", waves({2, 3, 4})}}, 0);
}

TEST(EliminateIdentities, LeavesWhatChangesItsInputAndOutputsOfTheModel) {
  auto graph = with_constants();
  graph.node("Slice", {"x", "back", "before", "starts", "back"}, {"reversed"})
      .node("Sub", {"zero", "reversed"}, {"negative"})
      .node("Div", {"one", "negative"}, {"inverse"})
      .node("Mul", {"inverse", "deep_one"}, {"deep"})
      .node("Identity", {"deep"}, {"y"})
      .output("y", DType::f32, {1, 2, 3, 4});
  EXPECT_EQ(optimized(graph), (Names{"Slice", "Sub", "Div", "Mul", "Identity"}));
  expect_same_results(model(graph), {{"x", waves({2, 3, 4}, 0.5F)}});
}

TEST(EliminateIdentities, MergesReshapesAndTransposes) {
  auto graph = with_constants();
  graph.node("Reshape", {"x", "flat"}, {"a"})
      .node("Reshape", {"a", "same"}, {"b"})
      .node("Transpose", {"x"}, {"c"}, {attribute("perm", {1, 2, 0})})
      .node("Transpose", {"c"}, {"d"}, {attribute("perm", {1, 0, 2})})
      .node("Relu", {"b"}, {"y"})
      .node("Relu", {"d"}, {"z"})
      .output("y", DType::f32, {2, 3, 4})
      .output("z", DType::f32, {4, 3, 2});
  EXPECT_EQ(optimized(graph), (Names{"Transpose", "Relu", "Relu"}));
  expect_same_results(model(graph), {{"x", waves({2, 3, 4})}}, 0);
}

TEST(EliminateDuplicates, OneStandsForAll) {
  auto graph = with_constants();
  graph.node("Softmax", {"x"}, {"a"}, {attribute("axis", 1)})
      .node("Softmax", {"x"}, {"b"}, {attribute("axis", 1)})
      .node("Softmax", {"x"}, {"c"}, {attribute("axis", 2)})
      .node("Exp", {"a"}, {"d"})
      .node("Exp", {"b"}, {"e"})
      .node("Sum", {"c", "d", "e"}, {"y"})
      .node("Exp", {"b"}, {"z"})
      .output("y", DType::f32, {2, 3, 4})
      .output("z", DType::f32, {2, 3, 4});
  EXPECT_EQ(optimized(graph, Optimization::all), (Names{"Softmax", "Softmax", "Exp", "Sum", "Exp"}));
  expect_same_results(model(graph), {{"x", waves({2, 3, 4})}}, 0);
}

TEST(EliminateDuplicates, LeavesRandomNumbers) {
  auto graph = with_constants();
  graph.node("RandomNormalLike", {"x"}, {"a"})
      .node("RandomNormalLike", {"x"}, {"b"})
      .node("Sub", {"a", "b"}, {"y"})
      .output("y", DType::f32, {2, 3, 4});
  EXPECT_EQ(optimized(graph, Optimization::all), (Names{"RandomNormalLike", "RandomNormalLike", "Sub"}));
}

}  // namespace
}  // namespace wedge::test
