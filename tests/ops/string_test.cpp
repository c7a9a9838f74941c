#include <cmath>

#include "support/samples.h"

namespace wedge::testing {
namespace {

using Words = std::vector<std::string_view>;

Tensor words(const Words& elements) {
  return tensor<std::string_view>({static_cast<int64_t>(elements.size())}, elements);
}

TEST(StringConcat, Broadcasts) {
  const Tensor column = tensor<std::string_view>({2, 1}, {"a", "b"});
  const Tensor out = run_single("StringConcat", 20, {column, words({"x", "", "é"})});
  EXPECT_EQ(out.shape(), (Shape{2, 3}));
  EXPECT_EQ(values<std::string_view>(out), (Words{"ax", "a", "aé", "bx", "b", "bé"}));
  EXPECT_FALSE(run_node("StringConcat", 20, {words({"a", "b"}), words({"x", "y", "z"})}));
}

TEST(StringSplit, FillsUpShorterRows) {
  const auto out = run_node("StringSplit", 20, {words({"a,,b", "", "c"})}, {{"delimiter", std::string(",")}}, 2);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ((*out)[0].shape(), (Shape{3, 3}));
  EXPECT_EQ(values<std::string_view>((*out)[0]), (Words{"a", "", "b", "", "", "", "c", "", ""}));
  EXPECT_EQ(values<int64_t>((*out)[1]), (std::vector<int64_t>{3, 1, 1}));
}

TEST(StringSplit, KeepsTheRestAfterTheLastSplit) {
  const auto out = run_node("StringSplit", 20, {words({"  a b  c ", " "})}, {{"maxsplit", int64_t{1}}}, 2);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<std::string_view>((*out)[0]), (Words{"a", "b  c ", "", ""}));
  EXPECT_EQ(values<int64_t>((*out)[1]), (std::vector<int64_t>{2, 0}));
  EXPECT_FALSE(run_node("StringSplit", 20, {words({"a"})}, {{"maxsplit", int64_t{-1}}}, 2));
}

TEST(StringNormalizer, ChangesTheCaseOfAllScripts) {
  const std::vector<Attribute> attributes = {{"case_change_action", std::string("LOWER")},
                                             {"stopwords", std::vector<std::string>{"ÉTÉ"}}};
  EXPECT_EQ(values<std::string_view>(run_single("StringNormalizer", 10, {words({"été", "ÜBER", "ЖУК"})}, attributes)),
            (Words{"über", "жук"}));
}

TEST(StringNormalizer, DropsStopWordsOfAnyCase) {
  const std::vector<Attribute> attributes = {{"stopwords", std::vector<std::string>{"The"}},
                                             {"case_change_action", std::string("UPPER")}};
  EXPECT_EQ(values<std::string_view>(run_single("StringNormalizer", 10, {words({"the", "cat", "THE"})}, attributes)),
            (Words{"CAT"}));
  EXPECT_EQ(values<std::string_view>(run_single("StringNormalizer", 10, {words({"the"})}, attributes)), (Words{""}));
  EXPECT_FALSE(run_node("StringNormalizer", 10, {words({"a"})}, {{"case_change_action", std::string("TITLE")}}));
}

std::vector<Attribute> pool(std::vector<int64_t> starts, std::vector<int64_t> columns) {
  return {{"mode", std::string("TFIDF")},         {"min_gram_length", int64_t{1}},
          {"max_gram_length", int64_t{2}},        {"max_skip_count", int64_t{1}},
          {"ngram_counts", std::move(starts)},    {"ngram_indexes", std::move(columns)},
          {"weights", std::vector<float>{2, 10}}, {"pool_strings", std::vector<std::string>{"a", "a", "b"}}};
}

TEST(TfIdfVectorizer, WeighsWords) {
  const Tensor out = run_single("TfIdfVectorizer", 9, {words({"a", "b", "b", "a"})}, pool({0, 1}, {2, 0}));
  EXPECT_EQ(values<float>(out), (std::vector<float>{20, 0, 4}));
}

TEST(TfIdfVectorizer, RefusesPoolsThatDoNotAddUp) {
  EXPECT_FALSE(run_node("TfIdfVectorizer", 9, {words({"a"})}, pool({0, 2}, {2, 0})));
  EXPECT_FALSE(run_node("TfIdfVectorizer", 9, {words({"a"})}, pool({0, 1}, {2})));
  EXPECT_FALSE(run_node("TfIdfVectorizer", 9, {words({"a"})}, pool({0, 1}, {-1, 0})));
  EXPECT_FALSE(run_node("TfIdfVectorizer", 9, {words({"a"})}, pool({-1, 1}, {0, 1})));
}

TEST(LabelEncoder, MapsEitherWayInItsFirstVersion) {
  const std::vector<Attribute> classes = {{"classes_strings", std::vector<std::string>{"x", "y"}}};
  const auto places = run_ml("LabelEncoder", 1, {words({"y", "z"})}, classes);
  ASSERT_TRUE(places) << places.error().to_string();
  EXPECT_EQ(values<int64_t>(places->front()), (std::vector<int64_t>{1, -1}));
  const auto labels = run_ml("LabelEncoder", 1, {list({0, 7})}, classes);
  ASSERT_TRUE(labels) << labels.error().to_string();
  EXPECT_EQ(values<std::string_view>(labels->front()), (Words{"x", "_Unused"}));
}

TEST(LabelEncoder, FindsNanAndZero) {
  const auto out = run_ml("LabelEncoder", 2, {tensor<float>({3}, {NAN, -0.0F, 1})},
                          {{"keys_floats", std::vector<float>{NAN, 0}}, {"values_int64s", std::vector<int64_t>{5, 6}}});
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<int64_t>(out->front()), (std::vector<int64_t>{5, 6, -1}));
  EXPECT_FALSE(run_ml("LabelEncoder", 2, {tensor<float>({1}, {1})},
                      {{"keys_floats", std::vector<float>{1}}, {"values_int64s", std::vector<int64_t>{5, 6}}}));
  EXPECT_FALSE(run_ml("LabelEncoder", 2, {tensor<float>({1}, {1})}, {{"keys_floats", std::vector<float>{1}}}));
}

TEST(ArrayFeatureExtractor, PicksColumns) {
  const auto out = run_ml("ArrayFeatureExtractor", 1, {words({"a", "b", "c"}), list({2, 0})}, {});
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(out->front().shape(), (Shape{1, 2}));
  EXPECT_EQ(values<std::string_view>(out->front()), (Words{"c", "a"}));
  EXPECT_FALSE(run_ml("ArrayFeatureExtractor", 1, {words({"a"}), list({1})}, {}));
  EXPECT_FALSE(run_ml("ArrayFeatureExtractor", 1, {words({"a"}), list({-1})}, {}));
}

TEST(Binarizer, ComparesWithAThreshold) {
  const auto out = run_ml("Binarizer", 1, {tensor<float>({3}, {0.5F, 0.6F, NAN})}, {{"threshold", 0.5F}});
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(values<float>(out->front()), (std::vector<float>{0, 1, 0}));
  EXPECT_FALSE(run_ml("Binarizer", 1, {words({"a"})}, {}));
}

}  // namespace
}  // namespace wedge::testing
