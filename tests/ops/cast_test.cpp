#include <cmath>
#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

Tensor cast(const Tensor& x, DType to) { return run_single("Cast", 13, {x}, {{"to", static_cast<int64_t>(to)}}); }

TEST(Cast, TruncatesAndSaturatesFloats) {
  const Tensor x = tensor<float>({5}, {-1.9F, 2.9F, 1e20F, -1e20F, NAN});
  EXPECT_EQ(values<int32_t>(cast(x, DType::i32)),
            (std::vector<int32_t>{-1, 2, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min(), 0}));
  EXPECT_EQ(values<uint8_t>(cast(x, DType::u8)), (std::vector<uint8_t>{0, 2, 255, 0, 0}));
  EXPECT_EQ(values<bool>(cast(tensor<float>({3}, {0, -0.5F, NAN}), DType::boolean)),
            (std::vector<bool>{false, true, true}));
}

TEST(Cast, WrapsIntegersAndRoundsToHalves) {
  EXPECT_EQ(values<int8_t>(cast(tensor<int32_t>({2}, {300, -129}), DType::i8)), (std::vector<int8_t>{44, 127}));
  EXPECT_EQ(values<Float16>(cast(tensor<float>({2}, {1e-8F, 65520}), DType::f16)),
            (std::vector{Float16(0.0F), Float16(INFINITY)}));
  EXPECT_EQ(values<double>(cast(tensor<bool>({2}, {true, false}), DType::f64)), (std::vector<double>{1, 0}));
  EXPECT_EQ(values<uint64_t>(cast(tensor<int64_t>({1}, {-1}), DType::u64)),
            (std::vector{std::numeric_limits<uint64_t>::max()}));
}

TEST(Cast, WritesAndReadsStrings) {
  const Tensor written = cast(tensor<float>({5}, {0.1F, -3, 1e10F, NAN, -INFINITY}), DType::string);
  EXPECT_EQ(written.shape(), (Shape{5}));
  EXPECT_EQ(values<std::string_view>(written), (std::vector<std::string_view>{"0.1", "-3", "1e+10", "NaN", "-INF"}));
  EXPECT_EQ(values<std::string_view>(cast(tensor<uint64_t>({}, {std::numeric_limits<uint64_t>::max()}), DType::string)),
            (std::vector<std::string_view>{"18446744073709551615"}));
  const Tensor words = Tensor::from<std::string_view>({"1e-2", "+INF", "nan", "-7"}, {4}).value();
  const auto numbers = values<float>(cast(words, DType::f32));
  EXPECT_EQ(numbers[0], 0.01F);
  EXPECT_EQ(numbers[1], INFINITY);
  EXPECT_TRUE(std::isnan(numbers[2]));
  EXPECT_EQ(values<int64_t>(cast(Tensor::from<std::string_view>({"9007199254740993", "3.7"}, {2}).value(), DType::i64)),
            (std::vector<int64_t>{9007199254740993, 3}));
}

TEST(Cast, RefusesWordsThatAreNoNumbers) {
  const auto parse = [](std::string_view word) {
    return run_node("Cast", 13, {Tensor::from<std::string_view>({word}, {1}).value()}, {{"to", int64_t{1}}});
  };
  const auto letters = parse("12x");
  ASSERT_FALSE(letters);
  EXPECT_EQ(letters.error().to_string(), "node 'node' (Cast): '12x' is not a number");
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse(std::string(1000, '1')));
  EXPECT_FALSE(run_node("Cast", 13, {counting({1})}, {{"to", int64_t{99}}}));
  EXPECT_FALSE(run_node("Cast", 13, {counting({1})}));
}

TEST(Cast, FollowsAnotherTensor) {
  EXPECT_EQ(values<int64_t>(run_single("CastLike", 15, {counting({2}), list({})})), (std::vector<int64_t>{0, 1}));
}

}  // namespace
}  // namespace wedge::testing
