#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

// Everything is rounded to 16 bits where no pass widens it.
constexpr float half_rounding = 2e-2F;

template <typename Half>
Tensor halves(const Shape& shape, float phase = 0) {
  const Tensor floats = waves(shape, phase);
  const Tensor halves = Tensor::zeros(dtype_of<Half>, shape).value();
  const auto from = TensorRef(floats).as<const float>();
  const auto to = TensorRef(halves).as<Half>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = Half(from[i]);
  return halves;
}

GraphWriter with_input(const Shape& shape, int64_t type = static_cast<int64_t>(DType::f16)) {
  GraphWriter graph;
  graph.input("x", DType::f32, {shape[0], shape[1]}).node("Cast", {"x"}, {"half"}, {attribute("to", type)});
  return graph;
}

// Of what is in 32 bits already this Cast makes a view.
void end(GraphWriter& graph, const char* result, const Shape& shape) {
  graph.node("Cast", {result}, {"y"}, {attribute("to", 1)}).output("y", DType::f32, {shape[0], shape[1]});
}

Names optimized(const GraphWriter& graph) { return operators(model(graph), Optimization::all, {"fuse_elementwise"}); }

DType weights_of(const GraphWriter& graph) {
  const Module module = module_of(model(graph), Optimization::all);
  for (const auto& node : module.graph.nodes) {
    if (node->op_type == "BiasedMatMul") return module.values[node->inputs[1]].dtype;
  }
  return DType::undefined;
}

TEST(WidenFloats, WeightsOfProductsStaySmall) {
  for (const bool brain : {false, true}) {
    auto graph = with_input({5, 8}, brain ? 16 : 10);
    graph.initializer("w", tensor(brain ? halves<BFloat16>({8, 37}) : halves<Float16>({8, 37})))
        .initializer("b", tensor(brain ? halves<BFloat16>({37}, 1) : halves<Float16>({37}, 1)))
        .node("MatMul", {"half", "w"}, {"p"})
        .node("Add", {"p", "b"}, {"s"})
        .node("Relu", {"s"}, {"r"});
    end(graph, "r", {5, 37});
    EXPECT_EQ(optimized(graph), (Names{"BiasedMatMul", "Cast"}));
    EXPECT_EQ(weights_of(graph), brain ? DType::bf16 : DType::f16);
    expect_same_results(model(graph), {{"x", waves({5, 8})}}, brain ? 8 * half_rounding : half_rounding);
  }
}

TEST(WidenFloats, TransposedWeightsOfGemmStaySmall) {
  auto graph = with_input({1, 8});
  graph.initializer("w", tensor(halves<Float16>({19, 8})))
      .initializer("b", tensor(halves<Float16>({19}, 1)))
      .node("Gemm", {"half", "w", "b"}, {"p"}, {attribute("transB", 1)});
  end(graph, "p", {1, 19});
  EXPECT_EQ(optimized(graph), (Names{"BiasedMatMul", "Cast"}));
  EXPECT_EQ(weights_of(graph), DType::f16);
  expect_same_results(model(graph), {{"x", waves({1, 8})}}, half_rounding);
}

TEST(WidenFloats, WeightsThatAreCastAreReadAsTheyAre) {
  GraphWriter graph;
  graph.input("x", DType::f32, {3, 8})
      .initializer("w", tensor(halves<Float16>({8, 33})))
      .node("Cast", {"w"}, {"wide"}, {attribute("to", 1)})
      .node("MatMul", {"x", "wide"}, {"y"})
      .output("y", DType::f32, {3, 33});
  EXPECT_EQ(optimized(graph), (Names{"BiasedMatMul"}));
  EXPECT_EQ(weights_of(graph), DType::f16);
  expect_same_results(model(graph), {{"x", waves({3, 8})}});
}

TEST(WidenFloats, PatternsAreFoundBehindIt) {
  auto graph = with_input({6, 8});
  graph.initializer("axes", tensor<int64_t>({1}, {-1}))
      .initializer("half_number", tensor<Float16>({}, {Float16(0.5F)}))
      .initializer("one", tensor<Float16>({}, {Float16(1)}))
      .initializer("root", tensor<Float16>({}, {Float16(1.4142135F)}))
      .node("Div", {"half", "root"}, {"d"})
      .node("Erf", {"d"}, {"e"})
      .node("Add", {"e", "one"}, {"a"})
      .node("Mul", {"half", "a"}, {"m"})
      .node("Mul", {"m", "half_number"}, {"g"});
  end(graph, "g", {6, 8});
  EXPECT_EQ(optimized(graph), (Names{"Gelu", "Cast"}));
  expect_same_results(model(graph), {{"x", waves({6, 8})}}, half_rounding);
}

// A reader in 16 bits finds them; what moves elements moves those it is given.
TEST(WidenFloats, OutputsAndReadersKeepTheirType) {
  GraphWriter graph;
  graph.input("x", DType::f16, {2, 3})
      .node("Tanh", {"x"}, {"t"})
      .node("Transpose", {"t"}, {"moved"})
      .node("Transpose", {"x"}, {"only_moved"})
      .node("Shape", {"moved"}, {"shape"})
      .node("IsNaN", {"moved"}, {"nan"})
      .output("moved", DType::f16, {3, 2})
      .output("only_moved", DType::f16, {3, 2})
      .output("nan", DType::boolean, {3, 2});
  EXPECT_EQ(optimized(graph), (Names{"Cast", "Tanh", "Transpose", "Cast", "Transpose", "IsNaN"}));
  const Tensor x = halves<Float16>({2, 3});
  const auto results = must_load(model(graph)).run(std::vector<NamedTensor>{{"x", x}}).value();
  EXPECT_EQ(elements<Float16>(results[1].tensor)[1], elements<Float16>(x)[3]);
  EXPECT_EQ(elements<Float16>(results[0].tensor)[1], Float16(std::tanh(static_cast<float>(elements<Float16>(x)[3]))));
}

}  // namespace
}  // namespace wedge::test
