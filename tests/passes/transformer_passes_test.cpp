#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

// Chains are made of what is left, which is what the tests look at.
Names optimized(const GraphWriter& graph) { return operators(model(graph), Optimization::all, {"fuse_elementwise"}); }

// A layer normalisation of x as exporters write it out.
GraphWriter written_out(bool centred, bool by_reciprocal) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3, 8})
      .initializer("scale", tensor(waves({8})))
      .initializer("bias", tensor(waves({8}, 1)))
      .initializer("two", tensor<float>({}, {2}))
      .initializer("epsilon", tensor<float>({}, {1e-5F}));
  if (centred) {
    graph.node("ReduceMean", {"x"}, {"mean"}, {attribute("axes", {-1})}).node("Sub", {"x", "mean"}, {"d"});
  } else {
    graph.node("Identity", {"x"}, {"d"});
  }
  graph.node("Pow", {"d", "two"}, {"squares"})
      .node("ReduceMean", {"squares"}, {"variance"}, {attribute("axes", {2})})
      .node("Add", {"variance", "epsilon"}, {"sum"})
      .node("Sqrt", {"sum"}, {"root"});
  if (by_reciprocal) {
    graph.node("Reciprocal", {"root"}, {"inverse"}).node("Mul", {"d", "inverse"}, {"n"});
  } else {
    graph.node("Div", {"d", "root"}, {"n"});
  }
  graph.node("Mul", {"n", "scale"}, {"scaled"}).node("Add", {"bias", "scaled"}, {"y"});
  graph.output("y", DType::f32, {2, 3, 8});
  return graph;
}

TEST(RecognizeLayerNormalization, TakesWhatExportersWrite) {
  for (const bool by_reciprocal : {false, true}) {
    const GraphWriter graph = written_out(true, by_reciprocal);
    EXPECT_EQ(optimized(graph), (Names{"LayerNormalization"}));
    expect_same_results(model(graph), {{"x", waves({2, 3, 8})}});
  }
}

TEST(RecognizeLayerNormalization, WithoutAMeanIsTheRootMeanSquare) {
  const GraphWriter graph = written_out(false, true);
  EXPECT_EQ(optimized(graph), (Names{"RMSNormalization", "Add"}));
  expect_same_results(model(graph), {{"x", waves({2, 3, 8})}});
}

TEST(RecognizeLayerNormalization, LeavesOtherAxes) {
  GraphWriter graph;
  graph.input("x", DType::f32, {3, 8, 8})
      .initializer("scale", tensor(waves({8})))
      .initializer("epsilon", tensor<float>({}, {1e-5F}))
      .node("Mul", {"x", "x"}, {"squares"})
      .node("ReduceMean", {"squares"}, {"mean"}, {attribute("axes", {1})})
      .node("Add", {"mean", "epsilon"}, {"sum"})
      .node("Sqrt", {"sum"}, {"root"})
      .node("Div", {"x", "root"}, {"n"})
      .node("Mul", {"n", "scale"}, {"y"})
      .output("y", DType::f32, {3, 8, 8});
  EXPECT_EQ(optimized(graph), (Names{"Mul", "ReduceMean", "Add", "Sqrt", "Div", "Mul"}));
  expect_same_results(model(graph), {{"x", waves({3, 8, 8})}});
}

TEST(FuseSkipNormalization, AddsWhatIsNormalised) {
  for (const bool is_read_again : {false, true}) {
    GraphWriter graph;
    graph.input("x", DType::f32, {"N", 3, 8})
        .input("z", DType::f32, {"N", 3, 8})
        .initializer("scale", tensor(waves({8})))
        .initializer("bias", tensor(waves({8}, 1)))
        .node("Add", {"x", "z"}, {"s"})
        .node("LayerNormalization", {"s", "scale", "bias"}, {"n"})
        .node("Add", {is_read_again ? "s" : "x", "n"}, {"t"})
        .node("RMSNormalization", {"t", "scale"}, {"y"})
        .output("y", DType::f32, {"N", 3, 8});
    EXPECT_EQ(operators(model(graph, 23), Optimization::all),
              (Names{"SkipLayerNormalization", "SkipSimplifiedLayerNormalization"}));
    expect_same_results(model(graph, 23), {{"x", waves({2, 3, 8})}, {"z", waves({2, 3, 8}, 2)}});
  }
}

TEST(FuseSkipNormalization, LeavesSumsThatRepeatAndScalesThatAreMade) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3, 8})
      .input("z", DType::f32, {8})
      .initializer("scale", tensor(waves({8})))
      .node("Add", {"x", "z"}, {"s"})
      .node("LayerNormalization", {"s", "scale"}, {"n"})
      .node("Add", {"x", "n"}, {"t"})
      .node("LayerNormalization", {"t", "z"}, {"y"})
      .output("y", DType::f32, {2, 3, 8});
  EXPECT_EQ(operators(model(graph, 17), Optimization::all),
            (Names{"Add", "LayerNormalization", "Add", "LayerNormalization"}));
}

GraphWriter with_numbers() {
  GraphWriter graph;
  graph.input("x", DType::f32, {3, 7}).output("y", DType::f32, {3, 7});
  for (const auto& [name, number] : std::initializer_list<std::pair<const char*, float>>{{"half", 0.5F},
                                                                                         {"one", 1},
                                                                                         {"three", 3},
                                                                                         {"six", 6},
                                                                                         {"zero", 0},
                                                                                         {"root", 1.41421356F},
                                                                                         {"slope", 0.7978846F},
                                                                                         {"cubic", 0.044715F},
                                                                                         {"quick", 1.702F}}) {
    graph.initializer(name, tensor<float>({}, {number}));
  }
  return graph;
}

void expect_becomes(const GraphWriter& graph, const Names& names) {
  EXPECT_EQ(optimized(graph), names);
  expect_same_results(model(graph), {{"x", waves({3, 7})}});
}

TEST(RecognizeActivations, GeluInEachOrder) {
  auto graph = with_numbers();
  graph.node("Div", {"x", "root"}, {"a"}).node("Erf", {"a"}, {"b"}).node("Add", {"b", "one"}, {"c"});
  auto last = graph;
  last.node("Mul", {"x", "c"}, {"d"}).node("Mul", {"d", "half"}, {"y"});
  expect_becomes(last, {"Gelu"});
  auto first = graph;
  first.node("Mul", {"half", "x"}, {"d"}).node("Mul", {"d", "c"}, {"y"});
  expect_becomes(first, {"Gelu"});
  auto none = graph;
  none.node("Mul", {"x", "c"}, {"y"});
  expect_becomes(none, {"Div", "Erf", "Add", "Mul"});
}

TEST(RecognizeActivations, GeluByTanh) {
  auto graph = with_numbers();
  graph.node("Pow", {"x", "three"}, {"a"})
      .node("Mul", {"a", "cubic"}, {"b"})
      .node("Add", {"x", "b"}, {"c"})
      .node("Mul", {"c", "slope"}, {"d"})
      .node("Tanh", {"d"}, {"e"})
      .node("Add", {"e", "one"}, {"f"})
      .node("Mul", {"x", "half"}, {"g"})
      .node("Mul", {"g", "f"}, {"y"});
  expect_becomes(graph, {"Gelu"});
}

TEST(RecognizeActivations, SiluQuickGeluAndHardSwish) {
  auto silu = with_numbers();
  silu.node("Sigmoid", {"x"}, {"a"}).node("Mul", {"x", "a"}, {"y"});
  expect_becomes(silu, {"QuickGelu"});
  auto quick = with_numbers();
  quick.node("Mul", {"x", "quick"}, {"s"}).node("Sigmoid", {"s"}, {"a"}).node("Mul", {"a", "x"}, {"y"});
  expect_becomes(quick, {"QuickGelu"});
  auto hard = with_numbers();
  hard.node("HardSigmoid", {"x"}, {"a"}, {attribute("alpha", 1.0F / 6)}).node("Mul", {"a", "x"}, {"y"});
  expect_becomes(hard, {"HardSwish"});
  auto clip = with_numbers();
  clip.node("Add", {"x", "three"}, {"a"}).node("Clip", {"a", "zero", "six"}, {"b"});
  auto divided_last = clip;
  divided_last.node("Mul", {"x", "b"}, {"c"}).node("Div", {"c", "six"}, {"y"});
  expect_becomes(divided_last, {"HardSwish"});
  auto divided_first = clip;
  divided_first.node("Div", {"b", "six"}, {"c"}).node("Mul", {"x", "c"}, {"y"});
  expect_becomes(divided_first, {"HardSwish"});
}

TEST(FuseMatMul, TakesBiasAndActivation) {
  for (const int64_t rows : {1, 5}) {
    GraphWriter graph;
    graph.input("x", DType::f32, {2, rows, 8})
        .initializer("w", tensor(waves({8, 40})))
        .initializer("b", tensor(waves({40}, 1)))
        .node("MatMul", {"x", "w"}, {"p"})
        .node("Add", {"b", "p"}, {"s"})
        .node("Tanh", {"s"}, {"y"})
        .output("y", DType::f32, {2, rows, 40});
    EXPECT_EQ(optimized(graph), (Names{"BiasedMatMul"}));
    expect_same_results(model(graph), {{"x", waves({2, rows, 8})}});
  }
}

TEST(FuseMatMul, LeavesWhatIsReadTwiceOrIsNoRow) {
  GraphWriter graph;
  graph.input("x", DType::f32, {4, 4})
      .initializer("w", tensor(waves({4, 4})))
      .initializer("column", tensor(waves({4, 1}, 1)))
      .node("MatMul", {"x", "w"}, {"p"})
      .node("Add", {"p", "column"}, {"y"})
      .node("MatMul", {"x", "x"}, {"q"})
      .node("Relu", {"q"}, {"r"})
      .node("Add", {"q", "r"}, {"z"})
      .output("y", DType::f32, {4, 4})
      .output("z", DType::f32, {4, 4});
  EXPECT_EQ(optimized(graph), (Names{"MatMul", "Add", "MatMul", "Relu", "Add"}));
  expect_same_results(model(graph), {{"x", waves({4, 4})}});
}

}  // namespace
}  // namespace wedge::test
