#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

// x of shape [3, 7, 5], and operands of each form.
GraphWriter with_operands() {
  GraphWriter graph;
  graph.input("x", DType::f32, {3, 7, 5})
      .input("z", DType::f32, {3, 7, 5})
      .initializer("number", tensor<float>({}, {0.7F}))
      .initializer("row", tensor(waves({5}, 1)))
      .initializer("plane", tensor(waves({7, 5}, 2)))
      .initializer("column", tensor(waves({7, 1}, 3)))
      .output("y", DType::f32, {3, 7, 5});
  return graph;
}

const std::vector<NamedTensor> feeds = {{"x", waves({3, 7, 5})}, {"z", waves({3, 7, 5}, 4)}};

TEST(FuseElementwise, TakesEachFormOfOperand) {
  auto graph = with_operands();
  graph.node("Add", {"row", "x"}, {"a"})
      .node("Sigmoid", {"a"}, {"b"})
      .node("Sub", {"number", "b"}, {"c"})
      .node("Div", {"z", "plane"}, {"d"})
      .node("Mul", {"c", "d"}, {"e"})
      .node("Min", {"e", "x"}, {"y"});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"ElementwiseChain"}));
  expect_same_results(model(graph), feeds);
}

TEST(FuseElementwise, EndsWhereAValueIsReadTwiceOrAColumnIsAdded) {
  auto graph = with_operands();
  graph.node("Neg", {"x"}, {"a"})
      .node("Exp", {"a"}, {"b"})
      .node("Add", {"b", "column"}, {"c"})
      .node("Mul", {"c", "b"}, {"d"})
      .node("Abs", {"d"}, {"y"});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"ElementwiseChain", "Add", "ElementwiseChain"}));
  expect_same_results(model(graph), feeds);
}

TEST(FuseElementwise, LeavesOtherTypesAndSmallerOperands) {
  GraphWriter graph;
  graph.input("x", DType::f64, {4})
      .input("small", DType::f32, {5})
      .input("large", DType::f32, {3, 5})
      .node("Neg", {"x"}, {"a"})
      .node("Exp", {"a"}, {"y"})
      .node("Neg", {"small"}, {"b"})
      .node("Add", {"b", "large"}, {"z"})
      .output("y", DType::f64, {4})
      .output("z", DType::f32, {3, 5});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"Neg", "Exp", "Neg", "Add"}));
}

TEST(FuseElementwise, CutsLongChains) {
  constexpr int count = 40;
  auto graph = with_operands();
  for (int i = 0; i < count; ++i) {
    graph.node(i % 2 == 0 ? "Neg" : "Abs", {i == 0 ? "x" : std::to_string(i)},
               {i + 1 == count ? "y" : std::to_string(i + 1)});
  }
  EXPECT_EQ(operators(model(graph), Optimization::all), Names(3, "ElementwiseChain"));
  expect_same_results(model(graph), feeds);
}

TEST(FuseConv, TakesANumberTimesTheActivationPlusAnother) {
  const auto graph_of = [](const char* second) {
    GraphWriter graph;
    graph.input("x", DType::f32, {1, 6, 9, 8})
        .initializer("pointwise", tensor(waves({33, 6, 1, 1})))
        .initializer("each", tensor(waves({33, 1, 3, 3}, 1)))
        .initializer("scale", tensor<float>({1}, {0.7F}))
        .initializer("shift", tensor<float>({1}, {-0.2F}))
        .node("Conv", {"x", "pointwise"}, {"a"})
        .node("HardSwish", {"a"}, {"b"})
        .node("Mul", {"scale", "b"}, {"c"})
        .node("Add", {"c", "shift"}, {"d"})
        .node("Conv", {"d", "each"}, {"e"}, {attribute("group", int64_t{33}), attribute("pads", {1, 1, 1, 1})})
        .node("Relu", {"e"}, {"f"})
        .node(second, {"f", "shift"}, {"y"})
        .output("y", DType::f32, {1, 33, 9, 8});
    return graph;
  };
  for (const char* second : {"Mul", "Add"}) {
    EXPECT_EQ(operators(model(graph_of(second)), Optimization::all),
              (Names{"Transpose", "ChannelsLastConv", "ChannelsLastConv", "Transpose"}));
    expect_same_results(model(graph_of(second)), {{"x", waves({1, 6, 9, 8})}});
  }
}

}  // namespace
}  // namespace wedge::test
