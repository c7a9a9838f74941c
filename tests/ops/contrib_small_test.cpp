// Small operators of com.microsoft: types that ONNX Runtime's CPU kernels do not take, and what is refused. Other
// results are held against ONNX Runtime's in tests/contrib.
#include "support/compare.h"

namespace wedge::testing {
namespace {

TEST(BiasSplitGelu, MultipliesByTheActivatedHalf) {
  const Tensor x = sample({2, 3, 6}, 1);
  const Tensor bias = sample({6}, 2);
  const auto split = result_of("BiasSplitGelu", {x, bias}, {});
  const auto numbers = values<float>(x);
  const auto biases = values<float>(bias);
  std::vector<float> expected;
  for (size_t row = 0; row < 6; ++row) {
    for (size_t i = 0; i < 3; ++i) {
      const float gate = numbers[row * 6 + 3 + i] + biases[3 + i];
      expected.push_back((numbers[row * 6 + i] + biases[i]) * gate / 2 * (1 + std::erf(gate / std::sqrt(2.0F))));
    }
  }
  expect_near(split, expected);
  const auto halves = run_contrib("BiasSplitGelu", {half(x), half(bias)});
  ASSERT_TRUE(halves);
  expect_near(widened(halves->front()), expected, 0.02F);
}

TEST(BiasSplitGelu, RefusesRowsWithoutHalves) {
  EXPECT_FALSE(run_contrib("BiasSplitGelu", {counting({2, 3}), counting({3})}));
  EXPECT_FALSE(run_contrib("BiasSplitGelu", {counting({2, 4}), counting({2})}));
  EXPECT_FALSE(run_contrib("BiasSplitGelu", {counting({}), counting({1})}));
  EXPECT_EQ(run_contrib("BiasSplitGelu", {counting({0, 4}), counting({4})})->front().shape(), (Shape{0, 2}));
}

TEST(Inverse, TakesOtherTypesAndExchangesRows) {
  const std::vector<double> numbers = {0, 2, 4, 0};
  const auto inverse = run_contrib("Inverse", {tensor<double>({1, 2, 2}, numbers)});
  ASSERT_TRUE(inverse);
  EXPECT_EQ(values<double>(inverse->front()), (std::vector<double>{0, 0.25, 0.5, 0}));
  const auto halves = run_contrib("Inverse", {half(tensor<float>({2, 2}, {0, 2, 4, 0}))});
  ASSERT_TRUE(halves);
  EXPECT_EQ(widened(halves->front()), (std::vector<float>{0, 0.25F, 0.5F, 0}));
  EXPECT_EQ(run_contrib("Inverse", {counting({0, 2, 2})})->front().numel(), 0);
}

TEST(Inverse, RefusesWhatIsNotSquare) {
  EXPECT_FALSE(run_contrib("Inverse", {counting({2, 3})}));
  EXPECT_FALSE(run_contrib("Inverse", {counting({2})}));
  EXPECT_FALSE(run_contrib("Inverse", {counting<int32_t>({2, 2})}));
}

TEST(ContribUnique, TakesVectorsAlone) {
  EXPECT_FALSE(run_contrib("Unique", {counting({2, 2})}));
  const auto none = run_contrib("Unique", {counting({0})}, {}, 3);
  ASSERT_TRUE(none);
  EXPECT_EQ((*none)[0].shape(), Shape{0});
}

TEST(NGramRepeatBlock, RefusesTokensWithoutAScore) {
  const Tensor tokens = tensor<int64_t>({1, 3}, {0, 1, 9});
  const Attribute one = {"ngram_size", int64_t{1}};
  EXPECT_FALSE(run_contrib("NGramRepeatBlock", {tokens, counting({1, 4})}, {one}));
  EXPECT_TRUE(run_contrib("NGramRepeatBlock", {tokens, counting({1, 10})}, {one}));
  EXPECT_FALSE(run_contrib("NGramRepeatBlock", {tokens, counting({2, 10})}, {one}));
  EXPECT_FALSE(run_contrib("NGramRepeatBlock", {tokens, counting({1, 10})}, {{"ngram_size", int64_t{0}}}));
  EXPECT_FALSE(run_contrib("NGramRepeatBlock", {tokens, counting({1, 10})}));
}

}  // namespace
}  // namespace wedge::testing
