#include "ops/conv_chain.h"

#include "support/run_node.h"

namespace wedge::testing {
namespace {

Tensor ones(const Shape& shape) {
  Tensor result = Tensor::zeros(DType::f32, shape).value();
  for (float& element : result.mutable_view<float>().value()) element = 1;
  return result;
}

Result<std::vector<Tensor>> run_chain(std::vector<Attribute> attributes, const std::vector<Tensor>& inputs) {
  return evaluate(make_node("ConvChain", 1, inputs, std::move(attributes), 1, "wedge"), inputs);
}

TEST(ConvChain, RefusesWhatIsNoChain) {
  const Tensor image = ones({1, 4, 4, 2});
  const Tensor expand = ones({3, 2, 1, 1});
  const Tensor bias = ones({3});
  const auto expect_refusal = [](int64_t length, const std::vector<Tensor>& inputs) {
    const auto result = run_chain({{.name = "length", .value = length}}, inputs);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::invalid_model) << result.error().to_string();
  };
  EXPECT_TRUE(run_chain({{.name = "length", .value = int64_t{1}}}, {image, expand, bias}));
  EXPECT_FALSE(run_chain({}, {image, expand, bias}));
  expect_refusal(-1, {image, expand, bias});
  expect_refusal(9, {image, expand, bias});
  expect_refusal(2, {image, expand, bias});
  // Weights of as many channels as the image has not, and a bias too short.
  expect_refusal(2, {image, expand, bias, expand, bias});
  expect_refusal(1, {image, expand, ones({2})});
}

// Pads make an image between that no memory holds, and strides one that does not exist.
TEST(ConvChain, RefusesImagesBetweenOfNoOrOfAnySize) {
  const Tensor image = ones({1, 4, 4, 2});
  const auto run_with_pads = [&](int64_t pad) {
    const Tensor weights = ones({2, 2, 1, 1});
    return run_chain({{.name = "length", .value = int64_t{2}},
                      {.name = "0.pads", .value = std::vector<int64_t>{pad, pad, pad, pad}},
                      {.name = "1.strides", .value = std::vector<int64_t>{1 << 30, 1 << 30}}},
                     {image, weights, ones({2}), weights, ones({2})});
  };
  const auto small = run_with_pads(3);
  EXPECT_TRUE(small) << small.error().to_string();
  const auto large = run_with_pads(1 << 30);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::out_of_range) << large.error().to_string();
  const Tensor wide = ones({2, 2, 5, 5});
  EXPECT_FALSE(
      run_chain({{.name = "length", .value = int64_t{2}}}, {image, wide, ones({2}), ones({2, 2, 1, 1}), ones({2})}));
}

}  // namespace
}  // namespace wedge::testing
