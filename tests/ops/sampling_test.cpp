#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(GridSample, SurvivesPlacesThatAreNone) {
  const Tensor image = counting({1, 1, 4});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor grid = tensor<float>({1, 5, 1}, {nan, infinity, -infinity, 1e30F, 0.0F});
  const auto sample = [&](const std::string& mode, const std::string& padding) {
    return values<float>(run_single("GridSample", 20, {image, grid}, {{"mode", mode}, {"padding_mode", padding}}));
  };
  EXPECT_EQ(sample("linear", "zeros"), (std::vector<float>{0, 0, 0, 0, 1.5}));
  EXPECT_EQ(sample("nearest", "border"), (std::vector<float>{0, 3, 0, 3, 2}));
  for (const float x : sample("cubic", "reflection")) EXPECT_TRUE(x >= -1 && x <= 4) << x;
}

TEST(GridSample, RefusesWhatDoesNotFit) {
  const Tensor image = counting({1, 1, 2, 2});
  EXPECT_FALSE(run_node("GridSample", 20, {image, counting({1, 1, 1, 3})}));
  EXPECT_FALSE(run_node("GridSample", 20, {image, counting({2, 1, 1, 2})}));
  EXPECT_FALSE(run_node("GridSample", 20, {image, counting({1, 1, 1, 2})}, {{"mode", std::string("other")}}));
  EXPECT_FALSE(run_node("GridSample", 20, {counting({1, 1, 0, 2}), counting({1, 1, 1, 2})}));
}

TEST(AffineGrid, NamesTheMiddleOfEveryElement) {
  const Tensor identity = tensor<double>({1, 2, 3}, {1, 0, 0, 0, 1, 0});
  EXPECT_EQ(values<double>(run_single("AffineGrid", 20, {identity, list({1, 1, 1, 2})})),
            (std::vector<double>{-0.5, 0, 0.5, 0}));
  EXPECT_EQ(
      values<double>(run_single("AffineGrid", 20, {identity, list({1, 1, 1, 2})}, {{"align_corners", int64_t{1}}})),
      (std::vector<double>{-1, 0, 1, 0}));
  EXPECT_FALSE(run_node("AffineGrid", 20, {identity, list({1, 1, 2})}));
  EXPECT_FALSE(run_node("AffineGrid", 20, {identity, list({1, 1, 2, 2, 2})}));
  EXPECT_FALSE(run_node("AffineGrid", 20, {identity, list({1, 1, -2, 2})}));
}

TEST(NonMaxSuppression, PicksNoneWithoutACountAndIgnoresScoresThatAreNone) {
  const Tensor boxes = tensor<float>({1, 3, 4}, {0, 0, 1, 1, 1, 1, 0, 0, 2, 2, 3, 3});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor scores = tensor<float>({1, 1, 3}, {0.5F, 0.5F, nan});
  const auto none = run_single("NonMaxSuppression", 11, {boxes, scores});
  EXPECT_EQ(none.shape(), (Shape{0, 3}));
  const auto one = run_single("NonMaxSuppression", 11, {boxes, scores, list({5})});
  EXPECT_EQ(values<int64_t>(one), (std::vector<int64_t>{0, 0, 0}));
  EXPECT_FALSE(run_node("NonMaxSuppression", 11, {boxes, scores, list({5}), tensor<float>({}, {nan})}));
  EXPECT_FALSE(run_node("NonMaxSuppression", 11, {boxes, counting({1, 1, 4}), list({5})}));
  EXPECT_FALSE(run_node("NonMaxSuppression", 11, {counting({1, 3, 3}), scores, list({5})}));
}

TEST(Col2Im, AddsBlocksThatOverlap) {
  const Tensor columns = tensor<int32_t>({1, 2, 3}, {1, 2, 3, 10, 20, 30});
  EXPECT_EQ(values<int32_t>(run_single("Col2Im", 18, {columns, list({4}), list({2})})),
            (std::vector<int32_t>{1, 12, 23, 30}));
  EXPECT_FALSE(run_node("Col2Im", 18, {columns, list({5}), list({2})}));
  EXPECT_FALSE(run_node("Col2Im", 18, {columns, list({5}), list({3})}));
  EXPECT_FALSE(run_node("Col2Im", 18, {columns, list({4}), list({0})}));
  EXPECT_FALSE(run_node("Col2Im", 18, {columns, list({4, 4}), list({2})}));
  EXPECT_FALSE(run_node("Col2Im", 18, {columns, list({INT64_MAX}), list({2})}));
}

}  // namespace
}  // namespace wedge::testing
