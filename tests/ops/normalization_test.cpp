#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-5) << "element " << i;
}

// Rows of `columns` brought to mean 0 (if asked) and unit scale.
std::vector<double> normalized(const std::vector<float>& x, size_t columns, bool subtracts_mean) {
  std::vector<double> out(x.size());
  for (size_t row = 0; row < x.size(); row += columns) {
    double mean = 0;
    double squares = 0;
    for (size_t i = row; subtracts_mean && i < row + columns; ++i) mean += x[i] / static_cast<double>(columns);
    for (size_t i = row; i < row + columns; ++i) squares += (x[i] - mean) * (x[i] - mean);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(columns) + 1e-5);
    for (size_t i = row; i < row + columns; ++i) out[i] = (x[i] - mean) * scale;
  }
  return out;
}

TEST(LayerNormalization, NormalizesFromAnAxisOn) {
  const Tensor x = counting({2, 3, 4});
  const Tensor scale = tensor<float>({4}, {1, 2, 3, 4});
  const Tensor bias = tensor<float>({4}, {0, 1, 0, -1});
  const auto result = run_node("LayerNormalization", 17, {x, scale, bias}, {}, 3);
  ASSERT_TRUE(result) << result.error().to_string();
  auto expected = normalized(values<float>(x), 4, true);
  for (size_t i = 0; i < expected.size(); ++i) {
    expected[i] = expected[i] * static_cast<double>(i % 4 + 1) + (i % 4 == 1 ? 1 : i % 4 == 3 ? -1 : 0);
  }
  expect_near(values<float>((*result)[0]), expected);
  EXPECT_EQ((*result)[1].shape(), (Shape{2, 3, 1}));
  expect_near(values<float>((*result)[1]), {1.5, 5.5, 9.5, 13.5, 17.5, 21.5});
  EXPECT_NEAR(values<float>((*result)[2])[0], 1 / std::sqrt(1.25 + 1e-5), 1e-6);
}

TEST(LayerNormalization, BroadcastsTheScaleAndTakesEveryFloat) {
  const Tensor x = counting({2, 3, 2});
  // A scale for part of the normalised axes only.
  const Tensor scale = tensor<float>({3, 1}, {1, 2, 3});
  auto expected = normalized(values<float>(x), 6, true);
  for (size_t i = 0; i < expected.size(); ++i) expected[i] *= static_cast<double>(i / 2 % 3 + 1);
  expect_near(values<float>(run_single("LayerNormalization", 17, {x, scale}, {{"axis", int64_t{1}}})), expected);

  const Tensor half = run_single("Cast", 13, {x}, {{"to", int64_t{10}}});
  const Tensor one = tensor<Float16>({1}, {Float16(1.0F)});
  const auto halves = values<Float16>(run_single("LayerNormalization", 17, {half, one}, {{"axis", int64_t{-2}}}));
  const auto reference = normalized(values<float>(x), 6, true);
  for (size_t i = 0; i < halves.size(); ++i) EXPECT_NEAR(static_cast<float>(halves[i]), reference[i], 1e-3);
}

TEST(LayerNormalization, RefusesAScaleThatDoesNotFit) {
  const auto wide = run_node("LayerNormalization", 17, {counting({2, 3}), counting({2, 2, 3})});
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().to_string(),
            "node 'node' (LayerNormalization): a scale or bias of shape [2, 2, 3] does not broadcast to [2, 3]");
  EXPECT_FALSE(run_node("LayerNormalization", 17, {counting({2, 3}), counting({3})}, {{"stash_type", int64_t{16}}}));
  EXPECT_FALSE(run_node("LayerNormalization", 17, {counting({2, 3}), counting({3})}, {{"axis", int64_t{2}}}));
}

TEST(RMSNormalization, KeepsTheMean) {
  const Tensor x = counting({3, 5});
  expect_near(values<float>(run_single("RMSNormalization", 23, {x, tensor<float>({5}, {1, 1, 1, 1, 1})})),
              normalized(values<float>(x), 5, false));
  const Tensor wide = run_single("Cast", 13, {x}, {{"to", int64_t{11}}});
  const auto doubles = values<double>(run_single("RMSNormalization", 23, {wide, tensor<double>({}, {2})}));
  const auto expected = normalized(values<float>(x), 5, false);
  for (size_t i = 0; i < doubles.size(); ++i) EXPECT_NEAR(doubles[i], 2 * expected[i], 1e-6);
}

TEST(InstanceNormalization, NormalizesEachPlane) {
  const Tensor x = counting({2, 3, 2, 3});
  const Tensor scale = tensor<float>({3}, {1, 2, 3});
  const Tensor bias = tensor<float>({3}, {0, 5, -5});
  auto expected = normalized(values<float>(x), 6, true);
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t channel = i / 6 % 3;
    expected[i] = expected[i] * static_cast<double>(channel + 1) + (channel == 1 ? 5 : channel == 2 ? -5 : 0);
  }
  expect_near(values<float>(run_single("InstanceNormalization", 6, {x, scale, bias})), expected);
  const auto refused = run_node("InstanceNormalization", 6, {x, scale, counting({2})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(),
            "node 'node' (InstanceNormalization): input 2 must have one element per channel of [2, 3, 2, 3], got [2]");
  EXPECT_EQ(run_single("InstanceNormalization", 6, {tensor<float>({2, 3, 0}, {}), scale, bias}).numel(), 0);
}

TEST(BatchNormalization, ScalesEachChannel) {
  const Tensor x = tensor<float>({1, 2, 2}, {1, 2, 3, 4});
  const Tensor one = tensor<float>({2}, {1, 2});
  const Tensor zero = tensor<float>({2}, {0, 1});
  const Tensor mean = tensor<float>({2}, {1, 3});
  const Tensor variance = tensor<float>({2}, {1, 4});
  expect_near(values<float>(run_single("BatchNormalization", 15, {x, one, zero, mean, variance}, {{"epsilon", 0.0F}})),
              {0, 1, 1, 2});
  const auto old_training = run_node("BatchNormalization", 9, {x, one, zero, mean, variance}, {}, 5);
  ASSERT_FALSE(old_training);
  EXPECT_EQ(old_training.error().code(), ErrorCode::unsupported);
}

TEST(Softmax, SumsToOneAlongAnAxis) {
  EXPECT_TRUE(rc::check([] {
    const Shape shape = any_shape(1, 4);
    const Tensor x = counting(shape);
    const auto axis = *rc::gen::inRange<size_t>(0, shape.rank());
    const std::vector<Attribute> attributes = {{"axis", static_cast<int64_t>(axis)}};
    const Tensor soft = run_single("Softmax", 13, {x}, attributes);
    const auto logs = values<float>(run_single("LogSoftmax", 13, {x}, attributes));
    const Tensor sums = run_single("ReduceSum", 13, {soft, list({static_cast<int64_t>(axis)})});
    for (const float sum : values<float>(sums)) RC_ASSERT(std::fabs(sum - 1) < 1e-5F);
    const auto softs = values<float>(soft);
    for (size_t i = 0; i < softs.size(); ++i) RC_ASSERT(std::fabs(std::exp(logs[i]) - softs[i]) < 1e-5F);
  }));
}

TEST(Softmax, FlattensBeforeOpset13) {
  const Tensor x = tensor<float>({1, 2, 2}, {0, 0, 0, 0});
  expect_near(values<float>(run_single("Softmax", 11, {x})), {0.25, 0.25, 0.25, 0.25});
  expect_near(values<float>(run_single("Softmax", 13, {x})), {0.5, 0.5, 0.5, 0.5});
}

TEST(Hardmax, MarksTheFirstLargest) {
  const Tensor x = tensor<float>({2, 3}, {1, 3, 3, 5, 4, 2});
  expect_near(values<float>(run_single("Hardmax", 13, {x})), {0, 1, 0, 1, 0, 0});
  expect_near(values<float>(run_single("Hardmax", 13, {x}, {{"axis", int64_t{0}}})), {0, 0, 1, 1, 1, 0});
  expect_near(values<float>(run_single("Hardmax", 11, {x}, {{"axis", int64_t{0}}})), {0, 0, 0, 1, 0, 0});
}

TEST(GroupNormalization, ScalesByGroupBeforeOpset21AndByChannelSince) {
  const Tensor x = counting({2, 4, 2});
  const Tensor by_group = tensor<float>({2}, {1, 2});
  const Tensor by_channel = tensor<float>({4}, {1, 1, 2, 2});
  const std::vector<Attribute> groups = {{"num_groups", int64_t{2}}};
  auto expected = normalized(values<float>(x), 4, true);
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = (expected[i] + 1) * static_cast<double>(i / 4 % 2 + 1);
  expect_near(values<float>(run_single("GroupNormalization", 18, {x, by_group, by_group}, groups)), expected);
  expect_near(values<float>(run_single("GroupNormalization", 21, {x, by_channel, by_channel}, groups)), expected);
}

TEST(GroupNormalization, RefusesGroupsThatDoNotFit) {
  const Tensor x = counting({1, 4, 2});
  const Tensor scale = counting({4});
  EXPECT_FALSE(run_node("GroupNormalization", 21, {x, scale, scale}, {{"num_groups", int64_t{3}}}));
  EXPECT_FALSE(run_node("GroupNormalization", 21, {x, scale, scale}, {{"num_groups", int64_t{0}}}));
  EXPECT_FALSE(run_node("GroupNormalization", 18, {x, scale, scale}, {{"num_groups", int64_t{2}}}));
}

TEST(LpNormalization, LeavesLinesOfZeros) {
  const Tensor x = tensor<double>({2, 2}, {0, 3, 0, -1});
  EXPECT_EQ(values<double>(run_single("LpNormalization", 1, {x}, {{"axis", int64_t{0}}, {"p", int64_t{1}}})),
            (std::vector<double>{0, 0.75, 0, -0.25}));
  EXPECT_FALSE(run_node("LpNormalization", 1, {x}, {{"p", int64_t{3}}}));
}

TEST(LRN, LooksAtWhatNeighboursThereAre) {
  const Tensor x = tensor<float>({1, 3, 1}, {1, 2, 3});
  const std::vector<Attribute> attributes = {{"size", int64_t{2}}, {"alpha", 2.0F}, {"beta", 1.0F}, {"bias", 0.0F}};
  expect_near(values<float>(run_single("LRN", 13, {x}, attributes)), {1.0 / 5, 2.0 / 13, 3.0 / 9});
  EXPECT_FALSE(run_node("LRN", 13, {x}));
  EXPECT_FALSE(run_node("LRN", 13, {x}, {{"size", int64_t{0}}}));
}

TEST(MeanVarianceNormalization, NormalizesOverAnyAxes) {
  const Tensor x = counting({2, 3, 4});
  auto expected = normalized(values<float>(x), 4, true);
  expect_near(values<float>(run_single("MeanVarianceNormalization", 13, {x}, {{"axes", std::vector<int64_t>{-1}}})),
              expected);
  EXPECT_FALSE(run_node("MeanVarianceNormalization", 13, {x}));
}

}  // namespace
}  // namespace wedge::testing
