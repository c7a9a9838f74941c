#include <cmath>

#include "support/samples.h"
#include "tensor/small_types.h"

namespace wedge::testing {
namespace {

TEST(QuantizeLinear, RoundsTiesToEvenAndSaturates) {
  const Tensor x = tensor<float>({6}, {0.5F, 1.5F, -0.5F, 300, -300, NAN});
  EXPECT_EQ(values<int8_t>(run_single("QuantizeLinear", 13, {x, tensor<float>({}, {1}), tensor<int8_t>({}, {0})})),
            (std::vector<int8_t>{0, 2, 0, 127, -128, 0}));
  EXPECT_EQ(values<uint8_t>(run_single("QuantizeLinear", 13, {x, tensor<float>({1}, {2})})),
            (std::vector<uint8_t>{0, 1, 0, 150, 0, 0}));
}

// Every way scales can be laid out, over sizes that do not divide by the blocks the loops take.
TEST(QuantizeLinear, UndoneByDequantizeLinear) {
  for (const int64_t inner : {1, 3, 300}) {
    for (const int64_t block : {0, 1, 2, 3}) {
      const Shape shape = {2, 5, inner};
      std::vector<float> numbers(static_cast<size_t>(shape.numel()));
      for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i % 7) - 3;
      const int64_t blocks = block == 0 ? 5 : (5 + block - 1) / block;
      const Shape scale_shape = block == 0 ? Shape{5} : Shape{2, blocks, inner};
      std::vector<float> scales(static_cast<size_t>(scale_shape.numel()));
      for (size_t i = 0; i < scales.size(); ++i) scales[i] = i % 2 == 0 ? 0.5F : 0.25F;
      const std::vector<Attribute> attributes = {{"axis", int64_t{1}}, {"block_size", block}};
      const Tensor scale = tensor<float>(scale_shape, scales);
      const Tensor zero = tensor<int8_t>(scale_shape, std::vector<int8_t>(scales.size(), 3));
      const Tensor quantized =
          run_single("QuantizeLinear", 21, {tensor<float>(shape, numbers), scale, zero}, attributes);
      const auto found = values<int8_t>(quantized);
      for (size_t i = 0; i < numbers.size(); ++i) {
        const auto line = i / static_cast<size_t>(inner);
        const size_t along = line % 5;
        const size_t number = block == 0
                                  ? along
                                  : (line / 5 * static_cast<size_t>(blocks) + along / static_cast<size_t>(block)) *
                                            static_cast<size_t>(inner) +
                                        i % static_cast<size_t>(inner);
        EXPECT_EQ(found[i], numbers[i] / scales[number] + 3);
      }
      EXPECT_EQ(values<float>(run_single("DequantizeLinear", 21, {quantized, scale, zero}, attributes)), numbers);
    }
  }
}

TEST(QuantizeLinear, SmallTypesArePacked) {
  const Tensor x = tensor<float>({3}, {-20, 3.4F, 100});
  const auto quantized =
      run_node("QuantizeLinear", 21, {x, tensor<float>({}, {1})}, {{"output_dtype", static_cast<int64_t>(DType::i4)}});
  ASSERT_TRUE(quantized) << quantized.error().to_string();
  EXPECT_EQ(quantized->front().dtype(), DType::i4);
  EXPECT_EQ(values<float>(run_single("DequantizeLinear", 21, {quantized->front(), tensor<float>({}, {2})})),
            (std::vector<float>{-16, 6, 14}));
}

TEST(QuantizeLinear, RefusesScalesThatDoNotFit) {
  const Tensor x = counting({2, 3});
  EXPECT_FALSE(run_node("QuantizeLinear", 13, {x, counting({2})}));
  EXPECT_FALSE(run_node("QuantizeLinear", 13, {x, counting({3})}, {{"axis", int64_t{2}}}));
  EXPECT_FALSE(run_node("QuantizeLinear", 21, {x, counting({2, 3})}, {{"block_size", int64_t{2}}}));
  EXPECT_FALSE(run_node("QuantizeLinear", 21, {x, counting({2, 3})}, {{"block_size", int64_t{-1}}}));
  EXPECT_FALSE(run_node("QuantizeLinear", 13, {x, counting({3}), tensor<uint8_t>({2}, {0, 0})}));
  EXPECT_FALSE(run_node("DequantizeLinear", 13, {x, counting({3})}));
}

TEST(DynamicQuantizeLinear, RangesHaveZeroInThem) {
  const auto outputs = run_node("DynamicQuantizeLinear", 11, {tensor<float>({2}, {1, 2.55F})}, {}, 3);
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  EXPECT_EQ(values<uint8_t>((*outputs)[0]), (std::vector<uint8_t>{100, 255}));
  EXPECT_FLOAT_EQ(values<float>((*outputs)[1])[0], 0.01F);
  const auto zeros = run_node("DynamicQuantizeLinear", 11, {tensor<float>({2}, {0, 0})}, {}, 3);
  EXPECT_EQ(values<uint8_t>((*zeros)[0]), (std::vector<uint8_t>{0, 0}));
}

}  // namespace
}  // namespace wedge::testing
