#include <rapidcheck.h>

#include "support/samples.h"

namespace wedge::testing {
namespace {

template <typename T>
std::vector<T> any_bytes(size_t count) {
  return *rc::gen::container<std::vector<T>>(count, rc::gen::arbitrary<T>());
}

template <typename A, typename B>
void products_agree_with_wide_integers() {
  EXPECT_TRUE(rc::check([] {
    const auto m = *rc::gen::inRange<size_t>(1, 9);
    const auto n = *rc::gen::inRange<size_t>(1, 20);
    const auto k = *rc::gen::inRange<size_t>(0, 40);
    const bool by_line = *rc::gen::arbitrary<bool>();
    const auto a = any_bytes<A>(m * k);
    const auto b = any_bytes<B>(k * n);
    const auto a_zero = any_bytes<A>(by_line ? m : 1);
    const auto b_zero = any_bytes<B>(by_line ? n : 1);
    const auto dim = [](size_t count) { return static_cast<int64_t>(count); };
    const Tensor product = run_single("MatMulInteger", 10,
                                      {tensor<A>({dim(m), dim(k)}, a), tensor<B>({dim(k), dim(n)}, b),
                                       by_line ? tensor<A>({dim(m)}, a_zero) : tensor<A>({}, a_zero),
                                       by_line ? tensor<B>({dim(n)}, b_zero) : tensor<B>({}, b_zero)});
    const auto found = values<int32_t>(product);
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j < n; ++j) {
        int64_t sum = 0;
        for (size_t p = 0; p < k; ++p) {
          sum += (int64_t{a[i * k + p]} - a_zero[by_line ? i : 0]) * (int64_t{b[p * n + j]} - b_zero[by_line ? j : 0]);
        }
        RC_ASSERT(found[i * n + j] == sum);
      }
    }
  }));
}

TEST(MatMulInteger, AgreesWithWideIntegers) {
  products_agree_with_wide_integers<uint8_t, uint8_t>();
  products_agree_with_wide_integers<uint8_t, int8_t>();
  products_agree_with_wide_integers<int8_t, uint8_t>();
  products_agree_with_wide_integers<int8_t, int8_t>();
}

TEST(MatMulInteger, BatchesHaveZeroPointsOfTheirOwn) {
  const Tensor a = tensor<uint8_t>({2, 1, 1}, {5, 7});
  const Tensor b = tensor<uint8_t>({2, 1, 2}, {1, 2, 3, 4});
  const Tensor zeros = tensor<uint8_t>({2, 1, 2}, {1, 0, 0, 4});
  EXPECT_EQ(values<int32_t>(run_single("MatMulInteger", 10, {a, b, tensor<uint8_t>({2, 1, 1}, {0, 6}), zeros})),
            (std::vector<int32_t>{0, 10, 3, 0}));
  EXPECT_FALSE(run_node("MatMulInteger", 10, {a, b, tensor<uint8_t>({3}, {0, 0, 0})}));
  EXPECT_FALSE(run_node("MatMulInteger", 10, {a, b, Tensor(), tensor<uint8_t>({3}, {0, 0, 0})}));
  EXPECT_FALSE(run_node("MatMulInteger", 10, {counting({1, 2}), b}));
}

TEST(QLinearMatMul, ScalesRowsAndColumns) {
  const Tensor a = tensor<int8_t>({2, 1}, {10, 20});
  const Tensor b = tensor<int8_t>({1, 2}, {3, 5});
  const Tensor zero = tensor<int8_t>({}, {0});
  const auto product = [&](const Tensor& a_scale, const Tensor& b_scale) {
    return run_node("QLinearMatMul", 10,
                    {a, a_scale, zero, b, b_scale, zero, tensor<float>({}, {2}), tensor<int8_t>({}, {1})});
  };
  EXPECT_EQ(values<int8_t>(product(tensor<float>({}, {1}), tensor<float>({}, {1}))->front()),
            (std::vector<int8_t>{16, 26, 31, 51}));
  EXPECT_EQ(values<int8_t>(product(tensor<float>({2}, {1, 10}), tensor<float>({2}, {1, 0.5F}))->front()),
            (std::vector<int8_t>{16, 13, 127, 127}));
  EXPECT_FALSE(product(tensor<float>({3}, {1, 1, 1}), tensor<float>({}, {1})));
}

TEST(ConvInteger, PadsHoldTheZeroPoint) {
  const Tensor x = tensor<uint8_t>({1, 1, 3}, {4, 5, 6});
  const Tensor w = tensor<int8_t>({2, 1, 2}, {1, 1, 2, -1});
  const Tensor y = run_single("ConvInteger", 10, {x, w, tensor<uint8_t>({}, {4}), tensor<int8_t>({2}, {0, 1})},
                              {{"pads", std::vector<int64_t>{1, 0}}});
  EXPECT_EQ(y.shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(values<int32_t>(y), (std::vector<int32_t>{0, 1, 3, 0, -2, -3}));
  EXPECT_FALSE(run_node("ConvInteger", 10, {x, w, tensor<uint8_t>({2}, {4, 4})}));
  EXPECT_FALSE(run_node("ConvInteger", 10, {x, w, Tensor(), tensor<int8_t>({3}, {0, 1, 2})}));
  EXPECT_FALSE(run_node("ConvInteger", 10, {x, tensor<int8_t>({1, 2, 1}, {1, 1})}));
}

TEST(QLinearConv, AddsTheBiasAndSaturates) {
  const Tensor one = tensor<float>({}, {1});
  const Tensor zero = tensor<uint8_t>({}, {0});
  const Tensor y = run_single("QLinearConv", 10,
                              {tensor<uint8_t>({1, 1, 2}, {10, 100}), one, zero, tensor<uint8_t>({1, 1, 1}, {2}), one,
                               zero, tensor<float>({}, {0.5F}), zero, tensor<int32_t>({1}, {-5})});
  EXPECT_EQ(values<uint8_t>(y), (std::vector<uint8_t>{30, 255}));
}

TEST(MatMulIntegerToFloat, TakesHalvesAndRowsOfTheirOwn) {
  const Tensor a = tensor<uint8_t>({2, 2}, {1, 2, 3, 4});
  const Tensor b = tensor<int8_t>({2, 2}, {1, -1, 2, 0});
  const auto halves = run_contrib("MatMulIntegerToFloat",
                                  {a, b, tensor<Float16>({}, {Float16(2.0F)}), tensor<Float16>({}, {Float16(0.5F)})});
  ASSERT_TRUE(halves);
  EXPECT_EQ(static_cast<float>(values<Float16>(halves->front())[2]), 11);
  const auto rows = run_contrib(
      "MatMulIntegerToFloat", {a, b, tensor<float>({2}, {1, 2}), tensor<float>({2}, {1, 3}),
                               tensor<uint8_t>({2}, {0, 1}), tensor<int8_t>({2}, {0, 1}), tensor<float>({2}, {5, 6})});
  ASSERT_TRUE(rows);
  EXPECT_EQ(values<float>(rows->front()), (std::vector<float>{10, -6, 21, -36}));
}

TEST(MatMulIntegerToFloat, RefusesWhatDoesNotFit) {
  const Tensor a = tensor<uint8_t>({1, 2}, {1, 2});
  const Tensor b = tensor<int8_t>({2, 1}, {1, -1});
  const Tensor one = tensor<float>({}, {1});
  const auto runs = [](const std::vector<Tensor>& inputs) {
    return run_contrib("MatMulIntegerToFloat", inputs).has_value();
  };
  EXPECT_TRUE(runs({a, b, one, one}));
  EXPECT_FALSE(runs({a, b, one, tensor<float>({3}, {1, 1, 1})}));
  EXPECT_FALSE(runs({a, b, one, one, {}, {}, tensor<float>({2}, {1, 1})}));
  EXPECT_FALSE(runs({a, b, one, one, tensor<int8_t>({}, {1})}));
  EXPECT_FALSE(runs({a, b, one, tensor<Float16>({}, {Float16(1.0F)})}));
}

TEST(DynamicQuantizeMatMul, TakesConstantAndEmptyOperands) {
  const Tensor b = tensor<int8_t>({2, 1}, {1, -1});
  const Tensor one = tensor<float>({}, {1});
  const auto zeros = run_contrib("DynamicQuantizeMatMul", {tensor<float>({1, 2}, {0, 0}), b, one});
  ASSERT_TRUE(zeros);
  EXPECT_EQ(values<float>(zeros->front()), std::vector<float>{0});
  const auto none = run_contrib("DynamicQuantizeMatMul",
                                {counting({2, 0}), tensor<int8_t>({0, 1}, {}), one, {}, tensor<float>({1}, {3})});
  ASSERT_TRUE(none);
  EXPECT_EQ(values<float>(none->front()), (std::vector<float>{3, 3}));
  EXPECT_FALSE(run_contrib("DynamicQuantizeMatMul", {counting({1, 2}), b, tensor<float>({2}, {1, 1})}));
  EXPECT_FALSE(run_contrib("DynamicQuantizeMatMul", {counting({1, 3}), b, one}));
}

}  // namespace
}  // namespace wedge::testing
