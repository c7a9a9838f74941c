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
  EXPECT_FALSE(run_chain({}, {image, expand, bias}));
  EXPECT_FALSE(run_chain({{.name = "length", .value = int64_t{-1}}}, {image, expand, bias}));
  EXPECT_FALSE(run_chain({{.name = "length", .value = int64_t{9}}}, {image, expand, bias}));
  EXPECT_FALSE(run_chain({{.name = "length", .value = int64_t{2}}}, {image, expand, bias}));
  // Weights of as many channels as the image has not.
  EXPECT_FALSE(run_chain({{.name = "length", .value = int64_t{2}}}, {image, expand, bias, expand, bias}));
  EXPECT_FALSE(run_chain({{.name = "length", .value = int64_t{1}}}, {image, expand, ones({2})}));
}

}  // namespace
}  // namespace wedge::testing
