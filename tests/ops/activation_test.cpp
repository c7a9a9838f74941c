#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

void expect_near(const Tensor& actual, const std::vector<double>& expected, double tolerance = 1e-6) {
  const auto values = testing::values<float>(actual);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << "element " << i;
}

TEST(Activation, FollowsTheFormulas) {
  const Tensor x = tensor<float>({3}, {-2, 0, 1.5F});
  const double e = std::exp(-2.0);
  expect_near(run_single("Selu", 6, {x}), {1.0507010 * 1.6732632 * (e - 1), 0, 1.5 * 1.0507010});
  expect_near(run_single("Selu", 6, {x}, {{"alpha", 2.0F}, {"gamma", 3.0F}}), {6 * (e - 1), 0, 4.5});
  expect_near(run_single("Celu", 12, {x}, {{"alpha", 2.0F}}), {2 * (std::exp(-1.0) - 1), 0, 1.5});
  expect_near(run_single("Shrink", 9, {x}, {{"bias", 0.25F}, {"lambd", 1.0F}}), {-1.75, 0, 1.25});
  expect_near(run_single("Swish", 24, {x}, {{"alpha", 2.0F}}),
              {-2 / (1 + std::exp(4.0)), 0, 1.5 / (1 + std::exp(-3.0))});
  expect_near(run_single("ThresholdedRelu", 10, {x}), {0, 0, 1.5});
  expect_near(run_single("Elu", 6, {x}, {{"alpha", 2.0F}}), {2 * (e - 1), 0, 1.5});
  expect_near(run_single("LeakyRelu", 6, {x}), {-0.02, 0, 1.5});
  expect_near(run_single("HardSigmoid", 6, {x}), {0.1, 0.5, 0.8});
  expect_near(run_single("Mish", 18, {x}),
              {-2 * std::tanh(std::log1p(std::exp(-2.0))), 0, 1.5 * std::tanh(std::log1p(std::exp(1.5)))});
  expect_near(run_single("HardSwish", 14, {x}), {-2.0 / 6, 0, 1.5 * 0.75});
  expect_near(run_single("Gelu", 20, {x}),
              {-1 * (1 + std::erf(-std::sqrt(2.0))), 0, 0.75 * (1 + std::erf(1.5 / std::sqrt(2.0)))});
}

TEST(Activation, ComputesEveryFloatType) {
  const Tensor half = tensor<Float16>({2}, {Float16(-1.0F), Float16(2.0F)});
  EXPECT_EQ(values<Float16>(run_single("Relu", 14, {half})), (std::vector{Float16(0.0F), Float16(2.0F)}));
  EXPECT_EQ(values<Float16>(run_single("Shrink", 9, {half})), (std::vector{Float16(-1.0F), Float16(2.0F)}));
  const Tensor brain = tensor<BFloat16>({1}, {BFloat16(4.0F)});
  EXPECT_EQ(values<BFloat16>(run_single("Sqrt", 13, {brain})), (std::vector{BFloat16(2.0F)}));
  const Tensor wide = tensor<double>({2}, {-1.0, 1.0});
  EXPECT_EQ(values<double>(run_single("Exp", 13, {wide})), (std::vector{std::exp(-1.0), std::exp(1.0)}));
  EXPECT_EQ(values<double>(run_single("Sin", 7, {wide})), (std::vector{std::sin(-1.0), std::sin(1.0)}));
}

TEST(Activation, HasIntegersWhereTheOperatorDoes) {
  constexpr int8_t lowest = -128;
  const Tensor x = tensor<int8_t>({3}, {lowest, -3, 5});
  EXPECT_EQ(values<int8_t>(run_single("Abs", 13, {x})), (std::vector<int8_t>{lowest, 3, 5}));
  EXPECT_EQ(values<int8_t>(run_single("Neg", 13, {x})), (std::vector<int8_t>{lowest, 3, -5}));
  EXPECT_EQ(values<int8_t>(run_single("Sign", 13, {x})), (std::vector<int8_t>{-1, -1, 1}));
  EXPECT_EQ(values<int8_t>(run_single("Relu", 14, {x})), (std::vector<int8_t>{0, 0, 5}));
  EXPECT_EQ(values<int8_t>(run_single("BitwiseNot", 18, {x})), (std::vector<int8_t>{127, 2, -6}));
  const auto refused = run_node("Exp", 13, {x});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(), "node 'node' (Exp): elements of type int8");
}

TEST(Activation, RoundsHalvesToEven) {
  const Tensor x = tensor<float>({6}, {-2.5F, -1.5F, -0.5F, 0.5F, 1.5F, 2.5F});
  expect_near(run_single("Round", 11, {x}), {-2, -2, 0, 0, 2, 2});
  expect_near(run_single("Floor", 13, {x}), {-3, -2, -1, 0, 1, 2});
  expect_near(run_single("Ceil", 13, {x}), {-2, -1, 0, 1, 2, 3});
}

TEST(Activation, TellsNanFromInfinity) {
  const Tensor x = tensor<float>({4}, {NAN, INFINITY, -INFINITY, 1});
  EXPECT_EQ(values<bool>(run_single("IsNaN", 13, {x})), (std::vector<bool>{true, false, false, false}));
  EXPECT_EQ(values<bool>(run_single("IsInf", 20, {x})), (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(values<bool>(run_single("IsInf", 20, {x}, {{"detect_negative", int64_t{0}}})),
            (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(values<bool>(run_single("Not", 1, {tensor<bool>({2}, {true, false})})), (std::vector<bool>{false, true}));
}

TEST(Activation, TakesNothingAndScalars) {
  EXPECT_EQ(run_single("Sigmoid", 13, {tensor<float>({2, 0}, {})}).shape(), (Shape{2, 0}));
  expect_near(run_single("Tanh", 13, {tensor<float>({}, {0.5F})}), {std::tanh(0.5)});
}

}  // namespace
}  // namespace wedge::testing
