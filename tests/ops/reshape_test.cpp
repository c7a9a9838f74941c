#include <gtest/gtest.h>

#include "support/run_node.h"

namespace wedge::testing {
namespace {

Tensor target(const std::vector<int64_t>& dims) { return tensor<int64_t>({static_cast<int64_t>(dims.size())}, dims); }

TEST(Reshape, CopiesAndInfersDimensions) {
  const Tensor data = tensor<int32_t>({2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  EXPECT_EQ(run_single("Reshape", 13, {data, target({0, -1})}).shape(), (Shape{2, 6}));
  EXPECT_EQ(run_single("Reshape", 13, {data, target({12})}).shape(), (Shape{12}));
  EXPECT_EQ(values<int32_t>(run_single("Reshape", 13, {data, target({-1, 4})})), values<int32_t>(data));
}

TEST(Reshape, KeepsZeroDimensionsWhenTold) {
  const Tensor data = tensor<float>({0, 3}, {});
  EXPECT_EQ(run_single("Reshape", 14, {data, target({3, 0})}, {{"allowzero", int64_t{1}}}).shape(), (Shape{3, 0}));
}

TEST(Reshape, RefusesWhatDoesNotFit) {
  const Tensor data = tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_FALSE(run_node("Reshape", 13, {data, target({4})}));
  EXPECT_FALSE(run_node("Reshape", 13, {data, target({-1, -1})}));
  EXPECT_FALSE(run_node("Reshape", 13, {data, target({-1, 4})}));
  EXPECT_FALSE(run_node("Reshape", 13, {data, target({-2, 3})}));
  EXPECT_FALSE(run_node("Reshape", 13, {data, target({2, 3, 0})}));
}

TEST(Shape, ReadsARangeOfDimensions) {
  const Tensor data = Tensor::zeros(DType::f32, {2, 3, 4}).value();
  EXPECT_EQ(values<int64_t>(run_single("Shape", 13, {data})), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(values<int64_t>(run_single("Shape", 15, {data}, {{"start", int64_t{-2}}, {"end", int64_t{9}}})),
            (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(values<int64_t>(run_single("Size", 13, {data})), (std::vector<int64_t>{24}));
}

}  // namespace
}  // namespace wedge::testing
