// What the operators on 8-bit numbers refuse; their results are held against ONNX Runtime's in tests/contrib.
#include "support/run_node.h"

namespace wedge::testing {
namespace {

TEST(QLinear, RefusesWhatDoesNotFit) {
  const Tensor x = tensor<uint8_t>({2, 2}, {1, 2, 3, 4});
  const Tensor signed_x = tensor<int8_t>({2, 2}, {1, 2, 3, 4});
  const Tensor scale = tensor<float>({}, {0.5F});
  const Tensor zero = tensor<uint8_t>({}, {1});
  const auto add = [&](const Tensor& b, const Tensor& b_scale) {
    return run_contrib("QLinearAdd", {x, scale, zero, b, b_scale, zero, scale, zero});
  };
  EXPECT_TRUE(add(x, scale));
  EXPECT_FALSE(add(signed_x, scale));
  EXPECT_FALSE(add(x, tensor<float>({2}, {0.5F, 1})));
  EXPECT_FALSE(add(tensor<uint8_t>({3}, {1, 2, 3}), scale));
  EXPECT_FALSE(run_contrib("QLinearAdd", {x, scale, zero, x, Tensor(), zero, scale, zero}));
  EXPECT_FALSE(run_contrib("QLinearConcat", {scale, zero, x, scale}));
  EXPECT_FALSE(run_contrib("QLinearConcat", {scale, zero, x, scale, zero}));
  EXPECT_FALSE(run_contrib("QLinearSoftmax", {x, scale, zero, scale, zero}));
  EXPECT_FALSE(run_contrib("QLinearGlobalAveragePool", {x, scale, zero, scale, zero}));
}

TEST(QLinear, NothingStaysNothing) {
  const Tensor none = tensor<uint8_t>({0, 2}, {});
  const Tensor scale = tensor<float>({}, {0.5F});
  const auto sum = run_contrib("QLinearMul", {none, scale, Tensor(), none, scale, Tensor(), scale, Tensor()});
  ASSERT_TRUE(sum) << sum.error().to_string();
  EXPECT_EQ((Shape{0, 2}), sum->front().shape());
}

}  // namespace
}  // namespace wedge::testing
