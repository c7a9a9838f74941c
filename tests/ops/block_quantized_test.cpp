// Weights quantised by blocks: types that ONNX Runtime's CPU kernels are not tried with, and what is refused. Other
// results are held against ONNX Runtime's in tests/contrib.
#include "support/compare.h"

namespace wedge::testing {
namespace {

std::vector<Attribute> sizes(int64_t n, int64_t k, int64_t bits, int64_t block = 16) {
  return {{"N", n}, {"K", k}, {"bits", bits}, {"block_size", block}};
}

Tensor bytes(const Shape& shape) { return counting<uint8_t>(shape); }

TEST(MatMulNBits, HalvesAgreeWithFloats) {
  const Tensor a = sample({5, 40}, 1);
  const Tensor b = bytes({3, 3, 8});
  const Tensor scales = half(sample({3, 3}, 2));
  const Tensor rounded = tensor<float>({3, 3}, widened(scales));
  const Tensor rounded_a = tensor<float>({5, 40}, widened(half(a)));
  const auto halves = run_contrib("MatMulNBits", {half(a), b, scales}, sizes(3, 40, 4));
  ASSERT_TRUE(halves);
  expect_near(widened(halves->front()), result_of("MatMulNBits", {rounded_a, b, rounded}, sizes(3, 40, 4)), 0.1F);
}

TEST(MatMulNBits, FewRowsAgreeWithMany) {
  for (const int64_t bits : {2, 4, 8}) {
    for (const int64_t k : {16, 100, 128}) {
      const int64_t blocks = (k + 15) / 16;
      const Tensor b = bytes({7, blocks, 2 * bits});
      const Tensor scales = sample({7, blocks}, 2);
      const Tensor a = sample({50, k}, 3);
      const auto all = values<float>(a);
      const auto many = result_of("MatMulNBits", {a, b, scales}, sizes(7, k, bits));
      const Tensor row = tensor<float>({k}, {all.begin(), all.begin() + k});
      expect_near(result_of("MatMulNBits", {row, b, scales}, sizes(7, k, bits)), {many.begin(), many.begin() + 7},
                  0.02F);
    }
  }
}

TEST(MatMulNBits, RefusesWhatDoesNotFit) {
  const Tensor a = counting({2, 32});
  const Tensor b = bytes({3, 2, 8});
  const Tensor scales = counting({3, 2});
  const auto runs = [](const std::vector<Tensor>& inputs, const std::vector<Attribute>& attributes) {
    return run_contrib("MatMulNBits", inputs, attributes).has_value();
  };
  EXPECT_TRUE(runs({a, b, scales}, sizes(3, 32, 4)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(3, 32, 5)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(3, 32, 8)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(3, 32, 4, 0)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(3, 32, 4, 24)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(3, 31, 4)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(-3, 32, 4)));
  EXPECT_FALSE(runs({a, b, scales}, sizes(INT64_MAX, INT64_MAX, 4, int64_t{1} << 62)));
  EXPECT_FALSE(runs({a, b, counting({3, 3})}, sizes(3, 32, 4)));
  EXPECT_FALSE(runs({a, b, scales, bytes({3, 2})}, sizes(3, 32, 4)));
  EXPECT_TRUE(runs({a, b, scales, bytes({3, 1})}, sizes(3, 32, 4)));
  EXPECT_FALSE(runs({a, b, scales, {}, {}, counting({2})}, sizes(3, 32, 4)));
  const Tensor groups = tensor<int32_t>({32}, std::vector<int32_t>(32, 2));
  EXPECT_FALSE(runs({a, b, scales, {}, groups}, sizes(3, 32, 4)));
  EXPECT_FALSE(runs({a, b, scales, {}, counting<int32_t>({31})}, sizes(3, 32, 4)));
  EXPECT_FALSE(run_contrib("MatMulNBits", {a, b, scales}));
}

const Attribute block_of_16 = {"block_size", int64_t{16}};

TEST(GatherBlockQuantized, TakesIntegersOfFourBits) {
  const Tensor numbers = tensor<float>({2, 4}, {1, 2, -1, -8, 3, 4, 5, 6});
  const Tensor data = run_single("Cast", 21, {numbers}, {{"to", int64_t{22}}});
  const Tensor scales = tensor<float>({1, 4}, {1, 2, 3, 0.5F});
  const auto gathered =
      result_of("GatherBlockQuantized", {data, list({1, -2}), scales}, {block_of_16, {"quantize_axis", int64_t{0}}});
  EXPECT_EQ(gathered, (std::vector<float>{3, 8, 15, 3, 1, 4, -3, -4}));
  const auto columns = result_of("GatherBlockQuantized", {data, tensor<int32_t>({}, {3}), scales},
                                 {block_of_16, {"quantize_axis", int64_t{0}}, {"gather_axis", int64_t{1}}});
  EXPECT_EQ(columns, (std::vector<float>{-4, 3}));
}

TEST(GatherBlockQuantized, RefusesWhatDoesNotFit) {
  const Tensor data = bytes({3, 8});
  const Tensor scales = counting({3, 1});
  const auto runs = [](const std::vector<Tensor>& inputs, const std::vector<Attribute>& attributes) {
    return run_contrib("GatherBlockQuantized", inputs, attributes).has_value();
  };
  EXPECT_TRUE(runs({data, list({2, -3}), scales}, {block_of_16}));
  EXPECT_FALSE(runs({data, list({3}), scales}, {block_of_16}));
  EXPECT_FALSE(runs({data, list({-4}), scales}, {block_of_16}));
  EXPECT_FALSE(runs({data, list({0}), counting({3, 2})}, {block_of_16}));
  EXPECT_FALSE(runs({data, list({0}), scales, bytes({3, 2})}, {block_of_16}));
  EXPECT_FALSE(runs({data, list({0}), scales}, {{"block_size", int64_t{0}}}));
  EXPECT_FALSE(runs({data, list({0}), scales}, {block_of_16, {"bits", int64_t{3}}}));
  EXPECT_FALSE(runs({data, list({0}), scales}, {block_of_16, {"gather_axis", int64_t{1}}}));
  EXPECT_FALSE(runs({data, list({0}), scales}, {block_of_16, {"quantize_axis", int64_t{2}}}));
  EXPECT_FALSE(runs({bytes({0, 8}), list({0}), counting({0, 1})}, {block_of_16}));
  EXPECT_TRUE(runs({data, list({}), scales}, {block_of_16}));
}

}  // namespace
}  // namespace wedge::testing
