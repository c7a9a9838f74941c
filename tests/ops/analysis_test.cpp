#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

Attribute equation(const std::string& text) { return {"equation", text}; }

TEST(Einsum, BroadcastsWhatAnEllipsisStandsFor) {
  const Tensor a = counting({2, 1, 3});
  const Tensor b = counting({4, 3});
  const Tensor product = run_single("Einsum", 12, {a, b}, {equation("...i, ...i -> ...")});
  EXPECT_EQ(product.shape(), (Shape{2, 4}));
  EXPECT_EQ(values<float>(product), (std::vector<float>{5, 14, 23, 32, 14, 50, 86, 122}));
}

TEST(Einsum, WalksDiagonalsAndWrapsIntegers) {
  EXPECT_EQ(values<int32_t>(run_single("Einsum", 12, {counting<int32_t>({3, 3})}, {equation("ii")})),
            std::vector<int32_t>{12});
  const Tensor wide = tensor<int32_t>({2}, {INT32_MAX, INT32_MAX});
  EXPECT_EQ(values<int32_t>(run_single("Einsum", 12, {wide, wide}, {equation("i,i")})), std::vector<int32_t>{2});
  EXPECT_EQ(values<float>(run_single("Einsum", 12, {counting({2, 0})}, {equation("ij->i")})),
            (std::vector<float>{0, 0}));
}

TEST(Einsum, RefusesEquationsThatDoNotFit) {
  const Tensor x = counting({2, 3});
  for (const char* wrong : {"", "ijk", "i", "ij,jk", "ij->k", "ij->ii", "i1", "i....", "ii"}) {
    EXPECT_FALSE(run_node("Einsum", 12, {x}, {equation(wrong)})) << wrong;
  }
}

TEST(Det, IsZeroForMatricesWithoutAnInverse) {
  const Tensor x = tensor<double>({3, 2, 2}, {1, 2, 2, 4, 0, 1, 1, 0, 3, 1, 4, 2});
  const auto result = values<double>(run_single("Det", 11, {x}));
  EXPECT_EQ(result[0], 0);
  EXPECT_EQ(result[1], -1);
  EXPECT_NEAR(result[2], 2, 1e-12);
  EXPECT_EQ(values<float>(run_single("Det", 11, {counting({1, 0, 0})})), std::vector<float>{1});
  EXPECT_FALSE(run_node("Det", 11, {counting({2, 3})}));
}

TEST(ReverseSequence, RefusesLengthsPastTheEnd) {
  const Tensor x = tensor<int8_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::vector<Attribute> by_row = {{"batch_axis", int64_t{0}}, {"time_axis", int64_t{1}}};
  EXPECT_EQ(values<int8_t>(run_single("ReverseSequence", 10, {x, list({2, 0})}, by_row)),
            (std::vector<int8_t>{2, 1, 3, 4, 5, 6}));
  EXPECT_FALSE(run_node("ReverseSequence", 10, {x, list({4, 0})}, by_row));
  EXPECT_FALSE(run_node("ReverseSequence", 10, {x, list({-1, 0})}, by_row));
  EXPECT_FALSE(run_node("ReverseSequence", 10, {x, list({1, 1})}));
}

TEST(HannWindow, OfFewElementsAndOfIntegers) {
  EXPECT_EQ(values<float>(run_single("HannWindow", 17, {list({1})}, {{"periodic", int64_t{0}}})),
            std::vector<float>{0});
  EXPECT_EQ(values<int32_t>(run_single("HannWindow", 17, {list({2})}, {{"output_datatype", int64_t{6}}})),
            (std::vector<int32_t>{0, 1}));
  EXPECT_FALSE(run_node("HannWindow", 17, {list({-1})}));
}

TEST(Unique, CountsWhatIsNoNumberLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = tensor<float>({5}, {nan, 2, -1, 2, nan});
  const auto result = run_node("Unique", 11, {x}, {}, 4);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(values<int64_t>((*result)[1]), (std::vector<int64_t>{2, 1, 0}));
  EXPECT_EQ(values<int64_t>((*result)[2]), (std::vector<int64_t>{2, 1, 0, 1, 2}));
  EXPECT_EQ(values<int64_t>((*result)[3]), (std::vector<int64_t>{1, 2, 2}));
  EXPECT_EQ(run_single("Unique", 11, {counting({0})}).shape(), (Shape{0}));
  EXPECT_FALSE(run_node("Unique", 11, {x}, {{"axis", int64_t{1}}}));
}

TEST(TensorScatter, WrapsAroundOnRequestOnly) {
  const Tensor cache = tensor<int16_t>({1, 3, 1}, {0, 0, 0});
  const Tensor update = tensor<int16_t>({1, 2, 1}, {1, 2});
  const Attribute circular = {"mode", std::string("circular")};
  EXPECT_EQ(values<int16_t>(run_single("TensorScatter", 24, {cache, update, list({2})}, {circular})),
            (std::vector<int16_t>{2, 0, 1}));
  EXPECT_FALSE(run_node("TensorScatter", 24, {cache, update, list({2})}));
  EXPECT_FALSE(run_node("TensorScatter", 24, {cache, update, list({-1})}, {circular}));
  EXPECT_FALSE(run_node("TensorScatter", 24, {update, cache}));
}

}  // namespace
}  // namespace wedge::testing
