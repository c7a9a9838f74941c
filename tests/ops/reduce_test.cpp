#include <cmath>
#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

// Sums by going over all elements and adding each to the output it belongs to.
std::vector<float> reference_sum(const Tensor& x, const std::vector<bool>& reduced) {
  const auto elements = values<float>(x);
  Shape kept = x.shape();
  for (size_t axis = 0; axis < kept.rank(); ++axis) {
    if (reduced[axis]) kept[axis] = 1;
  }
  std::vector<float> sums(static_cast<size_t>(kept.numel()), 0.0F);
  for (size_t i = 0; i < elements.size(); ++i) {
    size_t rest = i;
    size_t at = 0;
    size_t stride = 1;
    for (size_t axis = kept.rank(); axis-- > 0;) {
      const size_t index = rest % static_cast<size_t>(x.shape()[axis]);
      rest /= static_cast<size_t>(x.shape()[axis]);
      if (!reduced[axis]) at += index * stride;
      stride *= static_cast<size_t>(kept[axis]);
    }
    sums[at] += elements[i];
  }
  return sums;
}

TEST(Reduce, MeansOfIntegersDoNotOverflow) {
  const Tensor large = tensor<int32_t>({3}, {2000000000, 2000000000, -1000000000});
  EXPECT_EQ(values<int32_t>(run_single("ReduceMean", 18, {large})), (std::vector<int32_t>{1000000000}));
  EXPECT_EQ(values<int32_t>(run_single("ReduceSum", 13, {tensor<int32_t>({2}, {INT32_MAX, 2})})),
            (std::vector<int32_t>{INT32_MIN + 1}));
  EXPECT_EQ(run_single("ReduceLogSum", 18, {tensor<uint32_t>({1}, {0})}).numel(), 1);
}

TEST(Reduce, SumsOverAnyAxes) {
  EXPECT_TRUE(rc::check([] {
    const Tensor x = counting(any_shape(1, 5));
    std::vector<bool> reduced(x.rank());
    std::vector<int64_t> axes;
    for (size_t axis = 0; axis < x.rank(); ++axis) {
      reduced[axis] = *rc::gen::arbitrary<bool>();
      const auto number = static_cast<int64_t>(axis);
      if (reduced[axis]) axes.push_back(*rc::gen::arbitrary<bool>() ? number : number - static_cast<int64_t>(x.rank()));
    }
    const bool keep = *rc::gen::arbitrary<bool>();
    const Tensor out = run_single("ReduceSum", 13, {x, list(axes)},
                                  {{"keepdims", static_cast<int64_t>(keep)}, {"noop_with_empty_axes", int64_t{1}}});
    RC_ASSERT(out.rank() == (keep ? x.rank() : x.rank() - axes.size()));
    RC_ASSERT(values<float>(out) == reference_sum(x, reduced));
  }));
}

TEST(Reduce, ComputesEachFunction) {
  const Tensor x = tensor<float>({2, 2}, {1, -2, 3, 4});
  const auto reduce = [&](const std::string& op) {
    return values<float>(run_single(op, 11, {x}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}}));
  };
  EXPECT_EQ(reduce("ReduceMean"), (std::vector<float>{-0.5F, 3.5F}));
  EXPECT_EQ(reduce("ReduceMax"), (std::vector<float>{1, 4}));
  EXPECT_EQ(reduce("ReduceMin"), (std::vector<float>{-2, 3}));
  EXPECT_EQ(reduce("ReduceProd"), (std::vector<float>{-2, 12}));
  EXPECT_EQ(reduce("ReduceL1"), (std::vector<float>{3, 7}));
  EXPECT_EQ(reduce("ReduceSumSquare"), (std::vector<float>{5, 25}));
  EXPECT_EQ(reduce("ReduceL2"), (std::vector<float>{std::sqrt(5.0F), 5}));
  EXPECT_NEAR(reduce("ReduceLogSum")[1], std::log(7.0), 1e-6);
  EXPECT_NEAR(reduce("ReduceLogSumExp")[0], std::log(std::exp(1.0) + std::exp(-2.0)), 1e-6);
}

TEST(Reduce, SurvivesLargeAndInfiniteExponents) {
  const auto log_sum = [](const std::vector<float>& x) {
    return values<float>(run_single("ReduceLogSumExp", 13, {tensor<float>({static_cast<int64_t>(x.size())}, x)}))[0];
  };
  EXPECT_NEAR(log_sum({1000, 1000}), 1000 + std::log(2.0), 1e-3);
  EXPECT_EQ(log_sum({INFINITY, INFINITY, 1}), INFINITY);
  EXPECT_EQ(log_sum({-INFINITY, -INFINITY}), -INFINITY);
  EXPECT_TRUE(std::isnan(log_sum({1, NAN})));
}

TEST(Reduce, GivesTheNeutralElementForNothing) {
  const Tensor nothing = tensor<float>({2, 0}, {});
  EXPECT_EQ(values<float>(run_single("ReduceSum", 13, {nothing, list({1})})), (std::vector<float>{0, 0}));
  EXPECT_EQ(values<float>(run_single("ReduceProd", 18, {nothing, list({1})})), (std::vector<float>{1, 1}));
  EXPECT_EQ(values<float>(run_single("ReduceMax", 18, {nothing, list({1})})),
            (std::vector<float>{-INFINITY, -INFINITY}));
  EXPECT_EQ(run_single("ReduceSum", 13, {nothing, list({0})}).shape(), (Shape{1, 0}));
  const Tensor no_integers = tensor<int32_t>({0}, {});
  EXPECT_EQ(values<int32_t>(run_single("ReduceMin", 18, {no_integers})),
            std::vector{std::numeric_limits<int32_t>::max()});
  EXPECT_EQ(values<int32_t>(run_single("ReduceMean", 18, {no_integers})), std::vector{0});
}

TEST(Reduce, TakesOtherTypes) {
  EXPECT_EQ(values<int8_t>(run_single("ReduceSum", 13, {tensor<int8_t>({2}, {127, 1})})), (std::vector<int8_t>{-128}));
  EXPECT_EQ(values<bool>(run_single("ReduceMax", 20, {tensor<bool>({2}, {false, true})})), (std::vector<bool>{true}));
  const Tensor halves = tensor<Float16>({2}, {Float16(1.5F), Float16(2.5F)});
  EXPECT_EQ(values<Float16>(run_single("ReduceMean", 18, {halves})), (std::vector{Float16(2.0F)}));
  EXPECT_EQ(values<float>(run_single("ReduceSum", 13, {tensor<float>({}, {3})})), (std::vector<float>{3}));
}

TEST(Reduce, RefusesAxesThatAreNotThere) {
  const auto outside = run_node("ReduceSum", 13, {counting({2, 3}), list({2})});
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().to_string(), "node 'node' (ReduceSum): axis 2 is outside a tensor of rank 2");
  EXPECT_FALSE(run_node("ReduceSum", 13, {counting({2, 3}), list({0, -2})}));
}

TEST(ArgMax, FindsTheFirstOrTheLast) {
  const Tensor x = tensor<float>({2, 3}, {1, 3, 3, 5, 4, 5});
  const std::vector<Attribute> rows = {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}};
  EXPECT_EQ(values<int64_t>(run_single("ArgMax", 13, {x}, rows)), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(values<int64_t>(run_single("ArgMin", 13, {x})), (std::vector<int64_t>{0, 0, 0}));
  EXPECT_EQ(run_single("ArgMin", 13, {x}).shape(), (Shape{1, 3}));
  const std::vector<Attribute> last = {{"axis", int64_t{-1}}, {"select_last_index", int64_t{1}}};
  EXPECT_EQ(values<int64_t>(run_single("ArgMax", 13, {x}, last)), (std::vector<int64_t>{2, 2}));
  const Tensor lost = tensor<float>({4}, {1, NAN, 7, NAN});
  EXPECT_EQ(values<int64_t>(run_single("ArgMax", 13, {lost})), (std::vector<int64_t>{1}));
  EXPECT_EQ(values<int64_t>(run_single("ArgMin", 13, {lost}, {{"select_last_index", int64_t{1}}})),
            (std::vector<int64_t>{3}));
  EXPECT_EQ(values<int64_t>(run_single("ArgMin", 13, {tensor<uint8_t>({3}, {9, 2, 4})})), (std::vector<int64_t>{1}));
}

TEST(ArgMax, RefusesAnEmptyAxis) {
  const auto nothing = run_node("ArgMax", 13, {tensor<float>({0, 2}, {})});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().to_string(), "node 'node' (ArgMax): axis 0 of [0, 2] is empty and has no extreme element");
  EXPECT_EQ(run_single("ArgMax", 13, {tensor<float>({0, 2}, {})}, {{"axis", int64_t{1}}}).shape(), (Shape{0, 1}));
}

}  // namespace
}  // namespace wedge::testing
