#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

using Integers = std::vector<int64_t>;
using Floats = std::vector<float>;
using Words = std::vector<std::string>;

std::vector<Attribute> with(std::vector<Attribute> attributes, const std::string& name, Attribute::Value value) {
  std::erase_if(attributes, [&](const Attribute& attribute) { return attribute.name == name; });
  attributes.push_back({name, std::move(value)});
  return attributes;
}

const Tensor sample = tensor<float>({1, 2}, {1, 2});

TEST(LinearRegressor, NeedsNoIntercepts) {
  const std::vector<Attribute> attributes = {{"coefficients", Floats{1, 2}}};
  const auto out = run_ml("LinearRegressor", 1, {tensor<float>({2}, {3, 4})}, attributes);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<float>(out->front()), (Floats{11}));
  const auto curved =
      run_ml("LinearRegressor", 1, {sample}, with(attributes, "post_transform", std::string("LOGISTIC")));
  ASSERT_TRUE(curved) << curved.error().to_string();
  EXPECT_FLOAT_EQ(values<float>(curved->front())[0], 1 / (1 + std::exp(-5.0F)));
}

TEST(LinearRegressor, RefusesWhatDoesNotFit) {
  const std::vector<Attribute> attributes = {{"coefficients", Floats{1, 2}}};
  EXPECT_FALSE(run_ml("LinearRegressor", 1, {counting({1, 3})}, attributes));
  EXPECT_FALSE(run_ml("LinearRegressor", 1, {sample}, with(attributes, "targets", int64_t{2})));
  EXPECT_FALSE(run_ml("LinearRegressor", 1, {sample}, with(attributes, "targets", INT64_MAX)));
  EXPECT_FALSE(run_ml("LinearRegressor", 1, {sample}, with(attributes, "targets", int64_t{0})));
  EXPECT_FALSE(run_ml("LinearRegressor", 1, {sample}, with(attributes, "intercepts", Floats{1, 2})));
}

TEST(LinearClassifier, RefusesWhatDoesNotFit) {
  const std::vector<Attribute> attributes = {{"coefficients", Floats{1, 2, 3, 4}},
                                             {"classlabels_ints", Integers{5, 7}}};
  EXPECT_TRUE(run_ml("LinearClassifier", 1, {sample}, attributes, 2));
  EXPECT_FALSE(run_ml("LinearClassifier", 1, {sample}, with(attributes, "classlabels_ints", Integers{1, 2, 3}), 2));
  EXPECT_FALSE(run_ml("LinearClassifier", 1, {sample}, with(attributes, "classlabels_ints", Integers{}), 2));
  EXPECT_FALSE(run_ml("LinearClassifier", 1, {sample}, with(attributes, "classlabels_strings", Words{"a", "b"}), 2));
  EXPECT_FALSE(run_ml("LinearClassifier", 1, {counting({1, 0})}, attributes, 2));
}

TEST(SVMRegressor, RefusesWhatDoesNotFit) {
  const std::vector<Attribute> attributes = {{"coefficients", Floats{1, 2}},
                                             {"support_vectors", Floats{1, 2, 3, 4}},
                                             {"n_supports", int64_t{2}},
                                             {"rho", Floats{1}}};
  EXPECT_TRUE(run_ml("SVMRegressor", 1, {sample}, attributes));
  EXPECT_FALSE(run_ml("SVMRegressor", 1, {counting({1, 3})}, attributes));
  EXPECT_FALSE(run_ml("SVMRegressor", 1, {sample}, with(attributes, "n_supports", int64_t{3})));
  EXPECT_FALSE(run_ml("SVMRegressor", 1, {sample}, with(attributes, "n_supports", int64_t{-1})));
  EXPECT_FALSE(run_ml("SVMRegressor", 1, {sample}, with(attributes, "rho", Floats{})));
  EXPECT_FALSE(run_ml("SVMRegressor", 1, {sample}, with(attributes, "kernel_params", Floats{1})));
  EXPECT_FALSE(run_ml("SVMRegressor", 1, {sample}, with(attributes, "kernel_type", std::string("CUBE"))));
}

TEST(SVMClassifier, RefusesWhatDoesNotFit) {
  const std::vector<Attribute> attributes = {{"coefficients", Floats{1, -1}},
                                             {"support_vectors", Floats{1, 2, 3, 4}},
                                             {"vectors_per_class", Integers{1, 1}},
                                             {"classlabels_ints", Integers{5, 7}},
                                             {"rho", Floats{1}}};
  EXPECT_TRUE(run_ml("SVMClassifier", 1, {sample}, attributes, 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {counting({1, 3})}, attributes, 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {sample}, with(attributes, "vectors_per_class", Integers{2}), 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {sample}, with(attributes, "vectors_per_class", Integers{-1, 3}), 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {sample}, with(attributes, "vectors_per_class", Integers{0, 0}), 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {sample}, with(attributes, "rho", Floats{}), 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {sample}, with(attributes, "coefficients", Floats{1}), 2));
  EXPECT_FALSE(run_ml("SVMClassifier", 1, {sample}, with(attributes, "prob_a", Floats{1}), 2));
}

}  // namespace
}  // namespace wedge::testing
