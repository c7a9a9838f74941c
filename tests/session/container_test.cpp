// Sequences and optionals through whole models.
#include <gtest/gtest.h>

#include "support/load.h"

namespace wedge::test {
namespace {

Tensor floats(std::initializer_list<float> values) {
  return make<float>({static_cast<int64_t>(values.size())}, values);
}

TEST(Containers, SequencesAreFedChangedAndReturned) {
  GraphWriter graph;
  graph.input("s", sequence_type(tensor_type(DType::f32)))
      .input("x", DType::f32, {"n"})
      .initializer("front", tensor<int64_t>({}, {0}))
      .initializer("last", tensor<int32_t>({}, {-1}))
      .node("SequenceInsert", {"s", "x", "front"}, {"longer"})
      .node("SequenceErase", {"longer", "last"}, {"shorter"})
      .node("SequenceLength", {"longer"}, {"length"})
      .node("SequenceAt", {"longer", "last"}, {"element"})
      .node("Neg", {"element"}, {"negated"})
      .output("shorter", sequence_type(tensor_type(DType::f32)))
      .output("length", DType::i64, {})
      .output("negated", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  EXPECT_EQ(to_string(session.inputs()[0]), "seq(tensor(float32))");
  for (const int64_t extra : {0, 1, 3}) {
    std::vector<Tensor> values(static_cast<size_t>(extra), floats({7, 8}));
    values.push_back(floats({5}));
    const auto outputs = session.run({{"s", Tensor::sequence(DType::f32, values).value()}, {"x", floats({1, 2, 3})}});
    ASSERT_TRUE(outputs) << outputs.error().to_string();
    const auto shorter = (*outputs)[0].tensor.elements();
    ASSERT_EQ(shorter.size(), values.size());
    EXPECT_EQ(elements<float>(shorter[0]), (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(elements<int64_t>((*outputs)[1].tensor), (std::vector<int64_t>{extra + 2}));
    EXPECT_EQ(elements<float>((*outputs)[2].tensor), (std::vector<float>{-5}));
  }
}

TEST(Containers, FeedsAndPositionsAreChecked) {
  GraphWriter graph;
  graph.input("s", sequence_type(tensor_type(DType::f32)))
      .input("i", DType::i64, {})
      .node("SequenceAt", {"s", "i"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph));
  const auto run = [&](Tensor sequence, int64_t position) {
    return session.run({{"s", std::move(sequence)}, {"i", make<int64_t>({}, {position})}});
  };
  const Tensor sequence = Tensor::sequence(DType::f32, {floats({1})}).value();
  EXPECT_TRUE(run(sequence, -1));
  const auto outside = run(sequence, 1);
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().to_string(), "node (SequenceAt): position 1 is outside a sequence of 1 elements");
  EXPECT_FALSE(run(sequence, INT64_MIN));
  EXPECT_FALSE(run(floats({1}), 0));
  EXPECT_FALSE(run(Tensor::sequence(DType::i32, {}).value(), 0));
}

TEST(Containers, TensorOperatorsRefuseSequences) {
  GraphWriter graph;
  graph.input("s", sequence_type(tensor_type(DType::f32)))
      .node("Relu", {"s"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const std::string bytes = model(graph);
  const auto session = Session::load(as_bytes(bytes));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().to_string(), "node (Relu): input 0 must be a tensor, got seq(tensor(float32))");
}

TEST(Containers, OptionalsDecideBranches) {
  // y = has(o) ? get(o) : x
  GraphWriter present("present");
  present.node("OptionalGetElement", {"o"}, {"value"}).output("value");
  GraphWriter missing("missing");
  missing.node("Identity", {"x"}, {"other"}).output("other");
  GraphWriter graph;
  graph.input("o", optional_type(tensor_type(DType::f32)))
      .input("x", DType::f32, {"n"})
      .node("OptionalHasElement", {"o"}, {"has"})
      .node("If", {"has"}, {"y"}, {attribute("then_branch", present), attribute("else_branch", missing)})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph, 18));
  for (int round = 0; round < 2; ++round) {
    const auto with = session.run({{"o", Tensor::optional(DType::f32, floats({4})).value()}, {"x", floats({1, 2})}});
    ASSERT_TRUE(with) << with.error().to_string();
    EXPECT_EQ(elements<float>((*with)[0].tensor), (std::vector<float>{4}));
    const auto without = session.run({{"o", Tensor::optional(DType::f32, Tensor()).value()}, {"x", floats({1, 2})}});
    ASSERT_TRUE(without) << without.error().to_string();
    EXPECT_EQ(elements<float>((*without)[0].tensor), (std::vector<float>{1, 2}));
  }
}

TEST(Containers, TensorsAreSplitMappedAndJoined) {
  // Rows of x, each plus y, stacked along a new last axis.
  GraphWriter body("body");
  body.input("row", tensor_type(DType::f32))
      .input("all", tensor_type(DType::f32))
      .node("Add", {"row", "all"}, {"sum"})
      .output("sum", tensor_type(DType::f32));
  GraphWriter graph;
  graph.input("x", DType::f32, {"n", 2})
      .input("y", DType::f32, {2})
      .node("SplitToSequence", {"x"}, {"rows"}, {attribute("axis", 0), attribute("keepdims", 0)})
      .node("SequenceMap", {"rows", "y"}, {"sums"}, {attribute("body", body)})
      .node("ConcatFromSequence", {"sums"}, {"z"}, {attribute("axis", -1), attribute("new_axis", 1)})
      .output("z", tensor_type(DType::f32));
  const Session session = must_load(model(graph, 17));
  const auto outputs = session.run({{"x", make<float>({3, 2}, {1, 2, 3, 4, 5, 6})}, {"y", make<float>({2}, {10, 20})}});
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  EXPECT_EQ((*outputs)[0].tensor.shape(), (Shape{2, 3}));
  EXPECT_EQ(elements<float>((*outputs)[0].tensor), (std::vector<float>{11, 13, 15, 22, 24, 26}));
}

TEST(Containers, SplitsThatDoNotFitAreRefused) {
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .input("split", tensor_type(DType::i64))
      .node("SplitToSequence", {"x", "split"}, {"s"})
      .output("s", sequence_type(tensor_type(DType::f32)));
  const Session session = must_load(model(graph));
  const auto lengths = [&](const Tensor& split) {
    const auto outputs = session.run({{"x", floats({1, 2, 3, 4, 5})}, {"split", split}});
    std::vector<int64_t> found;
    if (outputs) {
      for (const Tensor& piece : (*outputs)[0].tensor.elements()) found.push_back(piece.numel());
    }
    return found;
  };
  EXPECT_EQ(lengths(make<int64_t>({}, {2})), (std::vector<int64_t>{2, 2, 1}));
  EXPECT_EQ(lengths(make<int64_t>({3}, {1, 0, 4})), (std::vector<int64_t>{1, 0, 4}));
  EXPECT_TRUE(lengths(make<int64_t>({}, {0})).empty());
  EXPECT_TRUE(lengths(make<int64_t>({2}, {1, 3})).empty());
  EXPECT_TRUE(lengths(make<int64_t>({2}, {-1, 6})).empty());
}

// sum_{t+1} = sum_t + x_t; the running sums are the scan output.
GraphWriter running_sum() {
  GraphWriter body("body");
  body.input("sum_in", tensor_type(DType::f32))
      .input("x_t", tensor_type(DType::f32))
      .node("Add", {"sum_in", "x_t"}, {"sum_out"})
      .node("Identity", {"sum_out"}, {"so_far"})
      .output("sum_out", tensor_type(DType::f32))
      .output("so_far", tensor_type(DType::f32));
  return body;
}

TEST(Scan, GoesBackwardsAndAlongOtherAxes) {
  GraphWriter graph;
  graph.input("start", DType::f32, {2})
      .input("x", DType::f32, {2, "t"})
      .node("Scan", {"start", "x"}, {"sum", "sums"},
            {attribute("body", running_sum()), attribute("num_scan_inputs", 1), attribute("scan_input_axes", {1}),
             attribute("scan_input_directions", {1}), attribute("scan_output_axes", {-1}),
             attribute("scan_output_directions", {1})})
      .output("sum", tensor_type(DType::f32))
      .output("sums", tensor_type(DType::f32));
  const Session session = must_load(model(graph, 16));
  const auto outputs = session.run({{"start", floats({0, 100})}, {"x", make<float>({2, 3}, {1, 2, 3, 10, 20, 30})}});
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  EXPECT_EQ(elements<float>((*outputs)[0].tensor), (std::vector<float>{6, 160}));
  EXPECT_EQ((*outputs)[1].tensor.shape(), (Shape{2, 3}));
  EXPECT_EQ(elements<float>((*outputs)[1].tensor), (std::vector<float>{6, 5, 3, 160, 150, 130}));
}

TEST(Scan, BatchesOfOpset8StopAtTheirLengths) {
  GraphWriter graph;
  graph.input("lengths", DType::i64, {2})
      .input("start", DType::f32, {2, 1})
      .input("x", DType::f32, {2, 3, 1})
      .node("Scan", {"lengths", "start", "x"}, {"sum", "sums"},
            {attribute("body", running_sum()), attribute("num_scan_inputs", 1)})
      .output("sum", tensor_type(DType::f32))
      .output("sums", tensor_type(DType::f32));
  const Session session = must_load(model(graph, 8));
  const auto outputs = session.run({{"lengths", make<int64_t>({2}, {3, 2})},
                                    {"start", make<float>({2, 1}, {0, 0})},
                                    {"x", make<float>({2, 3, 1}, {1, 2, 3, 4, 5, 6})}});
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  EXPECT_EQ(elements<float>((*outputs)[0].tensor), (std::vector<float>{6, 9}));
  EXPECT_EQ((*outputs)[1].tensor.shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(elements<float>((*outputs)[1].tensor), (std::vector<float>{1, 3, 6, 4, 9, 0}));
}

}  // namespace
}  // namespace wedge::test
