#include "support/run_prepared.h"
#include "support/samples.h"

namespace wedge::testing {
namespace {

// Small whole numbers, so that sums are exact in every type and order.
template <Element T>
Tensor small(const Shape& shape) {
  std::vector<T> elements(static_cast<size_t>(shape.numel()));
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(static_cast<int>(i * 7 % 11) - 4);
  return tensor<T>(shape, elements);
}

template <Element T>
std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> result;
  for (const T value : values<T>(tensor)) result.push_back(static_cast<double>(value));
  return result;
}

TEST(MatMul, MultipliesMatricesAndVectors) {
  const Tensor a = tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor b = tensor<float>({3, 2}, {1, 0, 0, 1, 1, 1});
  const Tensor v = tensor<float>({3}, {1, -1, 2});
  EXPECT_EQ(values<float>(run_single("MatMul", 13, {a, b})), (std::vector<float>{4, 5, 10, 11}));
  const Tensor column = run_single("MatMul", 13, {a, v});
  EXPECT_EQ(column.shape(), (Shape{2}));
  EXPECT_EQ(values<float>(column), (std::vector<float>{5, 11}));
  EXPECT_EQ(values<float>(run_single("MatMul", 13, {v, b})), (std::vector<float>{3, 1}));
  EXPECT_EQ(run_single("MatMul", 13, {v, v}).shape(), Shape{});
  EXPECT_EQ(values<float>(run_single("MatMul", 13, {v, v})), (std::vector<float>{6}));
}

TEST(MatMul, BroadcastsBatches) {
  const Tensor a = small<int32_t>({2, 1, 2, 3});
  const Tensor b = small<int32_t>({3, 3, 2});
  const Tensor out = run_single("MatMul", 13, {a, b});
  ASSERT_EQ(out.shape(), (Shape{2, 3, 2, 2}));
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t j = 0; j < 3; ++j) {
      const Tensor left = a.slice(0, i, i + 1)->reshape({2, 3}).value();
      const Tensor right = b.slice(0, j, j + 1)->reshape({3, 2}).value();
      const Tensor part = out.slice(0, i, i + 1)->slice(1, j, j + 1)->reshape({2, 2}).value();
      EXPECT_EQ(values<int32_t>(part), values<int32_t>(run_single("MatMul", 13, {left, right})));
    }
  }
}

TEST(MatMul, EveryTypeAgrees) {
  EXPECT_TRUE(rc::check([] {
    const Shape batch = any_shape(0, 2);
    const auto m = *rc::gen::inRange<int64_t>(1, 20);
    const auto k = *rc::gen::inRange<int64_t>(0, 20);
    const auto n = *rc::gen::inRange<int64_t>(1, 40);
    Shape left = batch;
    Shape right = *rc::gen::arbitrary<bool>() ? batch : Shape{};
    for (size_t i = 0; i < right.rank(); ++i) right[i] = *rc::gen::element<int64_t>(1, right[i]);
    (void)(left.push_back(m) && left.push_back(k) && right.push_back(k) && right.push_back(n));
    const auto product = [&]<Element T>() {
      return numbers<T>(run_single("MatMul", 13, {small<T>(left), small<T>(right)}));
    };
    const auto expected = product.template operator()<int64_t>();
    RC_ASSERT(product.template operator()<float>() == expected);
    RC_ASSERT(product.template operator()<double>() == expected);
    const std::vector<Tensor> inputs = {small<float>(left), small<float>(right)};
    const Node node = make_node("MatMul", 13, inputs, {});
    RC_ASSERT(numbers<float>(run_with_weights(node, inputs, {1})) == expected);
    RC_ASSERT(numbers<float>(run_with_weights(node, inputs, {}, 3)) == expected);
  }));
}

TEST(MatMul, RefusesShapesThatDoNotFit) {
  EXPECT_FALSE(run_node("MatMul", 13, {counting({2, 3}), counting({2, 3})}));
  EXPECT_FALSE(run_node("MatMul", 13, {counting({2, 2, 3}), counting({3, 3, 2})}));
  EXPECT_FALSE(run_node("MatMul", 13, {counting({}), counting({1})}));
  EXPECT_FALSE(run_node("MatMul", 13, {counting({1}), counting<double>({1})}));
  EXPECT_EQ(run_single("MatMul", 13, {counting({0, 3}), counting({3, 2})}).shape(), (Shape{0, 2}));
  EXPECT_EQ(values<float>(run_single("MatMul", 13, {counting({1, 0}), counting({0, 2})})), (std::vector<float>{0, 0}));
}

TEST(Gemm, TransposesScalesAndAdds) {
  const Tensor a = tensor<float>({2, 1}, {1, 2});
  const Tensor b = tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor c = tensor<float>({3}, {10, 20, 30});
  const std::vector<Attribute> attributes = {
      {"transA", int64_t{1}}, {"transB", int64_t{1}}, {"alpha", 2.0F}, {"beta", 0.5F}};
  EXPECT_EQ(values<float>(run_single("Gemm", 13, {a, b, c}, attributes)), (std::vector<float>{15, 32, 49}));
}

template <Element T>
std::vector<double> gemm(const Shape& a, const Shape& b, const Shape& c, const std::vector<Attribute>& attributes) {
  return numbers<T>(run_single("Gemm", 13, {small<T>(a), small<T>(b), small<T>(c)}, attributes));
}

TEST(Gemm, EveryTypeAndBiasAgrees) {
  EXPECT_TRUE(rc::check([] {
    const auto m = *rc::gen::inRange<int64_t>(1, 12);
    const auto n = *rc::gen::inRange<int64_t>(1, 36);
    const auto k = *rc::gen::inRange<int64_t>(0, 12);
    const bool transpose_a = *rc::gen::arbitrary<bool>();
    const bool transpose_b = *rc::gen::arbitrary<bool>();
    const Shape a = transpose_a ? Shape{k, m} : Shape{m, k};
    const Shape b = transpose_b ? Shape{n, k} : Shape{k, n};
    const Shape c = *rc::gen::element(Shape{}, Shape{1}, Shape{n}, Shape{1, n}, Shape{m, 1}, Shape{m, n});
    const std::vector<Attribute> attributes = {{"transA", int64_t{transpose_a}},
                                               {"transB", int64_t{transpose_b}},
                                               {"alpha", *rc::gen::element(1.0F, 2.0F)},
                                               {"beta", *rc::gen::element(0.0F, 1.0F, 3.0F)}};
    const auto expected = gemm<int64_t>(a, b, c, attributes);
    RC_ASSERT(gemm<float>(a, b, c, attributes) == expected);
    RC_ASSERT(gemm<double>(a, b, c, attributes) == expected);
    const std::vector<Tensor> inputs = {small<float>(a), small<float>(b), small<float>(c)};
    const Node node = make_node("Gemm", 13, inputs, attributes);
    RC_ASSERT(numbers<float>(run_with_weights(node, inputs, {1}, 2)) == expected);
  }));
}

TEST(Gemm, RefusesShapesThatDoNotFit) {
  EXPECT_FALSE(run_node("Gemm", 13, {counting({2, 3}), counting({2, 3})}));
  EXPECT_FALSE(run_node("Gemm", 13, {counting({2}), counting({2, 3})}));
  EXPECT_FALSE(run_node("Gemm", 13, {counting({1, 2}), counting({2, 3}), counting({2})}));
  EXPECT_FALSE(run_node("Gemm", 13, {counting<int32_t>({1, 1}), counting<int32_t>({1, 1})}, {{"alpha", 0.5F}}));
}

Result<std::vector<Tensor>> biased(const std::vector<Tensor>& inputs, std::vector<Attribute> attributes = {}) {
  return evaluate(make_node("BiasedMatMul", 1, inputs, std::move(attributes), 1, "wedge"), inputs);
}

TEST(BiasedMatMul, AddsARowAndAppliesAnActivation) {
  const std::vector<Tensor> inputs = {counting({2, 1, 2}), counting({2, 2}), tensor<float>({2}, {-10, 10})};
  const auto product = values<float>(biased({inputs[0], inputs[1]}).value()[0]);
  const auto sum = values<float>(biased(inputs).value()[0]);
  const auto positive = values<float>(biased(inputs, {{"activation", std::string("Relu")}}).value()[0]);
  const auto steep =
      values<float>(biased(inputs, {{"activation", std::string("LeakyRelu")}, {"activation_alpha", 2.0F}}).value()[0]);
  for (size_t i = 0; i < sum.size(); ++i) {
    EXPECT_EQ(sum[i], product[i] + (i % 2 == 0 ? -10 : 10));
    EXPECT_EQ(positive[i], std::max(sum[i], 0.0F));
    EXPECT_EQ(steep[i], sum[i] < 0 ? 2 * sum[i] : sum[i]);
  }
}

TEST(BiasedMatMul, WithoutProductsIsTheBias) {
  const auto y = biased({counting({2, 0}), counting({0, 3}), counting({3})});
  ASSERT_TRUE(y) << y.error().to_string();
  const auto row = values<float>(counting({3}));
  EXPECT_EQ(values<float>((*y)[0]), (std::vector<float>{row[0], row[1], row[2], row[0], row[1], row[2]}));
}

TEST(BiasedMatMul, RefusesABiasThatDoesNotFitAndOtherTypes) {
  EXPECT_FALSE(biased({counting({2, 2}), counting({2, 3}), counting({2})}));
  EXPECT_FALSE(biased({counting({2, 2}), counting({2, 3}), counting({1, 3})}));
  EXPECT_FALSE(biased({counting<double>({1, 1}), counting<double>({1, 1})}));
  EXPECT_FALSE(biased({counting({1, 1}), counting({1, 1})}, {{"activation", std::string("None")}}));
}

}  // namespace
}  // namespace wedge::testing
