#include "support/samples.h"

namespace wedge::testing {
namespace {

Attribute axes(const std::vector<int64_t>& list) { return {"axes", list}; }

TEST(Squeeze, RemovesListedOrAllDimensionsOfOne) {
  const Tensor data = counting({1, 3, 1, 2});
  EXPECT_EQ(run_single("Squeeze", 13, {data}).shape(), (Shape{3, 2}));
  EXPECT_EQ(run_single("Squeeze", 13, {data, list({-2})}).shape(), (Shape{1, 3, 2}));
  EXPECT_EQ(run_single("Squeeze", 11, {data}, {axes({0, 2})}).shape(), (Shape{3, 2}));
  EXPECT_EQ(values<float>(run_single("Squeeze", 13, {data})), values<float>(data));
}

TEST(Squeeze, RefusesOtherDimensions) {
  const Tensor data = counting({1, 3});
  EXPECT_FALSE(run_node("Squeeze", 13, {data, list({1})}));
  EXPECT_FALSE(run_node("Squeeze", 13, {data, list({2})}));
  EXPECT_FALSE(run_node("Squeeze", 13, {data, list({0, -2})}));
}

TEST(Unsqueeze, InsertsDimensionsOfOne) {
  const Tensor data = counting({3, 2});
  EXPECT_EQ(run_single("Unsqueeze", 13, {data, list({3, 0})}).shape(), (Shape{1, 3, 2, 1}));
  EXPECT_EQ(run_single("Unsqueeze", 11, {data}, {axes({-1})}).shape(), (Shape{3, 2, 1}));
  EXPECT_EQ(run_single("Unsqueeze", 13, {counting({}), list({0})}).shape(), (Shape{1}));
}

TEST(Unsqueeze, RefusesWrongAxes) {
  const Tensor data = counting({3, 2});
  EXPECT_FALSE(run_node("Unsqueeze", 13, {data, list({3})}));
  EXPECT_FALSE(run_node("Unsqueeze", 13, {data, list({0, 0})}));
  EXPECT_FALSE(run_node("Unsqueeze", 13, {data, list(std::vector<int64_t>(20, 0))}));
  EXPECT_FALSE(run_node("Unsqueeze", 13, {data}));
}

TEST(Flatten, MakesAMatrix) {
  const Tensor data = counting({2, 3, 4});
  const auto flattened = [&](int64_t axis) { return run_single("Flatten", 13, {data}, {{"axis", axis}}).shape(); };
  EXPECT_EQ(run_single("Flatten", 13, {data}).shape(), (Shape{2, 12}));
  EXPECT_EQ(flattened(0), (Shape{1, 24}));
  EXPECT_EQ(flattened(3), (Shape{24, 1}));
  EXPECT_EQ(flattened(-1), (Shape{6, 4}));
  EXPECT_FALSE(run_node("Flatten", 13, {data}, {{"axis", int64_t{4}}}));
  EXPECT_EQ(run_single("Flatten", 13, {counting({})}, {{"axis", int64_t{0}}}).shape(), (Shape{1, 1}));
}

}  // namespace
}  // namespace wedge::testing
