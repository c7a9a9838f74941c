#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

Attribute mode(const char* name) { return {"mode", std::string(name)}; }

std::vector<int32_t> padded(const Tensor& data, const std::vector<int64_t>& pads, const char* name) {
  return values<int32_t>(run_single("Pad", 19, {data, list(pads)}, {mode(name)}));
}

TEST(Pad, FillsWithAConstant) {
  const Tensor data = tensor<int32_t>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(padded(data, {1, 0, 0, 2}, "constant"), (std::vector<int32_t>{0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0}));
  const Tensor out = run_single("Pad", 18, {data, list({1, 1}), tensor<int32_t>({}, {9}), tensor<int32_t>({1}, {-1})});
  EXPECT_EQ(out.shape(), (Shape{2, 4}));
  EXPECT_EQ(values<int32_t>(out), (std::vector<int32_t>{9, 1, 2, 9, 9, 3, 4, 9}));
  const Tensor old = run_single("Pad", 2, {tensor<float>({1}, {5})},
                                {{"pads", std::vector<int64_t>{1, 1}}, {"value", 1.5F}, mode("constant")});
  EXPECT_EQ(values<float>(old), (std::vector<float>{1.5F, 5, 1.5F}));
  const Tensor words = Tensor::from<std::string_view>({"a"}, {1}).value();
  EXPECT_EQ(values<std::string_view>(run_single("Pad", 13, {words, list({0, 1})})),
            (std::vector<std::string_view>{"a", ""}));
}

TEST(Pad, RepeatsWhatIsThere) {
  const Tensor data = tensor<int32_t>({3}, {1, 2, 3});
  EXPECT_EQ(padded(data, {2, 1}, "edge"), (std::vector<int32_t>{1, 1, 1, 2, 3, 3}));
  EXPECT_EQ(padded(data, {2, 1}, "reflect"), (std::vector<int32_t>{3, 2, 1, 2, 3, 2}));
  EXPECT_EQ(padded(data, {5, 0}, "reflect"), (std::vector<int32_t>{2, 1, 2, 3, 2, 1, 2, 3}));
  EXPECT_EQ(padded(data, {4, 2}, "wrap"), (std::vector<int32_t>{3, 1, 2, 3, 1, 2, 3, 1, 2}));
  EXPECT_EQ(padded(tensor<int32_t>({1}, {7}), {2, 2}, "reflect"), (std::vector<int32_t>{7, 7, 7, 7, 7}));
  EXPECT_EQ(padded(tensor<int32_t>({2, 2}, {1, 2, 3, 4}), {1, 0, 0, 1}, "edge"),
            (std::vector<int32_t>{1, 2, 2, 1, 2, 2, 3, 4, 4}));
}

TEST(Pad, CutsOffWhereItIsNegative) {
  const Tensor data = tensor<int32_t>({4}, {1, 2, 3, 4});
  EXPECT_EQ(padded(data, {-1, -2}, "constant"), (std::vector<int32_t>{2}));
  EXPECT_EQ(padded(data, {-1, 2}, "edge"), (std::vector<int32_t>{2, 3, 4, 4, 4}));
  EXPECT_EQ(padded(data, {2, -2}, "wrap"), (std::vector<int32_t>{1, 2, 1, 2}));
  EXPECT_EQ(padded(data, {-4, 1}, "constant"), (std::vector<int32_t>{0}));
  EXPECT_EQ(padded(tensor<int32_t>({0, 2}, {}), {1, 0, 0, 0}, "constant"), (std::vector<int32_t>{0, 0}));
}

TEST(Pad, RefusesPadsThatDoNotFit) {
  const Tensor data = counting({4});
  constexpr int64_t large = std::numeric_limits<int64_t>::max();
  EXPECT_FALSE(run_node("Pad", 13, {data, list({1})}));
  EXPECT_FALSE(run_node("Pad", 13, {data, list({-3, -2})}));
  EXPECT_FALSE(run_node("Pad", 13, {data, list({large, large})}));
  EXPECT_FALSE(run_node("Pad", 13, {data, list({-large, large})}));
  EXPECT_FALSE(run_node("Pad", 13, {data, list({0, large})}));
  EXPECT_FALSE(run_node("Pad", 13, {data, list({0, 1})}, {mode("mirror")}));
  EXPECT_FALSE(run_node("Pad", 13, {counting({0}), list({0, 1})}, {mode("edge")}));
  EXPECT_FALSE(run_node("Pad", 13, {data, list({0, 1}), counting<int32_t>({})}));
}

TEST(CenterCropPad, CutsAndAddsTheLargerHalfAtTheEnd) {
  const Tensor x = tensor<int8_t>({2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_EQ(values<int8_t>(run_single("CenterCropPad", 18, {x, list({3, 2})})),
            (std::vector<int8_t>{2, 3, 7, 8, 0, 0}));
  EXPECT_EQ(run_single("CenterCropPad", 18, {x, list({0})}, {{"axes", std::vector<int64_t>{-1}}}).shape(),
            (Shape{2, 0}));
  EXPECT_FALSE(run_node("CenterCropPad", 18, {x, list({3})}));
  EXPECT_FALSE(run_node("CenterCropPad", 18, {x, list({3, -1})}));
}

}  // namespace
}  // namespace wedge::testing
