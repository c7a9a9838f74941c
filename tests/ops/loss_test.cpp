#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

const std::vector<Attribute> sum = {{"reduction", std::string("sum")}};

TEST(Loss, PaysForTheClassesThatShouldHaveBeenNamed) {
  const Tensor scores = tensor<float>({2, 3}, {-1, -2, -3, -4, -5, -6});
  const Tensor targets = tensor<int32_t>({2}, {2, 0});
  EXPECT_EQ(values<float>(run_single("NegativeLogLikelihoodLoss", 13, {scores, targets})), (std::vector<float>{3.5F}));
  EXPECT_EQ(values<float>(run_single("NegativeLogLikelihoodLoss", 13, {scores, targets}, sum)),
            (std::vector<float>{7}));
  const Tensor weights = tensor<float>({3}, {1, 10, 3});
  EXPECT_EQ(values<float>(run_single("NegativeLogLikelihoodLoss", 13, {scores, targets, weights},
                                     {{"reduction", std::string("none")}})),
            (std::vector<float>{9, 4}));
  EXPECT_EQ(values<float>(run_single("NegativeLogLikelihoodLoss", 13, {scores, targets, weights})),
            (std::vector<float>{13.0F / 4}));
}

TEST(Loss, SoftmaxOfLargeScoresStaysFinite) {
  const Tensor scores = tensor<float>({1, 2, 1}, {1000, 1000});
  const auto outputs = run_node("SoftmaxCrossEntropyLoss", 13, {scores, tensor<int64_t>({1, 1}, {1})}, sum, 2);
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  EXPECT_NEAR(values<float>((*outputs)[0])[0], std::log(2.0), 1e-6);
  EXPECT_NEAR(values<float>((*outputs)[1])[0], -std::log(2.0), 1e-6);
}

TEST(Loss, IgnoredTargetsMayBeOutside) {
  const Tensor scores = tensor<double>({2, 2}, {-1, -2, -3, -4});
  const Tensor targets = tensor<int64_t>({2}, {-100, 1});
  EXPECT_EQ(
      values<double>(run_single("NegativeLogLikelihoodLoss", 13, {scores, targets}, {{"ignore_index", int64_t{-100}}})),
      (std::vector<double>{4}));
  EXPECT_FALSE(run_node("NegativeLogLikelihoodLoss", 13, {scores, targets}));
  EXPECT_FALSE(run_node("NegativeLogLikelihoodLoss", 13, {scores, tensor<int64_t>({3}, {0, 0, 0})}));
  EXPECT_FALSE(run_node("NegativeLogLikelihoodLoss", 13, {scores, tensor<int64_t>({2}, {0, 0}), counting({3})}));
  EXPECT_FALSE(run_node("SoftmaxCrossEntropyLoss", 13, {scores, tensor<int64_t>({2}, {0, 0})},
                        {{"reduction", std::string("product")}}));
}

}  // namespace
}  // namespace wedge::testing
