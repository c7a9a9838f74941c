#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

Names optimized(const GraphWriter& graph) { return operators(model(graph), Optimization::all); }

constexpr int64_t heads = 3;
constexpr int64_t size = 4;

// x of [2, rows, heads * size] by heads, as exporters write it.
GraphWriter& by_head(GraphWriter& graph, const std::string& x, const std::string& y,
                     std::initializer_list<int64_t> order) {
  return graph.node("Reshape", {x, "split"}, {y + "_split"})
      .node("Transpose", {y + "_split"}, {y}, {attribute("perm", order)});
}

GraphWriter with_operands(int64_t rows, int64_t columns) {
  GraphWriter graph;
  graph.input("q", DType::f32, {2, rows, heads * size})
      .input("k", DType::f32, {2, columns, heads * size})
      .input("v", DType::f32, {2, columns, heads * size})
      .initializer("split", tensor<int64_t>({4}, {0, 0, heads, size}))
      .initializer("joined", tensor<int64_t>({3}, {0, 0, heads * size}))
      .initializer("root", tensor<float>({}, {2}));
  return graph;
}

// As BERT is exported: the mask has a row for each batch element.
TEST(RecognizeAttention, WithAMask) {
  auto graph = with_operands(5, 7);
  graph.input("mask", DType::f32, {2, 1, 1, 7});
  by_head(graph, "q", "qh", {0, 2, 1, 3});
  by_head(graph, "k", "kh", {0, 2, 3, 1});
  by_head(graph, "v", "vh", {0, 2, 1, 3})
      .node("MatMul", {"qh", "kh"}, {"scores"})
      .node("Div", {"scores", "root"}, {"scaled"})
      .node("Add", {"scaled", "mask"}, {"masked"})
      .node("Softmax", {"masked"}, {"p"}, {attribute("axis", -1)})
      .node("MatMul", {"p", "vh"}, {"mixed"})
      .node("Transpose", {"mixed"}, {"back"}, {attribute("perm", {0, 2, 1, 3})})
      .node("Reshape", {"back", "joined"}, {"y"})
      .output("y", DType::f32, {2, 5, heads * size});
  EXPECT_EQ(operators(model(graph), Optimization::none),
            (Names{"Reshape", "Transpose", "Reshape", "Transpose", "Reshape", "Transpose", "MatMul", "Div", "Add",
                   "Softmax", "MatMul", "Transpose", "Reshape"}));
  EXPECT_EQ(optimized(graph), (Names{"Reshape", "Reshape", "Reshape", "HeadAttention", "Reshape"}));
  Tensor mask = waves({2, 1, 1, 7}, 3);
  TensorRef(mask).as<float>()[2] = -10000;
  expect_same_results(model(graph), {{"q", waves({2, 5, heads * size})},
                                     {"k", waves({2, 7, heads * size}, 1)},
                                     {"v", waves({2, 7, heads * size}, 2)},
                                     {"mask", mask}});
}

// As GPT-2 is exported: keys and values of before come first, and a Where hides those that come after the query.
TEST(RecognizeAttention, WithThePastAndAWhere) {
  auto graph = with_operands(2, 2);
  graph.input("past_k", DType::f32, {2, heads, 3, size})
      .input("past_v", DType::f32, {2, heads, 3, size})
      .initializer("seen", tensor<bool>({1, 1, 2, 5}, {true, true, true, true, false, true, true, true, true, true}))
      .initializer("lowest", tensor<float>({}, {-3e38F}));
  by_head(graph, "q", "qh", {0, 2, 1, 3});
  by_head(graph, "k", "kh", {0, 2, 1, 3});
  by_head(graph, "v", "vh", {0, 2, 1, 3})
      .node("Concat", {"past_k", "kh"}, {"all_k"}, {attribute("axis", 2)})
      .node("Concat", {"past_v", "vh"}, {"all_v"}, {attribute("axis", 2)})
      .node("Transpose", {"all_k"}, {"kt"}, {attribute("perm", {0, 1, 3, 2})})
      .node("MatMul", {"qh", "kt"}, {"scores"})
      .node("Div", {"scores", "root"}, {"scaled"})
      .node("Where", {"seen", "scaled", "lowest"}, {"hidden"})
      .node("Softmax", {"hidden"}, {"p"}, {attribute("axis", -1)})
      .node("MatMul", {"p", "all_v"}, {"y"})
      .output("y", DType::f32, {2, heads, 2, size})
      .output("all_k", DType::f32, {2, heads, 5, size})
      .output("all_v", DType::f32, {2, heads, 5, size});
  EXPECT_EQ(optimized(graph),
            (Names{"Reshape", "Reshape", "Transpose", "Reshape", "Transpose", "Concat", "Concat", "HeadAttention"}));
  expect_same_results(model(graph), {{"q", waves({2, 2, heads * size})},
                                     {"k", waves({2, 2, heads * size}, 1)},
                                     {"v", waves({2, 2, heads * size}, 2)},
                                     {"past_k", waves({2, heads, 3, size}, 3)},
                                     {"past_v", waves({2, heads, 3, size}, 4)}});
}

// Products repeat what has a dimension of 1, and so does the step.
TEST(RecognizeAttention, RepeatsWhatIsShared) {
  GraphWriter graph;
  graph.input("q", DType::f32, {1, 3, 2, 4})
      .input("k", DType::f32, {2, 1, 5, 4})
      .input("v", DType::f32, {1, 1, 5, 6})
      .input("mask", DType::f32, {2, 5})
      .node("Transpose", {"k"}, {"kt"}, {attribute("perm", {0, 1, 3, 2})})
      .node("MatMul", {"q", "kt"}, {"scores"})
      .node("Add", {"mask", "scores"}, {"masked"})
      .node("Softmax", {"masked"}, {"p"}, {attribute("axis", 3)})
      .node("MatMul", {"p", "v"}, {"y"})
      .output("y", DType::f32, {2, 3, 2, 6});
  EXPECT_EQ(optimized(graph), (Names{"HeadAttention"}));
  expect_same_results(model(graph), {{"q", waves({1, 3, 2, 4})},
                                     {"k", waves({2, 1, 5, 4}, 1)},
                                     {"v", waves({1, 1, 5, 6}, 2)},
                                     {"mask", waves({2, 5}, 3)}});
}

// Scores that something else reads are needed, and a softmax over another axis is none of rows.
TEST(RecognizeAttention, LeavesOtherSoftmaxes) {
  for (const bool reads_scores : {false, true}) {
    GraphWriter graph;
    graph.input("q", DType::f32, {1, 3, 4, 4})
        .node("Transpose", {"q"}, {"kt"}, {attribute("perm", {0, 1, 3, 2})})
        .node("MatMul", {"q", "kt"}, {"scores"})
        .node("Softmax", {"scores"}, {"p"}, {attribute("axis", reads_scores ? 3 : 2)})
        .node("MatMul", {"p", "q"}, {"y"})
        .output("y", DType::f32, {1, 3, 4, 4});
    if (reads_scores) graph.output("scores", DType::f32, {1, 3, 4, 4});
    EXPECT_EQ(optimized(graph), (Names{"Transpose", "MatMul", "Softmax", "MatMul"}));
    expect_same_results(model(graph), {{"q", waves({1, 3, 4, 4})}});
  }
}

}  // namespace
}  // namespace wedge::test
