// MoE and QMoE of com.microsoft: what ONNX Runtime's CPU kernels do not take, and what is refused. Other results are
// held against ONNX Runtime's in tests/contrib.
#include "support/compare.h"

namespace wedge::testing {
namespace {

const Attribute two = {"k", int64_t{2}};
const Attribute gated = {"activation_type", std::string("swiglu")};

// The rows of each expert's matrix picked in another order, or some of them.
Tensor rows_of(const Tensor& matrices, const std::vector<size_t>& rows) {
  const Shape shape = matrices.shape();
  const auto all = values<float>(matrices);
  const auto columns = static_cast<size_t>(shape[2]);
  std::vector<float> picked;
  for (size_t expert = 0; expert < static_cast<size_t>(shape[0]); ++expert) {
    for (const size_t row : rows) {
      const auto from = all.begin() + static_cast<ptrdiff_t>((expert * static_cast<size_t>(shape[1]) + row) * columns);
      picked.insert(picked.end(), from, from + shape[2]);
    }
  }
  return tensor<float>({shape[0], static_cast<int64_t>(rows.size()), shape[2]}, picked);
}

TEST(MoE, GatesInThreeLayouts) {
  const Tensor x = sample({4, 3}, 1);
  const Tensor scores = sample({4, 3}, 2);
  const Tensor both = sample({3, 4, 3}, 3);
  const Tensor second = sample({3, 3, 2}, 4);
  const auto run = [&](const Tensor& first, const Tensor& gate, int64_t fusion) {
    return result_of("MoE", {x, scores, first, {}, second, {}, gate}, {two, gated, {"swiglu_fusion", fusion}});
  };
  const auto interleaved = run(both, {}, 1);
  expect_near(run(rows_of(both, {0, 2, 1, 3}), {}, 2), interleaved);
  expect_near(run(rows_of(both, {0, 2}), rows_of(both, {1, 3}), 0), interleaved);
}

// With one expert that counts fully, the mixture is that expert.
TEST(MoE, MultipliesByAGateOfItsOwn) {
  const Tensor x = tensor<float>({1, 1}, {2});
  const Tensor scores = tensor<float>({1, 1}, {0});
  const auto matrix = [](float element) { return tensor<float>({1, 1, 1}, {element}); };
  const std::vector<Attribute> silu = {{"activation_type", std::string("silu")}};
  const Tensor bias = tensor<float>({1, 1}, {1});
  const float first = 2 * 3;
  const float gate = 2 * 0.5F + 1;
  expect_near(result_of("MoE", {x, scores, matrix(3), {}, matrix(1), {}, matrix(0.5F), bias}, silu),
              {first / (1 + std::exp(-first)) * gate});
}

TEST(MoE, TakesHalfPrecisionAndMoreTokensThanOneBlock) {
  const std::vector<Tensor> inputs = {sample({300, 4}, 1), sample({300, 3}, 2),  sample({3, 5, 4}, 3),
                                      sample({3, 5}, 4),   sample({3, 4, 5}, 5), sample({3, 4}, 6)};
  std::vector<Tensor> halves;
  for (const Tensor& input : inputs) halves.push_back(half(input));
  const auto results = run_contrib("MoE", halves, {});
  ASSERT_TRUE(results) << results.error().to_string();
  const auto whole = result_of("MoE", inputs, {});
  expect_near(widened(results->front()), whole, 5e-2F);
  // Each token has the same result on its own.
  auto last = inputs;
  const auto tail = [](const Tensor& x, int64_t columns) {
    const auto all = values<float>(x);
    return tensor<float>({1, columns}, {all.end() - columns, all.end()});
  };
  last[0] = tail(inputs[0], 4);
  last[1] = tail(inputs[1], 3);
  expect_near(result_of("MoE", last, {}), {whole.end() - 4, whole.end()});
}

TEST(MoE, RefusesExpertsThatDoNotFit) {
  const Tensor x = counting({2, 4});
  const Tensor scores = counting({2, 3});
  const Tensor first = counting({3, 5, 4});
  const Tensor second = counting({3, 4, 5});
  EXPECT_TRUE(run_contrib("MoE", {x, scores, first, {}, second}, {two}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first, {}, second}, {{"k", int64_t{4}}}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first, {}, second}, {{"k", int64_t{0}}}));
  EXPECT_FALSE(run_contrib("MoE", {x, counting({3, 3}), first, {}, second}, {two}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, counting({2, 5, 4}), {}, second}, {two}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first, counting({3, 4}), second}, {two}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first, {}, counting({3, 4, 4})}, {two}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first}, {two}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first, {}, second}, {two, gated}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, first, {}, second}, {two, {"activation_type", std::string("tanh")}}));
  EXPECT_FALSE(run_contrib("MoE", {x, scores, counting({3, 0, 4}), {}, counting({3, 4, 0})}, {two}));
  // Scores that are not numbers choose some expert all the same.
  const float nan = std::nanf("");
  EXPECT_TRUE(run_contrib("MoE", {x, tensor<float>({2, 3}, {nan, nan, nan, 1, nan, 2}), first, {}, second}, {two}));
}

// Bytes in blocks of 16 columns: QMoE is MoE with the matrices written out.
TEST(QMoE, TakesBytesInBlocks) {
  const auto bytes = [](const Shape& shape, unsigned step) {
    std::vector<uint8_t> elements(static_cast<size_t>(shape.numel()));
    for (size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<uint8_t>(i * step + 3);
    return tensor<uint8_t>(shape, elements);
  };
  const auto written_out = [](const Tensor& quantized, const Tensor& scales, const Tensor& zeros) {
    std::vector<float> elements;
    const auto q = values<uint8_t>(quantized);
    for (size_t i = 0; i < q.size(); ++i) {
      elements.push_back((static_cast<float>(q[i]) - static_cast<float>(values<uint8_t>(zeros)[i / 16])) *
                         values<float>(scales)[i / 16]);
    }
    return tensor<float>(quantized.shape(), elements);
  };
  const Tensor x = sample({3, 32}, 1);
  const Tensor scores = sample({3, 2}, 2);
  const Tensor first = bytes({2, 16, 32}, 7);
  const Tensor second = bytes({2, 32, 16}, 11);
  const Tensor first_scales = sample({2, 16, 2}, 3);
  const Tensor second_scales = sample({2, 32, 1}, 4);
  const Tensor first_zeros = bytes({2, 16, 2}, 5);
  const Tensor second_zeros = bytes({2, 32, 1}, 13);
  // All experts take part, so that both ways to weigh them are the same.
  const auto expected = result_of(
      "MoE",
      {x, scores, written_out(first, first_scales, first_zeros), {}, written_out(second, second_scales, second_zeros)},
      {two});
  const std::vector<Attribute> attributes = {two, {"expert_weight_bits", int64_t{8}}, {"block_size", int64_t{16}}};
  const auto actual = result_of(
      "QMoE", {x, scores, first, first_scales, {}, second, second_scales, {}, {}, {}, {}, first_zeros, second_zeros},
      attributes);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-4F * std::abs(expected[i]) + 1);
}

TEST(QMoE, RefusesExpertsThatDoNotFit) {
  const Tensor x = counting({1, 4});
  const Tensor scores = counting({1, 1});
  const Tensor matrix = tensor<uint8_t>({1, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor scales = counting({1, 4});
  EXPECT_TRUE(run_contrib("QMoE", {x, scores, matrix, scales, {}, matrix, scales}));
  EXPECT_FALSE(run_contrib("QMoE", {x, scores, matrix, {}, {}, matrix, scales}));
  EXPECT_FALSE(run_contrib("QMoE", {x, scores, matrix, counting({1, 3}), {}, matrix, scales}));
  EXPECT_FALSE(run_contrib("QMoE", {x, scores, matrix, scales, {}, matrix, scales}, {{"block_size", int64_t{2}}}));
  EXPECT_FALSE(
      run_contrib("QMoE", {x, scores, matrix, scales, {}, matrix, scales}, {{"expert_weight_bits", int64_t{3}}}));
  EXPECT_FALSE(
      run_contrib("QMoE", {x, scores, matrix, scales, {}, matrix, scales}, {{"expert_weight_bits", int64_t{8}}}));
  EXPECT_FALSE(
      run_contrib("QMoE", {x, scores, matrix, scales, {}, matrix, scales}, {{"quant_type", std::string("fp4")}}));
  const Tensor wrong = tensor<uint8_t>({1, 3}, {1, 2, 3});
  EXPECT_FALSE(run_contrib("QMoE", {x, scores, matrix, scales, {}, matrix, scales, {}, {}, {}, {}, wrong}));
}

}  // namespace
}  // namespace wedge::testing
