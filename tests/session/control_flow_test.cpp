#include <gtest/gtest.h>

#include "support/load.h"

namespace wedge::test {
namespace {

GraphWriter branch(std::string_view op, std::string_view left, std::string_view right) {
  GraphWriter graph("branch");
  graph.node(op, {left, right}, {"result"}).output("result");
  return graph;
}

// y = if (mode == 1) x + x else x * k, with both values captured from outside.
std::string by_mode(std::initializer_list<Dim> mode_dims) {
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .input("mode", DType::i64, mode_dims)
      .initializer("one", tensor<int64_t>({}, {1}))
      .initializer("k", tensor<float>({}, {10}))
      .node("Equal", {"mode", "one"}, {"is_one"})
      .node("If", {"is_one"}, {"y"},
            {attribute("then_branch", branch("Add", "x", "x")), attribute("else_branch", branch("Mul", "x", "k"))})
      .output("y", tensor_type(DType::f32));
  return model(graph);
}

TEST(ControlFlow, IfTakesTheBranchThatAFeedAsksFor) {
  const Session session = must_load(by_mode({}));
  const Tensor x = make<float>({2}, {1, 2});
  for (int round = 0; round < 3; ++round) {
    const auto sum = session.run({{"x", x}, {"mode", make<int64_t>({}, {1})}});
    ASSERT_TRUE(sum) << sum.error().to_string();
    EXPECT_EQ(elements<float>((*sum)[0].tensor), (std::vector<float>{2, 4}));
    const auto product = session.run({{"x", x}, {"mode", make<int64_t>({}, {2})}});
    ASSERT_TRUE(product) << product.error().to_string();
    EXPECT_EQ(elements<float>((*product)[0].tensor), (std::vector<float>{10, 20}));
  }
}

TEST(ControlFlow, IfOnComputedDataChoosesWhileRunning) {
  // if (max(x) > 3) x[nonzero] … else x + x: the condition comes from data, the branches differ in shape.
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .initializer("three", tensor<float>({}, {3}))
      .node("ReduceMax", {"x"}, {"largest"}, {attribute("keepdims", 0)})
      .node("Greater", {"largest", "three"}, {"is_large"})
      .node("If", {"is_large"}, {"y"},
            {attribute("then_branch",
                       GraphWriter().node("Concat", {"x", "x"}, {"twice"}, {attribute("axis", 0)}).output("twice")),
             attribute("else_branch", branch("Add", "x", "x"))})
      .node("Neg", {"y"}, {"z"})
      .output("z", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(elements<float>(session.run(make<float>({2}, {1, 2})).value()), (std::vector<float>{-2, -4}));
    EXPECT_EQ(elements<float>(session.run(make<float>({2}, {1, 5})).value()), (std::vector<float>{-1, -5, -1, -5}));
  }
}

TEST(ControlFlow, NestedIfsCaptureAcrossLevels) {
  GraphWriter inner("inner");
  inner.node("Mul", {"x", "k"}, {"inner_result"}).output("inner_result");
  GraphWriter other("other");
  other.node("Neg", {"x"}, {"other_result"}).output("other_result");
  GraphWriter outer("outer");
  outer.node("If", {"b"}, {"outer_result"}, {attribute("then_branch", inner), attribute("else_branch", other)})
      .output("outer_result");
  GraphWriter same("same");
  same.node("Identity", {"x"}, {"same_result"}).output("same_result");
  GraphWriter graph;
  graph.input("x", DType::f32, {1})
      .input("a", DType::boolean, {})
      .input("b", DType::boolean, {})
      .initializer("k", tensor<float>({1}, {5}))
      .node("If", {"a"}, {"y"}, {attribute("then_branch", outer), attribute("else_branch", same)})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  const auto run = [&](bool a, bool b) {
    const auto outputs =
        session.run({{"x", make<float>({1}, {2})}, {"a", make<bool>({}, {a})}, {"b", make<bool>({}, {b})}});
    EXPECT_TRUE(outputs) << (outputs ? "" : outputs.error().to_string());
    return elements<float>((*outputs)[0].tensor)[0];
  };
  EXPECT_EQ(run(true, true), 10);
  EXPECT_EQ(run(true, false), -2);
  EXPECT_EQ(run(false, true), 2);
}

TEST(ControlFlow, ShapesThatDependOnDataArePlannedAsTheyAppear) {
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .node("NonZero", {"x"}, {"where"})
      .node("Squeeze", {"where", "zero"}, {"index"})
      .initializer("zero", tensor<int64_t>({1}, {0}))
      .node("Gather", {"x", "index"}, {"kept"})
      .node("Relu", {"kept"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(elements<float>(session.run(make<float>({4}, {0, 2, -1, 3})).value()), (std::vector<float>{2, 0, 3}));
    EXPECT_EQ(elements<float>(session.run(make<float>({4}, {0, 2, 0, 0})).value()), (std::vector<float>{2}));
    EXPECT_EQ(session.run(make<float>({4}, {0, 0, 0, 0})).value().shape(), (Shape{0}));
  }
}

TEST(ControlFlow, AShapeComputedFromDataSelectsAPlan) {
  GraphWriter graph;
  graph.input("x", DType::f32, {4})
      .input("f", DType::f32, {2})
      .node("Cast", {"f"}, {"dims"}, {attribute("to", 7)})
      .node("Reshape", {"x", "dims"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  const Tensor x = make<float>({4}, {1, 2, 3, 4});
  const auto run = [&](float rows, float columns) {
    return session.run({{"x", x}, {"f", make<float>({2}, {rows, columns})}});
  };
  EXPECT_EQ((*run(2, 2))[0].tensor.shape(), (Shape{2, 2}));
  EXPECT_EQ((*run(1, 4))[0].tensor.shape(), (Shape{1, 4}));
  EXPECT_EQ((*run(-1, 1))[0].tensor.shape(), (Shape{4, 1}));
  EXPECT_EQ(sentence(run(3, 3)), "node (Reshape): cannot reshape [4] to [3, 3]");
}

// Adds k (captured) to the carried value until it exceeds the limit, and notes every value on the way.
std::string counting() {
  GraphWriter body("body");
  body.input("i", DType::i64, {})
      .input("before", DType::boolean, {})
      .input("sum_in", tensor_type(DType::f32))
      .node("Add", {"sum_in", "k"}, {"sum_out"})
      .node("ReduceMax", {"sum_out"}, {"largest"}, {attribute("keepdims", 0)})
      .node("Less", {"largest", "limit"}, {"after"})
      .node("Cast", {"i"}, {"number"}, {attribute("to", 1)})
      .node("Mul", {"sum_out", "number"}, {"noted"})
      .output("after")
      .output("sum_out")
      .output("noted");
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .input("most", DType::i64, {})
      .initializer("k", tensor<float>({1}, {2}))
      .initializer("limit", tensor<float>({}, {10}))
      .node("Loop", {"most", "", "x"}, {"sum", "history"}, {attribute("body", body)})
      .output("sum", tensor_type(DType::f32))
      .output("history", tensor_type(DType::f32));
  return model(graph, 18);
}

TEST(ControlFlow, LoopCarriesValuesAndStacksScans) {
  const Session session = must_load(counting());
  const auto run = [&](std::initializer_list<float> x, int64_t most) {
    return session.run({{"x", make<float>({static_cast<int64_t>(x.size())}, x)}, {"most", make<int64_t>({}, {most})}});
  };
  const auto stopped_by_count = run({1, 0}, 3);
  ASSERT_TRUE(stopped_by_count) << stopped_by_count.error().to_string();
  EXPECT_EQ(elements<float>((*stopped_by_count)[0].tensor), (std::vector<float>{7, 6}));
  EXPECT_EQ((*stopped_by_count)[1].tensor.shape(), (Shape{3, 2}));
  EXPECT_EQ(elements<float>((*stopped_by_count)[1].tensor), (std::vector<float>{0, 0, 5, 4, 14, 12}));
  const auto stopped_by_condition = run({1}, 100);
  ASSERT_TRUE(stopped_by_condition) << stopped_by_condition.error().to_string();
  EXPECT_EQ(elements<float>((*stopped_by_condition)[0].tensor), (std::vector<float>{11}));
  EXPECT_EQ((*stopped_by_condition)[1].tensor.shape(), (Shape{5, 1}));
  const auto never = run({1}, 0);
  ASSERT_TRUE(never) << never.error().to_string();
  EXPECT_EQ(elements<float>((*never)[0].tensor), (std::vector<float>{1}));
}

TEST(ControlFlow, BranchesThatCannotBeRightMayStayUntaken) {
  // The matrices cannot be multiplied, but only a false condition asks for it.
  GraphWriter graph;
  graph.input("c", DType::boolean, {})
      .input("x", DType::f32, {2, 3})
      .node("If", {"c"}, {"y"},
            {attribute("then_branch", branch("Add", "x", "x")), attribute("else_branch", branch("MatMul", "x", "x"))})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  const auto run = [&](bool c) {
    return session.run({{"c", make<bool>({}, {c})}, {"x", Tensor::zeros(DType::f32, {2, 3}).value()}});
  };
  EXPECT_TRUE(run(true));
  const auto wrong = run(false);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().to_string(), "node (MatMul): cannot multiply [2, 3] by [2, 3]");
}

TEST(ControlFlow, LoopsStopAtTheMemoryLimit) {
  GraphWriter body("body");
  body.input("i", DType::i64, {})
      .input("go", DType::boolean, {})
      .node("Identity", {"go"}, {"go_on"})
      .node("Identity", {"x"}, {"piece"})
      .output("go_on")
      .output("piece");
  GraphWriter graph;
  graph.input("x", DType::f32, {1024})
      .initializer("ever", tensor<int64_t>({}, {INT64_MAX}))
      .node("Loop", {"ever", ""}, {"pieces"}, {attribute("body", body)})
      .output("pieces", tensor_type(DType::f32));
  const std::string bytes = model(graph);
  const auto session = Session::load(as_bytes(bytes), {.threads = 1, .max_memory = uint64_t{8} << 20U, .log = {}});
  ASSERT_TRUE(session) << session.error().to_string();
  const auto ended = session->run(Tensor::zeros(DType::f32, {1024}).value());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::out_of_memory);
}

}  // namespace
}  // namespace wedge::test
