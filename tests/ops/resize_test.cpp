#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

Tensor floats(const std::vector<float>& elements) {
  return tensor<float>({static_cast<int64_t>(elements.size())}, elements);
}

Attribute text_attribute(const char* name, const char* value) { return {name, std::string(value)}; }

std::vector<Attribute> modes(const char* mode, const char* coordinates, const char* nearest = "round_prefer_floor") {
  return {text_attribute("mode", mode), text_attribute("coordinate_transformation_mode", coordinates),
          text_attribute("nearest_mode", nearest)};
}

std::vector<float> by_scales(const Tensor& data, const std::vector<float>& scales, std::vector<Attribute> attributes) {
  return values<float>(run_single("Resize", 19, {data, {}, floats(scales)}, std::move(attributes)));
}
std::vector<float> by_sizes(const Tensor& data, const std::vector<int64_t>& sizes, std::vector<Attribute> attributes) {
  return values<float>(run_single("Resize", 19, {data, {}, {}, list(sizes)}, std::move(attributes)));
}

void expect_close(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-5) << "at " << i;
}

const Tensor square = tensor<float>({1, 1, 2, 2}, {1, 2, 3, 4});

TEST(Resize, RepeatsTheNearest) {
  EXPECT_EQ(by_scales(square, {1, 1, 2, 3}, modes("nearest", "asymmetric", "floor")),
            (std::vector<float>{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4}));
  EXPECT_EQ(values<float>(run_single("Upsample", 9, {square, floats({1, 1, 1, 2})})),
            (std::vector<float>{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(values<float>(run_single("Upsample", 7, {square}, {{"scales", std::vector<float>{1, 1, 2, 1}}})),
            (std::vector<float>{1, 2, 1, 2, 3, 4, 3, 4}));
}

TEST(Resize, KnowsEveryNearestMode) {
  const Tensor data = counting({4});
  // Sources 0.5 and 2.5.
  EXPECT_EQ(by_scales(data, {0.5F}, modes("nearest", "half_pixel")), (std::vector<float>{0, 2}));
  EXPECT_EQ(by_scales(data, {0.5F}, modes("nearest", "half_pixel", "round_prefer_ceil")), (std::vector<float>{1, 3}));
  EXPECT_EQ(by_scales(data, {0.5F}, modes("nearest", "half_pixel", "floor")), (std::vector<float>{0, 2}));
  EXPECT_EQ(by_scales(data, {0.5F}, modes("nearest", "half_pixel", "ceil")), (std::vector<float>{1, 3}));
  EXPECT_EQ(by_sizes(data, {7}, modes("nearest", "align_corners")), (std::vector<float>{0, 0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(by_sizes(data, {2}, modes("nearest", "tf_half_pixel_for_nn", "floor")), (std::vector<float>{1, 3}));
  // Before opset 11: ceil where the axis shrinks.
  EXPECT_EQ(values<float>(run_single("Resize", 10, {data, floats({0.6F})})), (std::vector<float>{0, 2}));
}

TEST(Resize, InterpolatesLinearly) {
  EXPECT_EQ(by_scales(counting({2}), {2}, modes("linear", "half_pixel")), (std::vector<float>{0, 0.25F, 0.75F, 1}));
  EXPECT_EQ(by_scales(counting({2}), {2}, modes("linear", "asymmetric")), (std::vector<float>{0, 0.5F, 1, 1}));
  EXPECT_EQ(by_sizes(counting({3}), {5}, modes("linear", "align_corners")), (std::vector<float>{0, 0.5F, 1, 1.5F, 2}));
  EXPECT_EQ(by_sizes(counting({3}), {1}, modes("linear", "pytorch_half_pixel")), (std::vector<float>{0}));
  expect_close(by_scales(square, {1, 1, 2.3F, 2.94F}, modes("linear", "half_pixel_symmetric")),
               {1,           1.15986395F, 1.5F,        1.84013605F, 2,
                1.56521738F, 1.72508133F, 2.06521738F, 2.40535343F, 2.56521738F,
                2.43478262F, 2.59464657F, 2.93478262F, 3.27491867F, 3.43478262F,
                3,           3.15986395F, 3.5F,        3.84013605F, 4});
}

TEST(Resize, Antialiases) {
  std::vector<float> elements(16);
  std::iota(elements.begin(), elements.end(), 1.0F);
  const Tensor data = tensor<float>({1, 1, 4, 4}, elements);
  auto linear = modes("linear", "half_pixel");
  linear.push_back({"antialias", int64_t{1}});
  expect_close(by_scales(data, {1, 1, 0.6F, 0.6F}, linear), {2.875F, 4.5F, 9.375F, 11});
  auto cubic = modes("cubic", "half_pixel");
  cubic.push_back({"antialias", int64_t{1}});
  expect_close(by_scales(data, {1, 1, 0.6F, 0.6F}, cubic), {2.5180721F, 4.2858863F, 9.589329F, 11.357142F});
}

TEST(Resize, CropsAndExtrapolates) {
  auto attributes = modes("linear", "tf_crop_and_resize");
  attributes.push_back({"extrapolation_value", -1.0F});
  const auto cropped = [&](const char* mode) {
    attributes[0] = text_attribute("mode", mode);
    return values<float>(run_single("Resize", 13, {counting({3}), floats({0.5F, 1.5F}), {}, list({3})}, attributes));
  };
  EXPECT_EQ(cropped("linear"), (std::vector<float>{1, 2, -1}));
  EXPECT_EQ(cropped("nearest"), (std::vector<float>{1, 2, -1}));
}

TEST(Resize, KeepsTheAspectRatioAndOtherAxes) {
  auto attributes = modes("nearest", "half_pixel");
  attributes.push_back({"axes", std::vector<int64_t>{2, 3}});
  attributes.push_back(text_attribute("keep_aspect_ratio_policy", "not_larger"));
  EXPECT_EQ(run_single("Resize", 18, {square, {}, {}, list({7, 8})}, attributes).shape(), (Shape{1, 1, 7, 7}));
  attributes.back() = text_attribute("keep_aspect_ratio_policy", "not_smaller");
  EXPECT_EQ(run_single("Resize", 18, {square, {}, {}, list({7, 8})}, attributes).shape(), (Shape{1, 1, 8, 8}));
}

TEST(Resize, TakesOtherTypes) {
  const Tensor bytes = tensor<uint8_t>({3}, {0, 100, 255});
  EXPECT_EQ(values<uint8_t>(run_single("Resize", 13, {bytes, {}, floats({2})}, modes("linear", "half_pixel"))),
            (std::vector<uint8_t>{0, 25, 75, 138, 216, 255}));
  // A cubic curve overshoots; the result stays within the type.
  const Tensor edge = tensor<uint8_t>({4}, {0, 0, 255, 255});
  for (const uint8_t element :
       values<uint8_t>(run_single("Resize", 13, {edge, {}, floats({2})}, modes("cubic", "half_pixel")))) {
    EXPECT_TRUE(element < 70 || element > 180) << int{element};
  }
  const Tensor wide = tensor<double>({2}, {0, 1});
  EXPECT_EQ(values<double>(run_single("Resize", 13, {wide, {}, {}, list({2})}, modes("linear", "half_pixel"))),
            (std::vector<double>{0, 1}));
  EXPECT_EQ(values<int32_t>(run_single("Resize", 13, {tensor<int32_t>({2}, {0, 8}), {}, floats({2})},
                                       modes("linear", "half_pixel"))),
            (std::vector<int32_t>{0, 2, 6, 8}));
  const Tensor words = Tensor::from<std::string_view>({"a", "b"}, {2}).value();
  EXPECT_EQ(values<std::string_view>(run_single("Resize", 13, {words, {}, floats({2})})),
            (std::vector<std::string_view>{"a", "a", "b", "b"}));
  EXPECT_EQ(run_single("Resize", 13, {counting({0, 2}), {}, floats({2, 2})}).shape(), (Shape{0, 4}));
}

TEST(Resize, LinearAndCubicKeepLines) {
  EXPECT_TRUE(rc::check([] {
    const auto input = *rc::gen::inRange<int64_t>(4, 12);
    const auto output = *rc::gen::inRange<int64_t>(1, 30);
    const char* mode = *rc::gen::element("linear", "cubic");
    auto attributes = modes(mode, "half_pixel");
    attributes.push_back({"cubic_coeff_a", -0.5F});  // the only coefficient whose curve keeps lines straight
    const auto out = by_sizes(counting({input}), {output}, attributes);
    for (int64_t o = 0; o < output; ++o) {
      const double at = (static_cast<double>(o) + 0.5) * static_cast<double>(input) / static_cast<double>(output) - 0.5;
      if (at < 1 || at > static_cast<double>(input) - 2.001) continue;
      RC_ASSERT(std::abs(out[static_cast<size_t>(o)] - at) < 1e-4);
    }
  }));
}

TEST(Resize, RefusesWhatMakesNoSense) {
  const Tensor data = counting({2, 2});
  const auto refused = [&](const std::vector<Tensor>& inputs, std::vector<Attribute> attributes = {}) {
    return !run_node("Resize", 18, inputs, std::move(attributes));
  };
  EXPECT_TRUE(refused({data}));
  EXPECT_TRUE(refused({data, {}, floats({})}));
  EXPECT_TRUE(refused({data, {}, floats({1})}));
  EXPECT_TRUE(refused({data, {}, floats({1, 0})}));
  EXPECT_TRUE(refused({data, {}, floats({1, -1})}));
  EXPECT_TRUE(refused({data, {}, floats({1, std::nanf("")})}));
  EXPECT_TRUE(refused({data, {}, floats({1, 1e30F})}));
  EXPECT_TRUE(refused({data, {}, floats({1e18F, 1e18F})}));
  EXPECT_TRUE(refused({data, {}, {}, list({-1, 1})}));
  EXPECT_TRUE(refused({data, {}, {}, list({1})}));
  EXPECT_TRUE(refused({data, {}, floats({1, 2})}, {text_attribute("mode", "quadratic")}));
  EXPECT_TRUE(refused({data, {}, floats({1, 2})}, {text_attribute("nearest_mode", "near")}));
  EXPECT_TRUE(refused({data, {}, floats({1, 2})}, modes("linear", "tf_crop_and_resize")));
  EXPECT_TRUE(refused({counting({0}), {}, {}, list({2})}));
  EXPECT_TRUE(refused({data, {}, floats({1})}, {{"axes", std::vector<int64_t>{2}}}));
}

}  // namespace
}  // namespace wedge::testing
