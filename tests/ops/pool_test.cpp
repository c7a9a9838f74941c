#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

using Ints = std::vector<int64_t>;

const Attribute two_by_two = {"kernel_shape", Ints{2, 2}};

TEST(MaxPool, PicksTheLargestAndItsPlace) {
  const Tensor data = tensor<float>({1, 1, 3, 3}, {1, 9, 2, 3, 4, 8, 7, 6, 5});
  const auto both = run_node("MaxPool", 12, {data}, {two_by_two}, 2).value();
  EXPECT_EQ(values<float>(both[0]), (std::vector<float>{9, 9, 7, 8}));
  EXPECT_EQ(values<int64_t>(both[1]), (std::vector<int64_t>{1, 1, 6, 5}));
  const auto columns = run_node("MaxPool", 12, {data}, {two_by_two, {"storage_order", int64_t{1}}}, 2).value();
  EXPECT_EQ(values<int64_t>(columns[1]), (std::vector<int64_t>{3, 3, 2, 7}));
}

TEST(MaxPool, TakesStridesDilationsAndCeiling) {
  const Tensor data = counting<uint8_t>({1, 1, 5});
  const auto pooled = [&](std::vector<Attribute> attributes) {
    attributes.push_back({"kernel_shape", Ints{2}});
    return values<uint8_t>(run_single("MaxPool", 12, {data}, attributes));
  };
  EXPECT_EQ(pooled({{"strides", Ints{2}}}), (std::vector<uint8_t>{1, 3}));
  EXPECT_EQ(pooled({{"strides", Ints{2}}, {"ceil_mode", int64_t{1}}}), (std::vector<uint8_t>{1, 3, 4}));
  EXPECT_EQ(pooled({{"strides", Ints{2}}, {"auto_pad", "SAME_LOWER"}}), (std::vector<uint8_t>{0, 2, 4}));
  EXPECT_EQ(pooled({{"dilations", Ints{3}}}), (std::vector<uint8_t>{3, 4}));
  EXPECT_EQ(pooled({{"pads", Ints{1, 1}}}), (std::vector<uint8_t>{0, 1, 2, 3, 4, 4}));
  // The third window would begin in the pad behind the input.
  EXPECT_EQ(pooled({{"strides", Ints{5}}, {"pads", Ints{0, 1}}, {"ceil_mode", int64_t{1}}}), (std::vector<uint8_t>{1}));
}

TEST(MaxPool, PoolsThreeAxesOfManyPlanes) {
  const Tensor data = counting<double>({2, 3, 2, 2, 2});
  const Tensor out = run_single("MaxPool", 12, {data}, {{"kernel_shape", Ints{2, 2, 2}}});
  EXPECT_EQ(out.shape(), (Shape{2, 3, 1, 1, 1}));
  EXPECT_EQ(values<double>(out), (std::vector<double>{7, 15, 23, 31, 39, 47}));
  EXPECT_EQ(run_single("MaxPool", 12, {counting({0, 1, 2, 2})}, {two_by_two}).shape(), (Shape{0, 1, 1, 1}));
}

// f32 by the fast kernels against f64 by the plain loop.
void check_against_doubles(const std::string& op, size_t output_count) {
  EXPECT_TRUE(rc::check([&] {
    const auto rank = *rc::gen::inRange<size_t>(1, 3);
    Shape shape = {2, *rc::gen::inRange<int64_t>(1, 4)};
    Ints kernel, strides, dilations;
    for (size_t i = 0; i < rank; ++i) {
      (void)shape.push_back(*rc::gen::inRange<int64_t>(3, 12));
      kernel.push_back(*rc::gen::inRange<int64_t>(1, 4));
      strides.push_back(*rc::gen::inRange<int64_t>(1, 4));
      dilations.push_back(*rc::gen::inRange<int64_t>(1, 3));
    }
    std::vector<Attribute> attributes = {{"kernel_shape", kernel}, {"strides", strides}, {"dilations", dilations}};
    if (*rc::gen::arbitrary<bool>()) attributes.push_back({"ceil_mode", int64_t{1}});
    if (op == "AveragePool" && *rc::gen::arbitrary<bool>()) attributes.push_back({"count_include_pad", int64_t{1}});
    if (*rc::gen::arbitrary<bool>()) {
      attributes.push_back({"auto_pad", *rc::gen::element<std::string>("SAME_UPPER", "SAME_LOWER", "VALID")});
    } else {
      attributes.push_back({"pads", *rc::gen::container<Ints>(2 * rank, rc::gen::inRange<int64_t>(0, 4))});
    }
    std::vector<float> elements(static_cast<size_t>(shape.numel()));
    for (size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<float>(i * 37 % 101) - 60;
    const auto out = run_node(op, 19, {tensor<float>(shape, elements)}, attributes, output_count);
    const auto expected =
        run_node(op, 19, {tensor<double>(shape, {elements.begin(), elements.end()})}, attributes, output_count);
    RC_ASSERT(out.has_value() == expected.has_value());
    if (!out) return;
    const auto narrow = values<float>(out->front());
    const auto wide = values<double>(expected->front());
    RC_ASSERT(narrow.size() == wide.size());
    for (size_t i = 0; i < narrow.size(); ++i) RC_ASSERT(narrow[i] == wide[i] || std::abs(narrow[i] - wide[i]) < 1e-4);
    if (output_count == 2) RC_ASSERT(values<int64_t>((*out)[1]) == values<int64_t>((*expected)[1]));
  }));
}

TEST(MaxPool, AgreesWithThePlainLoop) {
  check_against_doubles("MaxPool", 1);
  check_against_doubles("MaxPool", 2);
}
TEST(AveragePool, AgreesWithThePlainLoop) { check_against_doubles("AveragePool", 1); }

TEST(MaxPool, TakesWindowsLargerThanMemory) {
  const Ints huge = {INT32_MAX, INT32_MAX};
  const std::vector<Attribute> attributes = {
      {"kernel_shape", huge}, {"pads", Ints{1 << 30, 1 << 30, 1 << 30, 1 << 30}}, {"strides", huge}};
  EXPECT_EQ(values<float>(run_single("MaxPool", 12, {counting({1, 1, 2, 2})}, attributes)), (std::vector<float>{3}));
}

TEST(MaxPool, RefusesHostileWindows) {
  const Tensor data = counting({1, 1, 4});
  const auto refused = [&](const char* name, const Ints& list) {
    std::vector<Attribute> attributes = {{name, list}};
    if (std::string(name) != "kernel_shape") attributes.push_back({"kernel_shape", Ints{2}});
    return !run_node("MaxPool", 12, {data}, attributes) && !run_node("AveragePool", 19, {data}, attributes);
  };
  EXPECT_TRUE(refused("kernel_shape", {0}));
  EXPECT_TRUE(refused("kernel_shape", {-1}));
  EXPECT_TRUE(refused("kernel_shape", {5}));
  EXPECT_TRUE(refused("kernel_shape", {2, 2}));
  EXPECT_TRUE(refused("kernel_shape", {int64_t{1} << 62}));
  EXPECT_TRUE(refused("strides", {0}));
  EXPECT_TRUE(refused("dilations", {0}));
  EXPECT_TRUE(refused("pads", {-1, 0}));
  EXPECT_FALSE(run_node("MaxPool", 12, {data}));
  EXPECT_FALSE(run_node("MaxPool", 12, {counting({1, 4})}, {{"kernel_shape", Ints{}}}));
}

TEST(AveragePool, CountsPadsWhenTold) {
  const Tensor data = tensor<float>({1, 1, 4}, {4, 8, 12, 16});
  const auto pooled = [&](std::vector<Attribute> attributes) {
    attributes.push_back({"kernel_shape", Ints{2}});
    return values<float>(run_single("AveragePool", 19, {data}, attributes));
  };
  const Attribute count_pads = {"count_include_pad", int64_t{1}};
  EXPECT_EQ(pooled({}), (std::vector<float>{6, 10, 14}));
  EXPECT_EQ(pooled({{"pads", Ints{1, 0}}}), (std::vector<float>{4, 6, 10, 14}));
  EXPECT_EQ(pooled({{"pads", Ints{1, 0}}, count_pads}), (std::vector<float>{2, 6, 10, 14}));
  EXPECT_EQ(pooled({{"auto_pad", "SAME_UPPER"}, count_pads}), (std::vector<float>{6, 10, 14, 8}));
  // What ceil_mode adds behind the pads counts in neither case.
  EXPECT_EQ(pooled({{"strides", Ints{3}}, {"ceil_mode", int64_t{1}}, count_pads}), (std::vector<float>{6, 16}));
  EXPECT_EQ(pooled({{"dilations", Ints{3}}}), (std::vector<float>{10}));
}

TEST(GlobalPool, ReducesEachChannel) {
  const Tensor data = counting({1, 2, 3, 7});
  EXPECT_EQ(values<float>(run_single("GlobalAveragePool", 1, {data})), (std::vector<float>{10, 31}));
  const Tensor largest = run_single("GlobalMaxPool", 1, {data});
  EXPECT_EQ(largest.shape(), (Shape{1, 2, 1, 1}));
  EXPECT_EQ(values<float>(largest), (std::vector<float>{20, 41}));
  EXPECT_FALSE(run_node("GlobalMaxPool", 1, {counting({1, 2, 0})}));
}

TEST(LpPool, TakesTheNormOfWhatItSees) {
  const Tensor x = tensor<double>({1, 1, 4}, {3, -4, 1, -2});
  const std::vector<int64_t> two = {2};
  EXPECT_EQ(values<double>(run_single("LpPool", 18, {x}, {{"kernel_shape", two}, {"strides", two}}))[0], 5);
  EXPECT_EQ(values<double>(run_single("LpPool", 18, {x}, {{"kernel_shape", two}, {"p", int64_t{1}}})),
            (std::vector<double>{7, 5, 3}));
  EXPECT_EQ(values<double>(run_single("GlobalLpPool", 2, {x}, {{"p", int64_t{1}}})), std::vector<double>{10});
  EXPECT_FALSE(run_node("LpPool", 18, {x}, {{"kernel_shape", two}, {"p", int64_t{0}}}));
}

}  // namespace
}  // namespace wedge::testing
