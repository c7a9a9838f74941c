#include <algorithm>

#include "support/run_prepared.h"
#include "support/samples.h"

namespace wedge::testing {
namespace {

using Ints = std::vector<int64_t>;

template <Element T>
Tensor small(const Shape& shape) {
  std::vector<T> elements(static_cast<size_t>(shape.numel()));
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(static_cast<int>(i * 7 % 11) - 4);
  return tensor<T>(shape, elements);
}

std::vector<double> widened(const Tensor& tensor) {
  const auto floats = values<float>(tensor);
  return {floats.begin(), floats.end()};
}

TEST(Conv, SlidesAWindow) {
  const Tensor image = counting({1, 1, 3, 3});
  const Tensor ones = tensor<float>({1, 1, 2, 2}, {1, 1, 1, 1});
  const Tensor bias = tensor<float>({1}, {100});
  EXPECT_EQ(values<float>(run_single("Conv", 11, {image, ones, bias})), (std::vector<float>{108, 112, 120, 124}));
  EXPECT_EQ(values<float>(run_single("Conv", 11, {image, ones}, {{"auto_pad", "SAME_UPPER"}})),
            (std::vector<float>{8, 12, 7, 20, 24, 13, 13, 15, 8}));
  EXPECT_EQ(values<float>(run_single("Conv", 11, {image, ones}, {{"auto_pad", "SAME_LOWER"}, {"strides", Ints{2, 2}}})),
            (std::vector<float>{0, 3, 9, 24}));
  EXPECT_EQ(
      values<float>(run_single("Conv", 11, {image, ones}, {{"dilations", Ints{2, 2}}, {"pads", Ints{0, 0, 0, 1}}})),
      (std::vector<float>{16, 8}));
}

// One node over random shapes, f32 by the fast kernels against f64 by the plain loop.
void check_against_doubles(const std::string& op) {
  EXPECT_TRUE(rc::check([&op] {
    const auto rank = *rc::gen::inRange<size_t>(1, 4);
    const auto groups = *rc::gen::inRange<int64_t>(1, 4);
    const int64_t channels = groups * *rc::gen::inRange<int64_t>(1, 4);
    const auto outputs = *rc::gen::inRange<int64_t>(1, 4);  // per group
    Shape input = {*rc::gen::inRange<int64_t>(1, 3), channels};
    Shape weights = op == "Conv" ? Shape{outputs * groups, channels / groups} : Shape{channels, outputs};
    std::vector<Attribute> attributes = {{"group", groups}};
    Ints strides, dilations, pads;
    for (size_t i = 0; i < rank; ++i) {
      (void)(input.push_back(*rc::gen::inRange<int64_t>(5, 9)) && weights.push_back(*rc::gen::inRange<int64_t>(1, 4)));
      strides.push_back(*rc::gen::inRange<int64_t>(1, 4));
      dilations.push_back(*rc::gen::inRange<int64_t>(1, 3));
    }
    attributes.push_back({"strides", strides});
    attributes.push_back({"dilations", dilations});
    if (*rc::gen::arbitrary<bool>()) {
      attributes.push_back({"auto_pad", *rc::gen::element<std::string>("SAME_UPPER", "SAME_LOWER", "VALID")});
    } else {
      attributes.push_back({"pads", *rc::gen::container<Ints>(2 * rank, rc::gen::inRange<int64_t>(0, 2))});
    }
    const Shape bias = {outputs * groups};
    const auto expected =
        run_node(op, 11, {small<double>(input), small<double>(weights), small<double>(bias)}, attributes);
    const std::vector<Tensor> inputs = {small<float>(input), small<float>(weights), small<float>(bias)};
    const auto out = run_node(op, 11, inputs, attributes);
    RC_ASSERT(expected.has_value() == out.has_value());
    if (!out || out->front().numel() == 0) return;
    RC_ASSERT(out->front().shape() == expected->front().shape());
    RC_ASSERT(widened(out->front()) == values<double>(expected->front()));
    const Tensor packed = run_with_weights(make_node(op, 11, inputs, attributes), inputs, {1}, 2);
    RC_ASSERT(values<float>(packed) == values<float>(out->front()));
  }));
}

TEST(Conv, AgreesWithThePlainLoop) { check_against_doubles("Conv"); }
TEST(ConvTranspose, AgreesWithThePlainLoop) { check_against_doubles("ConvTranspose"); }

TEST(Conv, TakesEmptyBatches) {
  EXPECT_EQ(run_single("Conv", 11, {counting({0, 1, 3, 3}), counting({2, 1, 2, 2})}).shape(), (Shape{0, 2, 2, 2}));
}

TEST(Conv, RefusesWhatDoesNotFit) {
  const Tensor image = counting({1, 4, 5, 5});
  const Tensor weights = counting({4, 2, 3, 3});
  const auto refused = [&](std::vector<Attribute> attributes) {
    return !run_node("Conv", 11, {image, weights}, std::move(attributes));
  };
  EXPECT_FALSE(refused({{"group", int64_t{2}}}));
  const Attribute two = {"group", int64_t{2}};
  constexpr int64_t large = int64_t{1} << 62;
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{"group", int64_t{0}}}));
  EXPECT_TRUE(refused({{"group", int64_t{3}}}));
  EXPECT_TRUE(refused({{"group", large}}));
  EXPECT_TRUE(refused({two, {"kernel_shape", Ints{3, 2}}}));
  EXPECT_TRUE(refused({two, {"kernel_shape", Ints{3}}}));
  EXPECT_TRUE(refused({two, {"strides", Ints{0, 1}}}));
  EXPECT_TRUE(refused({two, {"strides", Ints{1}}}));
  EXPECT_TRUE(refused({two, {"dilations", Ints{1, -1}}}));
  EXPECT_TRUE(refused({two, {"dilations", Ints{1, 1 << 30}}}));
  EXPECT_TRUE(refused({two, {"dilations", Ints{1, large}}}));
  EXPECT_TRUE(refused({two, {"pads", Ints{0, 0, 0, -1}}}));
  EXPECT_TRUE(refused({two, {"pads", Ints{0, 0}}}));
  EXPECT_TRUE(refused({two, {"pads", Ints{0, 0, 0, large}}}));
  EXPECT_TRUE(refused({two, {"auto_pad", "SAME"}}));
  EXPECT_FALSE(run_node("Conv", 11, {image, counting({4, 4, 3, 3}), counting({3})}));
  EXPECT_FALSE(run_node("Conv", 11, {image, counting({4, 4, 6, 6})}));
  EXPECT_FALSE(run_node("Conv", 11, {image, counting({4, 4, 3})}));
}

TEST(ConvTranspose, ScattersAWindow) {
  const Tensor image = tensor<float>({1, 1, 1, 2}, {1, 2});
  const Tensor weights = tensor<float>({1, 1, 1, 3}, {1, 10, 100});
  const auto run = [&](std::vector<Attribute> attributes) {
    return values<float>(run_single("ConvTranspose", 11, {image, weights}, std::move(attributes)));
  };
  EXPECT_EQ(run({}), (std::vector<float>{1, 12, 120, 200}));
  EXPECT_EQ(run({{"strides", Ints{1, 2}}}), (std::vector<float>{1, 10, 102, 20, 200}));
  EXPECT_EQ(run({{"strides", Ints{1, 2}}, {"output_padding", Ints{0, 1}}}),
            (std::vector<float>{1, 10, 102, 20, 200, 0}));
  EXPECT_EQ(run({{"strides", Ints{1, 2}}, {"output_shape", Ints{1, 4}}}), (std::vector<float>{10, 102, 20, 200}));
  EXPECT_EQ(run({{"strides", Ints{1, 2}}, {"output_shape", Ints{1, 4}}, {"auto_pad", "SAME_UPPER"}}),
            (std::vector<float>{1, 10, 102, 20}));
  EXPECT_EQ(run({{"pads", Ints{0, 1, 0, 1}}}), (std::vector<float>{12, 120}));
}

TEST(ConvTranspose, RefusesWhatDoesNotFit) {
  const Tensor image = counting({1, 2, 3, 3});
  const Tensor weights = counting({2, 1, 2, 2});
  EXPECT_FALSE(run_node("ConvTranspose", 11, {image, weights}, {{"pads", Ints{3, 0, 3, 0}}}));
  EXPECT_FALSE(run_node("ConvTranspose", 11, {image, weights}, {{"output_padding", Ints{-1, 0}}}));
  EXPECT_FALSE(run_node("ConvTranspose", 11, {image, weights}, {{"output_shape", Ints{1}}}));
  EXPECT_FALSE(run_node("ConvTranspose", 11, {image, counting({3, 1, 2, 2})}));
  EXPECT_FALSE(run_node("ConvTranspose", 11, {image, weights, counting({2})}));
}

}  // namespace
}  // namespace wedge::testing
