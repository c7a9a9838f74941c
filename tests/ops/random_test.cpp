#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

struct Moments {
  double mean = 0;
  double deviation = 0;
};
template <typename T>
Moments moments(const Tensor& tensor) {
  const auto all = values<T>(tensor);
  double sum = 0;
  double squares = 0;
  for (const T x : all) {
    sum += static_cast<double>(x);
    squares += static_cast<double>(x) * static_cast<double>(x);
  }
  const double mean = sum / static_cast<double>(all.size());
  return {.mean = mean, .deviation = std::sqrt(squares / static_cast<double>(all.size()) - mean * mean)};
}

const std::vector<int64_t> large = {100, 400};

TEST(Random, UniformNumbersFillTheirRange) {
  const Tensor drawn =
      run_single("RandomUniform", 1, {}, {{"shape", large}, {"low", -1.0F}, {"high", 3.0F}, {"seed", 7.0F}});
  EXPECT_EQ(drawn.shape(), (Shape{100, 400}));
  const auto found = moments<float>(drawn);
  EXPECT_NEAR(found.mean, 1, 0.03);
  EXPECT_NEAR(found.deviation, 4 / std::sqrt(12.0), 0.03);
}

TEST(Random, NormalNumbersHaveTheirMoments) {
  const Tensor like = Tensor::zeros(DType::f64, {40000}).value();
  const auto found =
      moments<double>(run_single("RandomNormalLike", 1, {like}, {{"mean", 2.0F}, {"scale", 3.0F}, {"seed", 7.0F}}));
  EXPECT_NEAR(found.mean, 2, 0.06);
  EXPECT_NEAR(found.deviation, 3, 0.06);
}

TEST(Random, SeedsRepeatAndTheirAbsenceDoesNot) {
  const auto draw = [](std::vector<Attribute> attributes) {
    attributes.push_back({"shape", std::vector<int64_t>{8}});
    return values<float>(run_single("RandomNormal", 1, {}, attributes));
  };
  EXPECT_EQ(draw({{"seed", 1.0F}}), draw({{"seed", 1.0F}}));
  EXPECT_NE(draw({{"seed", 1.0F}}), draw({{"seed", 2.0F}}));
  EXPECT_NE(draw({}), draw({}));
}

TEST(Random, BernoulliFollowsTheChances) {
  const Tensor chances = tensor<float>({20000}, std::vector<float>(20000, 0.3F));
  EXPECT_NEAR(moments<float>(run_single("Bernoulli", 15, {chances}, {{"seed", 3.0F}})).mean, 0.3, 0.02);
  const auto certain =
      run_single("Bernoulli", 15, {tensor<float>({3}, {0, 1, NAN})}, {{"dtype", static_cast<int64_t>(DType::boolean)}});
  EXPECT_EQ(values<bool>(certain), (std::vector<bool>{false, true, false}));
}

TEST(Random, MultinomialFollowsTheScores) {
  const Tensor scores = tensor<float>({2, 3}, {std::log(1.0F), std::log(3.0F), -INFINITY, 0, 0, 1000});
  const auto drawn = values<int64_t>(
      run_single("Multinomial", 7, {scores}, {{"sample_size", int64_t{10000}}, {"dtype", int64_t{7}}, {"seed", 5.0F}}));
  int counts[3] = {};
  for (size_t i = 0; i < 10000; ++i) ++counts[drawn[i]];
  EXPECT_NEAR(counts[1], 7500, 200);
  EXPECT_EQ(counts[2], 0);
  for (size_t i = 10000; i < 20000; ++i) ASSERT_EQ(drawn[i], 2);
  EXPECT_FALSE(run_node("Multinomial", 7, {tensor<float>({2, 0}, {})}));
  EXPECT_FALSE(run_node("Multinomial", 7, {scores}, {{"sample_size", int64_t{-1}}}));
}

TEST(Random, RefusesShapesAndTypesThatCannotBe) {
  EXPECT_FALSE(run_node("RandomUniform", 1, {}, {{"shape", std::vector<int64_t>{-1}}}));
  EXPECT_FALSE(run_node("RandomUniform", 1, {}, {{"shape", std::vector<int64_t>{1}}, {"dtype", int64_t{7}}}));
}

}  // namespace
}  // namespace wedge::testing
