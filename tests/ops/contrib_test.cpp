// What the operators of com.microsoft refuse; their results are held against ONNX Runtime's in tests/contrib.
#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Contrib, ActivationsRefuseABiasThatDoesNotFit) {
  EXPECT_TRUE(run_contrib("BiasGelu", {counting({2, 3}), counting({3})}));
  EXPECT_FALSE(run_contrib("BiasGelu", {counting({2, 3}), counting({2})}));
  EXPECT_FALSE(run_contrib("BiasGelu", {counting({}), counting({1})}));
  EXPECT_FALSE(run_contrib("BiasGelu", {counting({2, 3}), counting({1, 3})}));
  EXPECT_FALSE(run_contrib("FastGelu", {counting({2, 3}), tensor<double>({3}, {0, 0, 0})}));
  EXPECT_FALSE(run_contrib("Gelu", {tensor<int32_t>({1}, {0})}));
  EXPECT_EQ(run_contrib("BiasGelu", {counting({0, 3}), counting({3})})->front().numel(), 0);
}

TEST(Contrib, SkipsMustFitTheInput) {
  const Tensor x = counting({2, 3, 4});
  const Tensor scale = counting({4});
  EXPECT_TRUE(run_contrib("SkipLayerNormalization", {x, counting({1, 3, 4}), scale}));
  EXPECT_TRUE(run_contrib("SkipLayerNormalization", {x, counting({3, 4}), scale}));
  EXPECT_FALSE(run_contrib("SkipLayerNormalization", {x, counting({2, 4}), scale}));
  EXPECT_FALSE(run_contrib("SkipLayerNormalization", {x, counting({2, 3, 5}), scale}));
  EXPECT_FALSE(run_contrib("SkipLayerNormalization", {x, x, counting({3})}));
  EXPECT_FALSE(run_contrib("SkipSimplifiedLayerNormalization", {x, x, scale, counting({5})}));
  EXPECT_FALSE(run_contrib("SkipLayerNormalization", {counting({4}), counting({4}), scale}));
}

}  // namespace
}  // namespace wedge::testing
