#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

Result<std::vector<Tensor>> align(const Tensor& regions, int64_t image, std::vector<Attribute> attributes = {}) {
  return run_node("RoiAlign", 16, {counting({1, 1, 4, 4}), regions, tensor<int64_t>({1}, {image})}, attributes);
}

TEST(RoiAlign, AveragesTheRegion) {
  const auto pooled = align(tensor<float>({1, 4}, {0, 0, 2, 2}), 0, {{"sampling_ratio", int64_t{2}}});
  ASSERT_TRUE(pooled) << pooled.error().to_string();
  EXPECT_EQ(values<float>(pooled->front()), (std::vector<float>{2.5F}));
}

TEST(RoiAlign, RefusesRegionsOutsideOfReason) {
  EXPECT_FALSE(align(tensor<float>({1, 4}, {0, 0, 2, 2}), 1));
  EXPECT_FALSE(align(tensor<float>({1, 4}, {0, 0, 2, 2}), -1));
  EXPECT_FALSE(align(tensor<float>({1, 4}, {0, 0, 1e30F, 2}), 0));
  EXPECT_FALSE(align(tensor<float>({1, 4}, {0, NAN, 2, 2}), 0));
  EXPECT_TRUE(align(tensor<float>({1, 4}, {-1e30F, 0, -1e30F, 2}), 0));
  EXPECT_FALSE(align(counting({1, 3}), 0));
  EXPECT_FALSE(align(counting({1, 4}), 0, {{"output_height", int64_t{0}}}));
  EXPECT_FALSE(align(counting({1, 4}), 0, {{"mode", std::string("median")}}));
}

TEST(MaxRoiPool, RefusesRegionsOutsideOfReason) {
  const auto pool = [](std::vector<float> region, std::vector<Attribute> attributes) {
    return run_node(
        "MaxRoiPool", 22,
        {counting<double>({1, 1, 4, 4}), tensor<double>({1, 5}, std::vector<double>(region.begin(), region.end()))},
        std::move(attributes));
  };
  const std::vector<Attribute> grid = {{"pooled_shape", std::vector<int64_t>{1, 2}}};
  const auto pooled = pool({0, 1, 1, 2, 3}, grid);
  ASSERT_TRUE(pooled) << pooled.error().to_string();
  EXPECT_EQ(values<double>(pooled->front()), (std::vector<double>{13, 14}));
  EXPECT_TRUE(pool({0, -1e6F, 1, 1e6F, 1}, grid));
  EXPECT_FALSE(pool({1, 1, 1, 2, 3}, grid));
  EXPECT_FALSE(pool({-1, 1, 1, 2, 3}, grid));
  EXPECT_FALSE(pool({NAN, 1, 1, 2, 3}, grid));
  EXPECT_FALSE(pool({0, NAN, 1, 2, 3}, grid));
  EXPECT_FALSE(pool({0, 1, 1, 1e30F, 3}, grid));
  EXPECT_FALSE(pool({0, 1, 1, 2, 3}, {}));
  EXPECT_FALSE(pool({0, 1, 1, 2, 3}, {{"pooled_shape", std::vector<int64_t>{0, 1}}}));
}

TEST(DeformConv, WithoutOffsetsIsAConvolution) {
  const Tensor x = counting({1, 4, 5, 5});
  const Tensor w = counting({2, 2, 3, 3});
  const std::vector<Attribute> attributes = {
      {"group", int64_t{2}}, {"strides", std::vector<int64_t>{2, 1}}, {"pads", std::vector<int64_t>{1, 0, 1, 2}}};
  const Tensor plain = run_single("Conv", 11, {x, w}, attributes);
  std::vector<Attribute> two_groups = attributes;
  two_groups.push_back({"offset_group", int64_t{2}});
  const Tensor offsets = Tensor::zeros(DType::f32, {1, 36, plain.shape()[2], plain.shape()[3]}).value();
  EXPECT_EQ(values<float>(run_single("DeformConv", 19, {x, w, offsets}, two_groups)), values<float>(plain));
  EXPECT_FALSE(run_node("DeformConv", 19, {x, w, offsets}, attributes));
  two_groups.back().value = int64_t{3};
  EXPECT_FALSE(run_node("DeformConv", 19, {x, w, offsets}, two_groups));
}

TEST(DeformConv, OffsetsFarOutsideSeeZeros) {
  const Tensor offsets = tensor<float>({1, 2, 1, 1}, {1e30F, NAN});
  EXPECT_EQ(values<float>(run_single("DeformConv", 19, {counting({1, 1, 1, 1}), counting({1, 1, 1, 1}), offsets})),
            (std::vector<float>{0}));
}

TEST(MaxUnpool, UndoesMaxPool) {
  const std::vector<Attribute> window = {{"kernel_shape", std::vector<int64_t>{2}},
                                         {"strides", std::vector<int64_t>{2}}};
  const Tensor x = tensor<float>({1, 1, 6}, {1, 5, 7, 2, 3, 4});
  const auto pooled = run_node("MaxPool", 11, {x}, window, 2);
  ASSERT_TRUE(pooled) << pooled.error().to_string();
  EXPECT_EQ(values<float>(run_single("MaxUnpool", 11, *pooled, window)), (std::vector<float>{0, 5, 7, 0, 0, 4}));
  EXPECT_FALSE(run_node("MaxUnpool", 11, {pooled->front(), tensor<int64_t>({1, 1, 3}, {0, 1, 6})}, window));
  EXPECT_FALSE(run_node("MaxUnpool", 11, {pooled->front(), tensor<int64_t>({1, 1, 3}, {-1, 1, 2})}, window));
  EXPECT_FALSE(run_node("MaxUnpool", 11, {pooled->front(), tensor<int64_t>({1, 3}, {0, 1, 2})}, window));
  EXPECT_FALSE(run_node("MaxUnpool", 11, {pooled->front(), pooled->at(1), list({1, 1, 5})}, window));
}

TEST(BatchNormalization, OldVersionsMayHaveStatisticsPerElement) {
  const auto run = [](int64_t version, const Tensor& statistics) {
    return run_node("BatchNormalization", version,
                    {counting({2, 2, 1}), statistics, statistics, statistics, statistics}, {{"spatial", int64_t{0}}});
  };
  EXPECT_TRUE(run(8, counting({2, 1})));
  EXPECT_FALSE(run(8, counting({2})));
  EXPECT_FALSE(run(8, counting({2, 2})));
  EXPECT_TRUE(run(9, counting({2})));
}

TEST(BatchNormalization, TrainingTakesTheStatisticsOfTheBatch) {
  const Tensor x = tensor<float>({2, 1, 2}, {1, 2, 3, 6});
  const auto out = run_node(
      "BatchNormalization", 15,
      {x, tensor<float>({1}, {2}), tensor<float>({1}, {1}), tensor<float>({1}, {10}), tensor<float>({1}, {20})},
      {{"training_mode", int64_t{1}}, {"epsilon", 0.0F}, {"momentum", 0.5F}}, 3);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<float>((*out)[1]), (std::vector<float>{6.5F}));
  EXPECT_EQ(values<float>((*out)[2]), (std::vector<float>{11.75F}));
  EXPECT_NEAR(values<float>((*out)[0])[1], 1 - 2 / std::sqrt(3.5), 1e-6);
}

}  // namespace
}  // namespace wedge::testing
