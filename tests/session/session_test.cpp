#include "wedge/session.h"

#include <gtest/gtest.h>

#include "support/load.h"

namespace wedge::test {
namespace {

// y = relu(x * w + b), with a symbolic batch.
std::string affine() {
  GraphWriter graph("affine");
  graph.input("x", DType::f32, {"batch", 2})
      .initializer("w", tensor<float>({2}, {2, -1}))
      .initializer("b", tensor<float>({1}, {1}))
      .node("Mul", {"x", "w"}, {"scaled"})
      .node("Add", {"scaled", "b"}, {"shifted"})
      .node("Relu", {"shifted"}, {"y"})
      .output("y", DType::f32, {"batch", 2});
  return ModelWriter(graph).opset("", 18).metadata("author", "nobody").bytes();
}

TEST(Session, RunsWithEveryBatchSize) {
  const Session session = must_load(affine());
  const Tensor one = session.run(make<float>({1, 2}, {1, 5})).value();
  EXPECT_EQ(elements<float>(one), (std::vector<float>{3, 0}));
  const auto two = session.run({{"x", make<float>({2, 2}, {1, 5, -3, -4})}});
  ASSERT_TRUE(two) << two.error().to_string();
  EXPECT_EQ(two->get("y")->shape(), (Shape{2, 2}));
  EXPECT_EQ(elements<float>((*two)[0].tensor), (std::vector<float>{3, 0, 0, 5}));
  const Tensor none = session.run(Tensor::zeros(DType::f32, {0, 2}).value()).value();
  EXPECT_EQ(none.shape(), (Shape{0, 2}));
}

TEST(Session, PlansAheadForShapesThatFit) {
  const Session session = must_load(affine());
  const auto small = session.plan(std::vector{Shape{1, 2}});
  const auto large = session.plan(std::vector{Shape{1000, 2}});
  ASSERT_TRUE(small) << small.error().to_string();
  ASSERT_TRUE(large) << large.error().to_string();
  EXPECT_GE(small->weights, 12U);
  EXPECT_EQ(session.memory().arena, std::max(small->arena, large->arena));
  EXPECT_EQ(sentence(session.plan(std::vector{Shape{1, 3}})), "input 'x' must be float32 [batch, 2], got [1, 3]");
  EXPECT_EQ(sentence(session.plan(std::vector{Shape{2}})), "input 'x' must be float32 [batch, 2], got rank 1: [2]");
  EXPECT_FALSE(session.plan({}));
}

TEST(Session, TellsWhatTheModelDeclares) {
  const Session session = must_load(affine());
  ASSERT_EQ(session.inputs().size(), 1U);
  EXPECT_EQ(session.inputs()[0].name, "x");
  EXPECT_EQ(to_string(session.inputs()[0]), "float32 [batch, 2]");
  EXPECT_EQ(to_string(session.outputs()[0]), "float32 [batch, 2]");
  EXPECT_EQ(session.input_index("x").value(), 0U);
  EXPECT_EQ(sentence(session.input_index("z")), "the model has no input 'z'; it has 'x'");
  EXPECT_EQ(session.opsets()[0].version, 18);
  EXPECT_EQ(session.metadata()[0], (std::pair<std::string, std::string>("author", "nobody")));
}

TEST(Session, RefusesWrongFeeds) {
  const Session session = must_load(affine());
  const Tensor good = make<float>({1, 2}, {1, 5});
  EXPECT_EQ(sentence(session.run(std::span<const NamedTensor>())), "input 'x' is missing; it is float32 [batch, 2]");
  EXPECT_EQ(sentence(session.run({{"x", good}, {"y", good}})), "the model has no input 'y'; it has 'x'");
  EXPECT_EQ(sentence(session.run({{"x", good}, {"x", good}})), "input 'x' is fed twice");
  EXPECT_EQ(sentence(session.run({{"x", make<double>({1, 2}, {1, 5})}})),
            "input 'x' must be float32 [batch, 2], got float64");
  EXPECT_EQ(sentence(session.run({{"x", make<float>({2}, {1, 5})}})),
            "input 'x' must be float32 [batch, 2], got rank 1: [2]");
  EXPECT_EQ(sentence(session.run({{"x", make<float>({1, 3}, {1, 5, 6})}})),
            "input 'x' must be float32 [batch, 2], got [1, 3]");
  EXPECT_EQ(sentence(Shape::from(std::vector<int64_t>{-1, 2})), "a dimension is negative: -1");
}

TEST(Session, SolvesSymbolsAcrossInputs) {
  GraphWriter graph;
  graph.input("a", DType::f32, {"n"}).input("b", DType::f32, {"n"}).node("Add", {"a", "b"}, {"y"});
  graph.output("y", DType::f32, {"n"});
  const Session session = must_load(model(graph));
  EXPECT_EQ(
      elements<float>((*session.run({{"b", make<float>({2}, {1, 2})}, {"a", make<float>({2}, {3, 4})}}))[0].tensor),
      (std::vector<float>{4, 6}));
  EXPECT_EQ(sentence(session.run({{"a", make<float>({2}, {3, 4})}, {"b", make<float>({1}, {1})}})),
            "dimension 'n' is 1 in input 'b' but 2 in input 'a'");
}

TEST(Session, TakesStridedFeeds) {
  const Session session = must_load(affine());
  const Tensor columns = make<float>({2, 2}, {1, 2, 3, 4}).transpose().value();
  EXPECT_EQ(elements<float>(session.run(columns).value()), (std::vector<float>{3, 0, 5, 0}));
}

TEST(Session, OutputsMayBeInputsConstantsOrTheSameValue) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2})
      .initializer("c", tensor<float>({1}, {7}))
      .node("Relu", {"x"}, {"y"})
      .node("Identity", {"y"}, {"z"});
  for (const char* name : {"x", "c", "y", "z"}) graph.output(name, tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  const Outputs outputs = session.run({{"x", make<float>({2}, {-1, 2})}}).value();
  EXPECT_EQ(elements<float>(outputs.get("x").value()), (std::vector<float>{-1, 2}));
  EXPECT_EQ(elements<float>(outputs.get("c").value()), (std::vector<float>{7}));
  EXPECT_EQ(elements<float>(outputs.get("y").value()), (std::vector<float>{0, 2}));
  EXPECT_EQ(elements<float>(outputs.get("z").value()), (std::vector<float>{0, 2}));
}

TEST(Session, InitializersListedAsInputsAreNotFed) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2}).input("w", DType::f32, {2}).initializer("w", tensor<float>({2}, {3, 4}));
  graph.node("Mul", {"x", "w"}, {"y"}).output("y", DType::f32, {2});
  const Session session = must_load(ModelWriter(graph, 3).opset("", 7).bytes());
  ASSERT_EQ(session.inputs().size(), 1U);
  EXPECT_EQ(elements<float>(session.run(make<float>({2}, {1, 2})).value()), (std::vector<float>{3, 8}));
}

TEST(Session, ErrorsNameTheFile) {
  EXPECT_EQ(sentence(Session::load("no/such/model.onnx")),
            "no/such/model.onnx: cannot read 'no/such/model.onnx': No such file or directory");
}

}  // namespace
}  // namespace wedge::test
