// Weights are in memory once: as the kernels want them, or as they lie in the model.
#include <gtest/gtest.h>

#include "support/load.h"

namespace wedge::test {
namespace {

constexpr int64_t inputs = 96;
constexpr int64_t outputs = 200;
constexpr uint64_t weight_bytes = inputs * outputs * sizeof(float);
static_assert(weight_bytes > (size_t{64} << 10U));

float weight(int64_t row, int64_t column) { return static_cast<float>((row * 7 + column * 3) % 11 - 5); }

std::vector<float> weights() {
  std::vector<float> all;
  for (int64_t row = 0; row < inputs; ++row) {
    for (int64_t column = 0; column < outputs; ++column) all.push_back(weight(row, column));
  }
  return all;
}

// `padding` characters before the weights move them to any alignment.
std::string product(size_t padding, bool also_gathered = false) {
  GraphWriter graph(std::string(padding + 1, 'g'));
  graph.input("x", DType::f32, {"rows", inputs})
      .initializer("w", tensor<float>({inputs, outputs}, weights()))
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y", DType::f32, {"rows", outputs});
  if (also_gathered) {
    graph.input("i", DType::i64, {"picked"});
    graph.node("Gather", {"w", "i"}, {"g"}).output("g", DType::f32, {"picked", outputs});
  }
  return ModelWriter(graph).opset("", 18).bytes();
}

Tensor ones(int64_t rows) {
  return Tensor::from(std::span<const float>(std::vector<float>(static_cast<size_t>(rows * inputs), 1.0F)),
                      {rows, inputs})
      .value();
}

void expect_sums(const Tensor& y) {
  const auto got = y.view<float>().value();
  for (int64_t row = 0; row < y.shape()[0]; ++row) {
    for (int64_t column = 0; column < outputs; ++column) {
      float sum = 0;
      for (int64_t k = 0; k < inputs; ++k) sum += weight(k, column);
      ASSERT_FLOAT_EQ(got[static_cast<size_t>(row * outputs + column)], sum) << row << ' ' << column;
    }
  }
}

TEST(Weights, AreDroppedOncePackedWhateverTheirAlignment) {
  for (const size_t padding : {0, 1, 2, 3}) {
    const Session session = must_load(product(padding));
    EXPECT_EQ(session.memory().weights, weight_bytes);
    for (const int64_t rows : {1, 5, 64}) expect_sums(session.run(ones(rows)).value());
    EXPECT_EQ(session.memory().weights, 0U);
    EXPECT_GE(session.memory().packed, weight_bytes);
  }
}

TEST(Weights, AreReadWhereTheyLieByWhoMovesBytes) {
  for (const size_t padding : {0, 1, 2, 3}) {
    const Session session = must_load(product(padding, true));
    const auto run = session.run({{"x", ones(3)}, {"i", make<int64_t>({2}, {95, 0})}});
    ASSERT_TRUE(run) << run.error().to_string();
    expect_sums(run->get("y").value());
    const auto rows = elements<float>(run->get("g").value());
    EXPECT_EQ(rows[1], weight(95, 1));
    EXPECT_EQ(rows[static_cast<size_t>(outputs) + 2], weight(0, 2));
  }
}

TEST(Weights, OfAFoldedTableStayWhereAPlanReadsThem) {
  GraphWriter graph("folded");
  graph.input("x", DType::f32, {"rows", inputs})
      .input("i", DType::i64, {"picked"})
      .initializer("w", tensor<float>({inputs, outputs}, weights()))
      .node("Transpose", {"w"}, {"table"})
      .node("Gather", {"table", "i"}, {"g"})
      .node("Transpose", {"table"}, {"back"})
      .node("MatMul", {"x", "back"}, {"y"})
      .node("MatMul", {"g", "back"}, {"z"})
      .output("y", DType::f32, {"rows", outputs})
      .output("g", DType::f32, {"picked", inputs})
      .output("z", DType::f32, {"picked", outputs});
  graph.node("MatMul", {"t", "table"}, {"u"}).input("t", DType::f32, {"rows", outputs});
  graph.output("u", DType::f32, {"rows", inputs});
  const Session session = must_load(ModelWriter(graph).opset("", 18).bytes());
  for (int64_t rows = 1; rows < 4; ++rows) {
    const auto run = session.run({{"x", ones(rows)},
                                  {"i", make<int64_t>({2}, {199, 3})},
                                  {"t", Tensor::zeros(DType::f32, {rows, outputs}).value()}});
    ASSERT_TRUE(run) << run.error().to_string();
    const auto picked = elements<float>(run->get("g").value());
    for (int64_t k = 0; k < inputs; ++k) {
      ASSERT_EQ(picked[static_cast<size_t>(k)], weight(k, 199));
      ASSERT_EQ(picked[static_cast<size_t>(inputs + k)], weight(k, 3));
    }
    expect_sums(run->get("y").value());
  }
}

TEST(Weights, CountUntilTheyArePackedAgainstTheLimit) {
  SessionOptions options;
  options.max_memory = weight_bytes / 2;
  EXPECT_NE(sentence(load(product(0), options)).find(std::to_string(weight_bytes)), std::string::npos);
}

}  // namespace
}  // namespace wedge::test
