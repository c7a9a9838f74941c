#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

using Integers = std::vector<int64_t>;
using Floats = std::vector<float>;
using Words = std::vector<std::string>;

void set(std::vector<Attribute>& attributes, const std::string& name, Attribute::Value value) {
  std::erase_if(attributes, [&](const Attribute& attribute) { return attribute.name == name; });
  attributes.push_back({name, std::move(value)});
}

// x0 <= 0.5 ? (x1 > 1 ? 1 : 2) : 4
std::vector<Attribute> regressor() {
  return {{"nodes_treeids", Integers{7, 7, 7, 7, 7}},
          {"nodes_nodeids", Integers{0, 1, 2, 3, 4}},
          {"nodes_featureids", Integers{0, 1, 0, 0, 0}},
          {"nodes_modes", Words{"BRANCH_LEQ", "BRANCH_GT", "LEAF", "LEAF", "LEAF"}},
          {"nodes_values", Floats{0.5F, 1, 0, 0, 0}},
          {"nodes_truenodeids", Integers{1, 3, 0, 0, 0}},
          {"nodes_falsenodeids", Integers{2, 4, 0, 0, 0}},
          {"target_treeids", Integers{7, 7, 7}},
          {"target_nodeids", Integers{3, 4, 2}},
          {"target_ids", Integers{0, 0, 0}},
          {"target_weights", Floats{1, 2, 4}},
          {"n_targets", int64_t{1}}};
}

Result<std::vector<Tensor>> run_with(const std::string& name, Attribute::Value value) {
  auto attributes = regressor();
  set(attributes, name, std::move(value));
  return run_ml("TreeEnsembleRegressor", 3, {tensor<float>({2, 2}, {0, 2, 1, 0})}, attributes);
}

TEST(TreeEnsembleRegressor, TakesIntegersAndMissingValues) {
  const auto whole = run_ml("TreeEnsembleRegressor", 1, {tensor<int64_t>({3, 2}, {0, 2, 0, 1, 1, 5})}, regressor());
  ASSERT_TRUE(whole) << whole.error().to_string();
  EXPECT_EQ(values<float>(whole->front()), (Floats{1, 2, 4}));
  auto attributes = regressor();
  set(attributes, "nodes_missing_value_tracks_true", Integers{0, 1, 0, 0, 0});
  const auto missing = run_ml("TreeEnsembleRegressor", 3, {tensor<float>({2, 2}, {NAN, 0, 0, NAN})}, attributes);
  ASSERT_TRUE(missing) << missing.error().to_string();
  EXPECT_EQ(values<float>(missing->front()), (Floats{4, 1}));
}

TEST(TreeEnsembleRegressor, TransformsASingleTarget) {
  const auto out = run_with("post_transform", std::string("LOGISTIC"));
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_FLOAT_EQ(values<float>(out->front())[0], 1 / (1 + std::exp(-1.0F)));
}

// LightGBM's sets of values become chains of comparisons whose ways out meet.
TEST(TreeEnsembleRegressor, TakesWaysThatMeet) {
  const auto out = run_with("nodes_falsenodeids", Integers{1, 4, 0, 0, 0});
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<float>(out->front()), (Floats{1, 2}));
}

TEST(TreeEnsembleRegressor, RefusesTreesThatAreNone) {
  EXPECT_TRUE(run_with("n_targets", int64_t{1}));
  EXPECT_FALSE(run_with("nodes_truenodeids", Integers{0, 3, 0, 0, 0}));
  EXPECT_FALSE(run_with("nodes_truenodeids", Integers{1, 0, 0, 0, 0}));
  EXPECT_FALSE(run_with("nodes_truenodeids", Integers{9, 3, 0, 0, 0}));
  EXPECT_FALSE(run_with("nodes_truenodeids", Integers{1, -3, 0, 0, 0}));
  EXPECT_FALSE(run_with("nodes_truenodeids", Integers{1, 3}));
  EXPECT_FALSE(run_with("nodes_nodeids", Integers{0, 1, 2, 3, 3}));
  EXPECT_FALSE(run_with("nodes_featureids", Integers{0, 2, 0, 0, 0}));
  EXPECT_FALSE(run_with("nodes_featureids", Integers{0, -1, 0, 0, 0}));
  EXPECT_FALSE(run_with("nodes_modes", Words{"BRANCH_LEQ", "BRANCH", "LEAF", "LEAF", "LEAF"}));
  EXPECT_FALSE(run_with("nodes_values", Floats{}));
  EXPECT_FALSE(run_with("target_ids", Integers{0, 0, 1}));
  EXPECT_FALSE(run_with("target_nodeids", Integers{3, 4, 5}));
  EXPECT_FALSE(run_with("target_weights", Floats{1}));
  EXPECT_FALSE(run_with("base_values", Floats{1, 2}));
  EXPECT_FALSE(run_with("n_targets", int64_t{-1}));
  EXPECT_FALSE(run_with("n_targets", INT64_MAX));
  EXPECT_FALSE(run_with("aggregate_function", std::string("MEDIAN")));
  EXPECT_FALSE(run_with("post_transform", std::string("CUBE")));
  EXPECT_FALSE(run_ml("TreeEnsembleRegressor", 1, {tensor<float>({1, 1}, {0})}, {{"n_targets", int64_t{1}}}));
}

TEST(TreeEnsembleClassifier, NamesTheBestClass) {
  auto attributes = regressor();
  set(attributes, "class_treeids", Integers{7, 7, 7});
  set(attributes, "class_nodeids", Integers{3, 4, 2});
  set(attributes, "class_ids", Integers{1, 0, 1});
  set(attributes, "class_weights", Floats{0.25F, -2, 4});
  set(attributes, "classlabels_strings", Words{"a", "b"});
  const auto out = run_ml("TreeEnsembleClassifier", 3, {tensor<double>({3, 2}, {0, 2, 0, 1, 1, 5})}, attributes, 2);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<std::string_view>((*out)[0]), (std::vector<std::string_view>{"b", "a", "b"}));
  EXPECT_EQ(values<float>((*out)[1]), (Floats{0, 0.25F, -2, 0, 0, 4}));
  set(attributes, "classlabels_int64s", Integers{1, 2});
  EXPECT_FALSE(run_ml("TreeEnsembleClassifier", 3, {counting({1, 2})}, attributes, 2));
}

// x0 in {1, 3} ? 5 : (x0 < 2 ? 6 : 7)
std::vector<Attribute> ensemble() {
  return {{"tree_roots", Integers{0}},
          {"nodes_featureids", Integers{0, 0}},
          {"nodes_modes", tensor<uint8_t>({2}, {6, 1})},
          {"nodes_splits", tensor<Float16>({2}, {Float16(0.0F), Float16(2.0F)})},
          {"nodes_truenodeids", Integers{0, 1}},
          {"nodes_trueleafs", Integers{1, 1}},
          {"nodes_falsenodeids", Integers{1, 2}},
          {"nodes_falseleafs", Integers{0, 1}},
          {"membership_values", tensor<Float16>({2}, {Float16(3.0F), Float16(1.0F)})},
          {"leaf_targetids", Integers{0, 0, 0}},
          {"leaf_weights", tensor<Float16>({3}, {Float16(5.0F), Float16(6.0F), Float16(7.0F)})},
          {"n_targets", int64_t{1}}};
}

Result<std::vector<Tensor>> ensemble_with(const std::string& name, Attribute::Value value) {
  auto attributes = ensemble();
  set(attributes, name, std::move(value));
  return run_ml("TreeEnsemble", 5, {tensor<float>({2, 1}, {1, 2})}, attributes);
}

TEST(TreeEnsemble, TakesHalfFloats) {
  const Tensor samples = tensor<Float16>({3, 1}, {Float16(3.0F), Float16(0.0F), Float16(2.0F)});
  const auto out = run_ml("TreeEnsemble", 5, {samples}, ensemble());
  ASSERT_TRUE(out) << out.error().to_string();
  const auto got = values<Float16>(out->front());
  EXPECT_EQ((Floats{static_cast<float>(got[0]), static_cast<float>(got[1]), static_cast<float>(got[2])}),
            (Floats{5, 6, 7}));
}

TEST(TreeEnsemble, NumbersTransformsAsTheStandardDoes) {
  const auto softmax = ensemble_with("post_transform", int64_t{1});
  ASSERT_TRUE(softmax) << softmax.error().to_string();
  EXPECT_EQ(values<float>(softmax->front()), (Floats{1, 1}));
  const auto logistic = ensemble_with("post_transform", int64_t{2});
  ASSERT_TRUE(logistic) << logistic.error().to_string();
  EXPECT_FLOAT_EQ(values<float>(logistic->front())[0], 1 / (1 + std::exp(-5.0F)));
}

TEST(TreeEnsemble, RefusesTreesThatAreNone) {
  EXPECT_TRUE(ensemble_with("n_targets", int64_t{1}));
  EXPECT_FALSE(ensemble_with("n_targets", int64_t{0}));
  EXPECT_FALSE(ensemble_with("tree_roots", Integers{}));
  EXPECT_FALSE(ensemble_with("tree_roots", Integers{2}));
  EXPECT_FALSE(ensemble_with("nodes_falsenodeids", Integers{0, 2}));
  EXPECT_FALSE(ensemble_with("nodes_falsenodeids", Integers{2, 2}));
  EXPECT_FALSE(ensemble_with("nodes_falsenodeids", Integers{1, 3}));
  EXPECT_FALSE(ensemble_with("nodes_modes", tensor<uint8_t>({2}, {7, 1})));
  EXPECT_FALSE(ensemble_with("nodes_modes", tensor<uint8_t>({2}, {6, 6})));
  EXPECT_FALSE(ensemble_with("nodes_modes", tensor<uint8_t>({2}, {0, 1})));
  EXPECT_FALSE(ensemble_with("leaf_targetids", Integers{0, 0, 1}));
  EXPECT_FALSE(ensemble_with("leaf_targetids", Integers{0, 0}));
  EXPECT_FALSE(ensemble_with("nodes_missing_value_tracks_true", Integers{0}));
  EXPECT_FALSE(ensemble_with("post_transform", int64_t{5}));
  EXPECT_FALSE(ensemble_with("aggregate_function", int64_t{-1}));
}

}  // namespace
}  // namespace wedge::testing
