#include "ops/elementwise_chain.h"

#include <cmath>

#include "support/run_node.h"

namespace wedge::testing {
namespace {

Tensor waves(const Shape& shape, float phase) {
  Tensor result = Tensor::zeros(DType::f32, shape).value();
  const auto elements = result.mutable_view<float>().value();
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = 1.5F + std::sin(static_cast<float>(i) * 1.7F + phase);
  return result;
}

Result<std::vector<Tensor>> run_chain(const std::vector<ChainStep>& steps, const std::vector<Tensor>& inputs) {
  return evaluate(make_node("ElementwiseChain", 1, inputs, chain_attributes(steps), 1, "wedge"), inputs);
}

// Rows shorter and longer than a tile, and ends of tiles inside rows.
TEST(ElementwiseChain, IsItsStepsOneByOne) {
  for (const auto& [rows, columns] :
       std::initializer_list<std::pair<int64_t, int64_t>>{{1, 1}, {3, 7}, {5, 1000}, {2, 1025}, {1100, 3}, {3, 5000}}) {
    SCOPED_TRACE(::testing::Message() << rows << " x " << columns);
    const Tensor x = waves({rows, columns}, 0);
    const Tensor row = waves({columns}, 1);
    const Tensor number = waves({1, 1}, 2);
    const auto got = run_chain({{.function = "Mul", .first = 1, .second = 0},
                                {.function = "Clip", .first = 3, .alpha = 0.5F, .beta = 2},
                                {.function = "Sub", .first = 2, .second = 4},
                                {.function = "Pow", .first = 0, .second = 2},
                                {.function = "Max", .first = 5, .second = 6},
                                {.function = "Div", .first = 7, .second = 3}},
                               {x, row, number});
    ASSERT_TRUE(got) << got.error().to_string();
    const auto xs = values<float>(x);
    const auto row_values = values<float>(row);
    const float n = values<float>(number)[0];
    const auto results = values<float>((*got)[0]);
    for (size_t i = 0; i < xs.size(); ++i) {
      const float product = row_values[i % row_values.size()] * xs[i];
      const float clipped = std::min(std::max(product, 0.5F), 2.0F);
      ASSERT_FLOAT_EQ(results[i], std::max(n - clipped, std::pow(xs[i], n)) / product) << i;
    }
  }
}

TEST(ElementwiseChain, RefusesWhatIsNoProgram) {
  const std::vector<Tensor> inputs = {waves({2, 3}, 0), waves({1}, 1), waves({2, 1}, 2)};
  EXPECT_FALSE(run_chain({}, inputs));
  EXPECT_FALSE(run_chain({{.function = "Add", .first = 0, .second = 3}}, inputs));
  EXPECT_FALSE(run_chain({{.function = "Add", .first = -1, .second = 0}}, inputs));
  EXPECT_FALSE(run_chain({{.function = "Add", .first = 0}}, inputs));
  EXPECT_FALSE(run_chain({{.function = "Neg", .first = 0, .second = 1}}, inputs));
  EXPECT_FALSE(run_chain({{.function = "Nothing", .first = 0}}, inputs));
  EXPECT_FALSE(run_chain({{.function = "Neg", .first = 1}}, {inputs[0], inputs[1]}));
  EXPECT_FALSE(run_chain({{.function = "Add", .first = 0, .second = 2}}, inputs));
  auto short_list = chain_attributes({{.function = "Neg", .first = 0}});
  short_list.pop_back();
  EXPECT_FALSE(evaluate(make_node("ElementwiseChain", 1, inputs, short_list, 1, "wedge"), inputs));
}

}  // namespace
}  // namespace wedge::testing
