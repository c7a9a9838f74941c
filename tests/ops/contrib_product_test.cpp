// Products of com.microsoft: types that ONNX Runtime's CPU kernels do not take, and what is refused. Other results are
// held against ONNX Runtime's in tests/contrib.
#include "support/compare.h"

namespace wedge::testing {
namespace {

const Attribute transposed_a = {"transA", int64_t{1}};
const Attribute relu = {"activation", std::string("Relu")};

TEST(FusedMatMul, TakesOtherTypesAndEmptyOperands) {
  const Tensor a = tensor<double>({2, 1}, {3, 4});
  const Tensor b = tensor<double>({2, 1}, {5, 6});
  const auto product = run_contrib("FusedMatMul", {a, b}, {transposed_a, {"alpha", 0.5F}});
  ASSERT_TRUE(product);
  EXPECT_EQ(values<double>(product->front()), (std::vector<double>{19.5}));
  const auto none = run_contrib("FusedMatMul", {counting({0, 2}), counting({0, 3})}, {transposed_a});
  ASSERT_TRUE(none);
  EXPECT_EQ(values<float>(none->front()), std::vector<float>(6, 0.0F));
}

TEST(FusedMatMul, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(run_contrib("FusedMatMul", {counting({2, 3}), counting({3, 2})}, {transposed_a}));
  EXPECT_FALSE(run_contrib("FusedMatMul", {counting({2, 3}), counting({3, 2})}, {{"transB", int64_t{1}}}));
  EXPECT_FALSE(run_contrib("FusedMatMul", {counting({}), counting({3, 2})}));
  EXPECT_FALSE(run_contrib("FusedMatMul", {counting<int32_t>({1, 1}), counting<int32_t>({1, 1})}));
}

TEST(FusedGemm, TakesHalvesAndNoInnerDimension) {
  const Tensor a = tensor<Float16>({1, 2}, {Float16(1.0F), Float16(-2.0F)});
  const Tensor b = tensor<Float16>({2, 2}, {Float16(1.0F), Float16(2.0F), Float16(3.0F), Float16(0.5F)});
  const auto product = run_contrib("FusedGemm", {a, b}, {relu});
  ASSERT_TRUE(product);
  EXPECT_EQ(static_cast<float>(values<Float16>(product->front())[0]), 0);
  EXPECT_EQ(static_cast<float>(values<Float16>(product->front())[1]), 1);
  const auto bias_alone =
      run_contrib("FusedGemm", {counting({1, 0}), counting({0, 2}), tensor<float>({2}, {-1, 1})}, {relu});
  ASSERT_TRUE(bias_alone);
  EXPECT_EQ(values<float>(bias_alone->front()), (std::vector<float>{0, 1}));
}

TEST(FusedGemm, RefusesUnknownActivations) {
  EXPECT_FALSE(run_contrib("FusedGemm", {counting({1, 1}), counting({1, 1})}, {{"activation", std::string("Magic")}}));
}

TEST(FusedConv, RefusesASumThatDoesNotFit) {
  const Tensor x = counting({1, 1, 3, 3});
  const Tensor w = counting({1, 1, 2, 2});
  EXPECT_TRUE(run_contrib("FusedConv", {x, w, {}, counting({1, 1, 2, 2})}, {relu}));
  EXPECT_FALSE(run_contrib("FusedConv", {x, w, {}, counting({1, 1, 1, 2})}, {relu}));
  EXPECT_FALSE(run_contrib("FusedConv", {x, w}, {{"activation", std::string("Magic")}}));
}

}  // namespace
}  // namespace wedge::testing
