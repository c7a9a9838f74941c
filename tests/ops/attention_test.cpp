#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

// Scores of 0 everywhere: every visible value has the same weight.
TEST(Attention, AveragesTheValuesThatAreSeen) {
  const Tensor query = tensor<float>({1, 1, 3, 2}, {0, 0, 0, 0, 0, 0});
  const Tensor key = counting({1, 1, 3, 2});
  const Tensor value = tensor<float>({1, 1, 3, 1}, {3, 6, 9});
  EXPECT_EQ(values<float>(run_single("Attention", 23, {query, key, value}, {{"is_causal", int64_t{1}}})),
            (std::vector<float>{3, 4.5F, 6}));
  const Tensor mask = tensor<bool>({3, 3}, {false, false, false, true, false, false, true, false, true});
  EXPECT_EQ(values<float>(run_single("Attention", 23, {query, key, value, mask})), (std::vector<float>{0, 3, 6}));
  // A mask that ends early hides what follows.
  const Tensor narrow = tensor<float>({1, 2}, {0, 0});
  EXPECT_EQ(values<float>(run_single("Attention", 24, {query, key, value, narrow})),
            (std::vector<float>{4.5F, 4.5F, 4.5F}));
}

TEST(Attention, JoinsThePast) {
  const Tensor query = tensor<double>({1, 1, 1, 1}, {0});
  const Tensor key = tensor<double>({1, 1, 1, 1}, {5});
  const Tensor value = tensor<double>({1, 1, 1, 1}, {4});
  const Tensor past_key = tensor<double>({1, 1, 2, 1}, {1, 2});
  const Tensor past_value = tensor<double>({1, 1, 2, 1}, {1, 1});
  const auto result = run_node("Attention", 23, {query, key, value, {}, past_key, past_value}, {}, 3);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_DOUBLE_EQ(values<double>((*result)[0])[0], 2);
  EXPECT_EQ(values<double>((*result)[1]), (std::vector<double>{1, 2, 5}));
  EXPECT_EQ(values<double>((*result)[2]), (std::vector<double>{1, 1, 4}));
}

TEST(Attention, HasNothingToSayWithoutKeys) {
  const Tensor query = counting({1, 1, 2, 2});
  const Tensor none = tensor<float>({1, 1, 0, 2}, {});
  EXPECT_EQ(values<float>(run_single("Attention", 23, {query, none, none})), (std::vector<float>{0, 0, 0, 0}));
}

TEST(Attention, TakesMoreRowsThanOneBlock) {
  const Tensor query = counting({1, 300, 4});
  const Tensor value = tensor<float>({1, 1, 4}, {1, 2, 3, 4});
  const auto result = values<float>(
      run_single("Attention", 23, {query, value, value}, {{"q_num_heads", int64_t{2}}, {"kv_num_heads", int64_t{2}}}));
  ASSERT_EQ(result.size(), 1200U);
  for (size_t i = 0; i < result.size(); ++i) EXPECT_EQ(result[i], static_cast<float>(i % 4 + 1));
}

TEST(Attention, RefusesOperandsThatDoNotFit) {
  const Tensor x = counting({1, 2, 3, 4});
  EXPECT_FALSE(run_node("Attention", 23, {x, counting({1, 2, 3, 5}), x}));
  EXPECT_FALSE(run_node("Attention", 23, {x, counting({1, 3, 3, 4}), counting({1, 3, 3, 4})}));
  EXPECT_FALSE(run_node("Attention", 23, {x, x, x, counting({2, 3})}));
  EXPECT_FALSE(run_node("Attention", 23, {counting({1, 2, 3}), counting({1, 2, 3}), counting({1, 2, 3})}));
  EXPECT_FALSE(run_node("Attention", 23, {x, x, x, {}, x}));
  EXPECT_FALSE(run_node("Attention", 24, {x, x, x, {}, {}, {}, tensor<int64_t>({2}, {1, 1})}));
  // Lengths from outside are brought into range.
  EXPECT_TRUE(run_node("Attention", 24, {x, x, x, {}, {}, {}, tensor<int64_t>({1}, {INT64_MIN})}));
  EXPECT_TRUE(run_node("Attention", 24, {x, x, x, {}, {}, {}, tensor<int64_t>({1}, {INT64_MAX})}));
}

TEST(RotaryEmbedding, RefusesPositionsOutsideOfTheTables) {
  const Tensor x = counting({1, 1, 2, 2});
  const Tensor cosines = tensor<float>({2, 1}, {1, 0});
  const Tensor sines = tensor<float>({2, 1}, {0, 1});
  EXPECT_EQ(values<float>(run_single("RotaryEmbedding", 23, {x, cosines, sines, tensor<int64_t>({1, 2}, {0, 1})})),
            (std::vector<float>{0, 1, -3, 2}));
  EXPECT_FALSE(run_node("RotaryEmbedding", 23, {x, cosines, sines, tensor<int64_t>({1, 2}, {0, 2})}));
  EXPECT_FALSE(run_node("RotaryEmbedding", 23, {x, cosines, sines, tensor<int64_t>({1, 2}, {-1, 0})}));
  EXPECT_FALSE(run_node("RotaryEmbedding", 23, {x, cosines, sines}));
  EXPECT_FALSE(run_node("RotaryEmbedding", 23, {counting({1, 2, 3}), cosines, sines}));
}

TEST(LinearAttention, KeepsAState) {
  const Tensor key = tensor<float>({1, 2, 1}, {1, 1});
  const Tensor value = tensor<float>({1, 2, 1}, {2, 3});
  const std::vector<Attribute> heads = {
      {"q_num_heads", int64_t{1}}, {"kv_num_heads", int64_t{1}}, {"update_rule", std::string("linear")}};
  const auto result = run_node("LinearAttention", 27, {key, key, value}, heads, 2);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(values<float>((*result)[0]), (std::vector<float>{2, 5}));
  EXPECT_EQ(values<float>((*result)[1]), (std::vector<float>{5}));
}

TEST(LinearAttention, RefusesGatesThatAreMissing) {
  const Tensor x = counting({1, 2, 2});
  const std::vector<Attribute> heads = {{"q_num_heads", int64_t{1}}, {"kv_num_heads", int64_t{1}}};
  EXPECT_FALSE(run_node("LinearAttention", 27, {x, x, x}, heads));
  EXPECT_FALSE(run_node("LinearAttention", 27, {x, x, x}, {{"q_num_heads", int64_t{1}}, {"kv_num_heads", int64_t{0}}}));
}

TEST(CausalConvWithState, HandsOnTheLastColumns) {
  const Tensor x = tensor<double>({1, 1, 2}, {1, 2});
  const Tensor weight = tensor<double>({1, 1, 2}, {10, 1});
  const auto result = run_node("CausalConvWithState", 27, {x, weight, {}, tensor<double>({1, 1, 1}, {3})}, {}, 2);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(values<double>((*result)[0]), (std::vector<double>{31, 12}));
  EXPECT_EQ(values<double>((*result)[1]), (std::vector<double>{2}));
  EXPECT_FALSE(run_node("CausalConvWithState", 27, {x, tensor<double>({1, 1, 0}, {})}));
  EXPECT_FALSE(run_node("CausalConvWithState", 27, {x, weight}, {{"activation", std::string("relu")}}));
}

TEST(SwiGLU, RefusesOperandsOfOtherShapes) {
  EXPECT_EQ(values<float>(run_single("SwiGLU", 28, {tensor<float>({1}, {0}), tensor<float>({1}, {7})})),
            std::vector<float>{0});
  EXPECT_FALSE(run_node("SwiGLU", 28, {counting({2, 2}), counting({2, 1})}));
}

TEST(HeadAttention, ReadsOperandsInEitherOrder) {
  const auto run = [](const std::vector<Tensor>& inputs, const std::vector<Attribute>& attributes) {
    return evaluate(make_node("HeadAttention", 1, inputs, attributes, 1, "wedge"), inputs);
  };
  // Two heads of two rows: by row, the heads of a row are neighbours.
  const Tensor zeros = tensor<float>({1, 2, 2, 1}, {0, 0, 0, 0});
  const Tensor value = tensor<float>({1, 2, 2, 1}, {1, 2, 3, 4});
  const Tensor seen = tensor<bool>({2, 2}, {true, false, true, true});
  const Tensor mask = tensor<float>({}, {1});
  const float lowest = -std::numeric_limits<float>::infinity();
  const Attribute fill{.name = "fill", .value = lowest};
  const auto plain = run({zeros, zeros, value, seen, mask}, {fill});
  ASSERT_TRUE(plain) << plain.error().to_string();
  EXPECT_EQ(values<float>((*plain)[0]), (std::vector<float>{1, 1.5F, 3, 3.5F}));
  const auto by_row = run({zeros, zeros, value, seen}, {fill, {"value_by_row", int64_t{1}}});
  ASSERT_TRUE(by_row) << by_row.error().to_string();
  EXPECT_EQ(values<float>((*by_row)[0]), (std::vector<float>{1, 2, 2, 3}));
  const auto back = run({zeros, zeros, value, seen}, {fill, {"output_by_row", int64_t{1}}});
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(values<float>((*back)[0]), (std::vector<float>{1, 3, 1.5F, 3.5F}));
  EXPECT_FALSE(run({zeros, zeros, counting({1, 2, 3, 1})}, {}));
  EXPECT_FALSE(run({zeros, counting({1, 2, 2, 2}), value}, {}));
  EXPECT_FALSE(run({zeros, zeros, value, tensor<bool>({3}, {true, true, true})}, {}));
  EXPECT_FALSE(run({counting({2, 2}), zeros, value}, {}));
}

}  // namespace
}  // namespace wedge::testing
