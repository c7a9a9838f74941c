#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

using Integers = std::vector<int64_t>;
using Floats = std::vector<float>;
using Words = std::vector<std::string>;

TEST(Scaler, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(run_ml("Scaler", 1, {counting({2, 3})}, {}));
  EXPECT_FALSE(run_ml("Scaler", 1, {counting({2, 3})}, {{"offset", Floats{1, 2}}}));
  EXPECT_FALSE(run_ml("Scaler", 1, {counting({2, 3, 1})}, {}));
}

// A dimension is a number in a file, and need not be one of elements that exist.
TEST(Scaler, TakesNoMemoryByFeatures) {
  const Tensor empty = Tensor::allocate(DType::f32, {0, int64_t{1} << 40}).value();
  EXPECT_TRUE(run_ml("Scaler", 1, {empty}, {{"scale", Floats{2}}}));
  EXPECT_TRUE(run_ml("Imputer", 1, {empty}, {{"imputed_value_floats", Floats{1}}}));
}

TEST(Normalizer, RefusesUnknownNorms) {
  EXPECT_FALSE(run_ml("Normalizer", 1, {counting({2, 3})}, {{"norm", std::string("L3")}}));
  EXPECT_TRUE(run_ml("Normalizer", 1, {counting({2, 0})}, {}));
}

TEST(OneHotEncoder, FindsNoCategoryForWhatIsNoInteger) {
  const std::vector<Attribute> attributes = {{"cats_int64s", Integers{INT64_MIN, 0}}};
  const auto out = run_ml("OneHotEncoder", 1, {tensor<double>({4}, {NAN, INFINITY, -1e300, 0.5})}, attributes);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<float>(out->front()), (Floats{0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(OneHotEncoder, RefusesUnknownCategoriesOnDemand) {
  std::vector<Attribute> attributes = {{"cats_int64s", Integers{1, 2}}, {"zeros", int64_t{0}}};
  EXPECT_TRUE(run_ml("OneHotEncoder", 1, {list({2, 1})}, attributes));
  EXPECT_FALSE(run_ml("OneHotEncoder", 1, {list({3})}, attributes));
  EXPECT_FALSE(run_ml("OneHotEncoder", 1, {tensor<std::string_view>({1}, {"1"})}, attributes));
}

TEST(Imputer, TakesDoubles) {
  const std::vector<Attribute> attributes = {{"imputed_value_floats", Floats{7, 8}}, {"replaced_value_float", NAN}};
  const auto out = run_ml("Imputer", 1, {tensor<double>({2, 2}, {NAN, 1, 2, NAN})}, attributes);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<double>(out->front()), (std::vector<double>{7, 1, 2, 8}));
  EXPECT_FALSE(run_ml("Imputer", 1, {counting({2, 3})}, attributes));
  EXPECT_FALSE(run_ml("Imputer", 1, {list({1, 2})}, attributes));
  const std::vector<Attribute> wide = {{"imputed_value_int64s", Integers{INT64_MAX}}};
  EXPECT_TRUE(run_ml("Imputer", 1, {list({1})}, wide));
  EXPECT_FALSE(run_ml("Imputer", 1, {counting<int32_t>({1})}, wide));
}

TEST(FeatureVectorizer, NeedsNoDimensions) {
  const auto out = run_ml("FeatureVectorizer", 1, {counting({2, 2}), counting<int32_t>({2, 1})}, {});
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<float>(out->front()), (Floats{0, 1, 0, 2, 3, 1}));
  EXPECT_FALSE(run_ml("FeatureVectorizer", 1, {counting({2, 2}), counting({1, 1})}, {}));
  EXPECT_FALSE(run_ml("FeatureVectorizer", 1, {counting({2, 2})}, {{"inputdimensions", Integers{1, 1}}}));
  EXPECT_FALSE(run_ml("FeatureVectorizer", 1, {counting({2, 2})}, {{"inputdimensions", Integers{-1}}}));
}

TEST(CategoryMapper, RefusesListsThatDoNotFit) {
  const Attribute words = {"cats_strings", Words{"a", "b"}};
  EXPECT_TRUE(run_ml("CategoryMapper", 1, {list({1})}, {words, {"cats_int64s", Integers{1, 2}}}));
  EXPECT_FALSE(run_ml("CategoryMapper", 1, {list({1})}, {words, {"cats_int64s", Integers{1}}}));
  EXPECT_FALSE(run_ml("CategoryMapper", 1, {list({1})}, {words}));
  EXPECT_FALSE(run_ml("CategoryMapper", 1, {counting({1})}, {words, {"cats_int64s", Integers{1, 2}}}));
}

}  // namespace
}  // namespace wedge::testing
