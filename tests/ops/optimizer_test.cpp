#include "support/samples.h"

namespace wedge::testing {
namespace {

Result<std::vector<Tensor>> step(const std::string& name, const std::vector<Tensor>& inputs, size_t outputs) {
  return evaluate(make_node(name, 1, inputs, {}, outputs, "ai.onnx.preview.training"), inputs);
}

TEST(Optimizer, AdagradDividesByTheRootOfTheSum) {
  const auto out = step("Adagrad",
                        {tensor<float>({}, {0.5F}), tensor<int64_t>({}, {0}), tensor<float>({1}, {1}),
                         tensor<float>({1}, {3}), tensor<float>({1}, {16})},
                        2);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_NEAR(values<float>((*out)[0])[0], 1 - 0.5 * 3 / 5, 1e-6);
  EXPECT_EQ(values<float>((*out)[1])[0], 25);
}

TEST(Optimizer, RefusesTensorsThatDoNotFit) {
  const Tensor rate = tensor<float>({}, {0.5F});
  const Tensor steps = tensor<int64_t>({}, {0});
  const Tensor x = counting({2});
  EXPECT_FALSE(step("Adagrad", {rate, steps, x, x}, 2));
  EXPECT_FALSE(step("Adagrad", {rate, steps, x, counting({3}), x}, 2));
  EXPECT_FALSE(step("Adagrad", {x, steps, x, x, x}, 2));
  EXPECT_FALSE(step("Adagrad", {rate, steps, x, Tensor(), x}, 2));
  EXPECT_FALSE(step("Adam", {rate, steps, x, x, x}, 2));
}

}  // namespace
}  // namespace wedge::testing
