#include <cmath>
#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Constant, TakesEveryFormOfValue) {
  EXPECT_EQ(values<float>(run_single("Constant", 13, {}, {{"value_float", 2.5F}})), (std::vector<float>{2.5F}));
  EXPECT_EQ(values<int64_t>(run_single("Constant", 13, {}, {{"value_int", int64_t{7}}})), (std::vector<int64_t>{7}));
  EXPECT_EQ(values<int64_t>(run_single("Constant", 13, {}, {{"value_ints", std::vector<int64_t>{1, 2}}})),
            (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(values<float>(run_single("Constant", 13, {}, {{"value_floats", std::vector<float>{1, 2}}})),
            (std::vector<float>{1, 2}));
  const Tensor word = run_single("Constant", 13, {}, {{"value_string", std::string("abc")}});
  EXPECT_EQ(word.shape(), Shape{});
  EXPECT_EQ(values<std::string_view>(word), (std::vector<std::string_view>{"abc"}));
  EXPECT_EQ(values<float>(run_single("Constant", 1, {}, {{"value", counting({3})}})), (std::vector<float>{0, 1, 2}));
  EXPECT_FALSE(run_node("Constant", 13, {}, {{"value_int", int64_t{7}}, {"value_float", 2.5F}}));
  const auto nothing = run_node("Constant", 13, {});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().to_string(), "node 'node' (Constant): the value is missing");
}

TEST(ConstantOfShape, RepeatsOneElement) {
  EXPECT_EQ(values<float>(run_single("ConstantOfShape", 9, {list({2, 1})})), (std::vector<float>{0, 0}));
  const Tensor ones = run_single("ConstantOfShape", 9, {list({3})}, {{"value", tensor<int8_t>({1}, {4})}});
  EXPECT_EQ(values<int8_t>(ones), (std::vector<int8_t>{4, 4, 4}));
  EXPECT_EQ(run_single("ConstantOfShape", 9, {list({})}).shape(), Shape{});
  EXPECT_EQ(run_single("ConstantOfShape", 9, {list({2, 0})}).numel(), 0);
  EXPECT_FALSE(run_node("ConstantOfShape", 9, {list({-1})}));
  EXPECT_FALSE(run_node("ConstantOfShape", 9, {list({2})}, {{"value", counting({2})}}));
}

TEST(Range, CountsUpAndDown) {
  const auto whole = [](int64_t start, int64_t limit, int64_t delta) {
    return values<int64_t>(run_single(
        "Range", 11, {tensor<int64_t>({}, {start}), tensor<int64_t>({}, {limit}), tensor<int64_t>({}, {delta})}));
  };
  EXPECT_EQ(whole(1, 6, 2), (std::vector<int64_t>{1, 3, 5}));
  EXPECT_EQ(whole(5, 0, -2), (std::vector<int64_t>{5, 3, 1}));
  EXPECT_EQ(whole(0, -3, 1), std::vector<int64_t>{});
  const auto real = [](float start, float limit, float delta) {
    return run_node("Range", 11, {tensor<float>({}, {start}), tensor<float>({}, {limit}), tensor<float>({}, {delta})});
  };
  EXPECT_EQ(values<float>(real(0, 1, 0.25F)->front()), (std::vector<float>{0, 0.25F, 0.5F, 0.75F}));
  EXPECT_FALSE(real(0, 1, 0));
  EXPECT_FALSE(real(0, NAN, 1));
  EXPECT_FALSE(real(0, INFINITY, 1));
  EXPECT_FALSE(real(0, 1e30F, 1e-30F));
}

TEST(Range, CountsExactlyWhereDoubleDoesNot) {
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  const Tensor out = run_single(
      "Range", 11, {tensor<int64_t>({}, {highest - 3}), tensor<int64_t>({}, {highest}), tensor<int64_t>({}, {1})});
  EXPECT_EQ(values<int64_t>(out), (std::vector<int64_t>{highest - 3, highest - 2, highest - 1}));
}

TEST(Identity, PassesThrough) {
  EXPECT_EQ(values<float>(run_single("Identity", 14, {counting({2})})), (std::vector<float>{0, 1}));
  const auto dropped = run_node("Dropout", 13, {counting({2}), tensor<float>({}, {0.5F})}, {}, 2);
  ASSERT_TRUE(dropped) << dropped.error().to_string();
  EXPECT_EQ(values<float>((*dropped)[0]), (std::vector<float>{0, 1}));
  EXPECT_EQ(values<bool>((*dropped)[1]), (std::vector<bool>{true, true}));
}

}  // namespace
}  // namespace wedge::testing
