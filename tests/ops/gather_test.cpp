#include <gtest/gtest.h>

#include "support/run_node.h"

namespace wedge::testing {
namespace {

TEST(Gather, PicksRows) {
  const Tensor data = tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor indices = tensor<int64_t>({2, 2}, {0, 2, -1, 1});
  const Tensor out = run_single("Gather", 13, {data, indices});
  EXPECT_EQ(out.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(values<float>(out), (std::vector<float>{1, 2, 5, 6, 5, 6, 3, 4}));
}

TEST(Gather, PicksAlongAnInnerAxisOfAnyWidth) {
  const Tensor indices = tensor<int32_t>({2}, {2, 0});
  const Tensor bytes =
      run_single("Gather", 13, {tensor<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6}), indices}, {{"axis", int64_t{1}}});
  EXPECT_EQ(values<uint8_t>(bytes), (std::vector<uint8_t>{3, 1, 6, 4}));
  const Tensor strings = run_single(
      "Gather", 13, {Tensor::from<std::string_view>({"a", "bc", "def"}, {3}).value(), indices}, {{"axis", int64_t{0}}});
  EXPECT_EQ(values<std::string_view>(strings), (std::vector<std::string_view>{"def", "a"}));
}

TEST(Gather, RefusesAnIndexOutsideTheAxis) {
  const auto result = run_node("Gather", 13, {tensor<float>({2}, {1, 2}), tensor<int64_t>({1}, {2})});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::out_of_range);
  EXPECT_EQ(result.error().to_string(), "node 'node' (Gather): index 2 is outside a dimension of 2");
}

TEST(Gather, RefusesAWrongAxisAndAWrongIndexType) {
  const Tensor data = tensor<float>({2}, {1, 2});
  EXPECT_FALSE(run_node("Gather", 13, {data, tensor<int64_t>({1}, {0})}, {{"axis", int64_t{1}}}));
  EXPECT_FALSE(run_node("Gather", 13, {data, tensor<float>({1}, {0})}));
  EXPECT_FALSE(run_node("Gather", 13, {data}));
}

}  // namespace
}  // namespace wedge::testing
