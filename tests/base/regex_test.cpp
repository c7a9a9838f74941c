#include "base/regex.h"

#include <gtest/gtest.h>

#include <string>

namespace wedge {
namespace {

using namespace std::string_view_literals;

bool matches(std::string_view pattern, std::string_view text) {
  const auto regex = Regex::compile(pattern);
  if (!regex) {
    ADD_FAILURE() << regex.error().to_string();
    return false;
  }
  std::vector<uint32_t> scratch(regex->scratch_size(), 0xCDCDCDCD);
  return regex->full_match(text, scratch);
}

struct Case {
  std::string_view pattern;
  std::vector<std::string_view> matching;
  std::vector<std::string_view> others;
};

TEST(Regex, MatchesWholeTexts) {
  const Case cases[] = {
      {"", {""}, {"a"}},
      {"abc", {"abc"}, {"", "ab", "abcd", "xabc"}},
      {"a|bc|", {"a", "bc", ""}, {"b", "abc"}},
      {"(a|b(c|d))e", {"ae", "bce", "bde"}, {"e", "be", "abce"}},
      {"ab*c", {"ac", "abc", "abbbc"}, {"a", "abb"}},
      {"a+", {"a", "aaa"}, {"", "b"}},
      {"(ab)?c", {"c", "abc"}, {"abab", "ababc"}},
      {"a{3}", {"aaa"}, {"aa", "aaaa"}},
      {"a{2,}", {"aa", "aaaaa"}, {"a"}},
      {"(ab){1,2}", {"ab", "abab"}, {"", "ababab"}},
      {"a{0}b", {"b"}, {"ab"}},
      {"(a|b{2}){2}c", {"aac", "abbc", "bbbbc"}, {"bc", "abc", "ac"}},
      {"a*?b+?c??d{1,2}?", {"bd", "aabbcdd"}, {"ad"}},
      {"(a*)*(b?)+", {"", "aaab", "abb"}, {"ba"}},
      {"a{,2}", {"a{,2}"}, {"a", ""}},
      {"{x}{", {"{x}{"}, {"x"}},
      {"a.c",
       {"abc", "aéc", "a€c", "a\U0001F600c"},
       {"ac", "a\nc",
        "a\xFF"
        "c",
        "a\xC3"
        "c"}},
      {"(?s)a.c",
       {"a\nc"},
       {"a\xED\xA0\x80"
        "c"}},
      {"(?s:.)(.)", {"\nx"}, {"\n\n"}},
      {"[a-c]+", {"abc"}, {"", "d", "-"}},
      {"[^a-c]", {"d", "\n", "é"}, {"a", "", "\xFF"}},
      {"[]a]+", {"]a"}, {"[", ""}},
      {"[^]a]", {"[", "b"}, {"]", "a"}},
      {"[a-]+[-a][+--]", {"a-a,", "---"}, {"b-a,"}},
      {"[\\w.\\-]+", {"a_9.-"}, {"a b", "é"}},
      {"[\\w-.]+", {"a-."}, {","}},
      {"[[:alpha:]_]+[[:^digit:]][[:space:]]", {"aZ_x\v"}, {"aZ1\v", "a1"}},
      {"[[:punct:]]+", {"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}, {"a"}},
      {"[[:x]+", {"[:x"}, {"]"}},
      {R"(\d\s\w\D\S\W)", {"1\tax!-"}, {"1\vax!-", "a\tax!-"}},
      {"[^\\d\\s]", {"a"}, {"1", " "}},
      {"[\\D1]+", {"a1"}, {"2"}},
      {R"(\x41\x{1F600}\101\n\.\_\a)", {"A\U0001F600A\n._\a"}, {"A"}},
      {"\\0a", {"\0a"sv}, {"a"}},
      {R"(\Qa.b*\E*c\Q|)", {"a.bc|", "a.b***c|"}, {"axbc|"}},
      {"[à-ü]+é{2}", {"éàéé"}, {"é", "aéé"}},
      {"(?i)hello [a-c]\\x4b[^x]", {"HeLLo BkY", "hello ak\u00FC", "hello a\u212A1"}, {"hello akX", "hello dkz"}},
      {"a(?i)b|c", {"ab", "aB", "C"}, {"Ab"}},
      {"(?i:a)b(?i)c(?-i)d", {"AbCd", "abcd"}, {"ABcd", "abcD"}},
      {R"((?P<year>\d{4})-(?<month>\d\d)(?:x))", {"2024-01x"}, {"2024-1x"}},
      {"^abc$", {"abc"}, {"abc\n", "xabc"}},
      {"a^b|a$b", {}, {"ab"}},
      {"(^a)*$", {"a", ""}, {"aa"}},
      {"a\n^b$\nc", {}, {"a\nb\nc"}},
      {"(?m)a$\n^b$\n^c", {"a\nb\nc"}, {"ab"}},
      {"\\Aa\\z", {"a"}, {"a\n"}},
      {"\\bfoo\\b.*", {"foo", "foo bar"}, {"food"}},
      {"a\\Bb\\b", {"ab"}, {"a"}},
      {R"(www\.[\w.-]+\.\bcom\b)", {"www.google.com", "www.a-b.c.com"}, {"www.com", "www.google.comx"}},
  };
  for (const auto& [pattern, matching, others] : cases) {
    for (const auto text : matching) EXPECT_TRUE(matches(pattern, text)) << pattern << " on " << text;
    for (const auto text : others) EXPECT_FALSE(matches(pattern, text)) << pattern << " on " << text;
  }
}

TEST(Regex, RefusesWhatIsNoExpression) {
  for (const auto pattern : {"(",           ")",       "a)",           "(a",
                             "[",           "[]",      "[a",           "[^",
                             "[b-a]",       "[a-\\d]", "[[:letter:]]", "*",
                             "a|*",         "(*)",     "a**",          "a*+",
                             "a{2}{3}",     "a{3,2}",  "a{1001}",      "a{0,99999999999}",
                             "\\",          "[\\",     "\\q",          "\\8x",
                             "\\é",         "\\x",     "\\x4",         "\\x{}",
                             "\\x{110000}", "\\x{41",  "(?",           "(?i",
                             "(?x)a",       "(?-)",    "(?--i)",       "(?P<>a)",
                             "(?P<a",       "(?P=a)",  "\xFF",         "\\Z"}) {
    EXPECT_FALSE(Regex::compile(pattern)) << pattern;
  }
}

TEST(Regex, RefusesWhatNoAutomatonMatches) {
  for (const auto pattern :
       {"(a)\\1", "(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "\\pL", "[\\p{Greek}]", "\\C", "(?i)é"}) {
    const auto regex = Regex::compile(pattern);
    ASSERT_FALSE(regex) << pattern;
    EXPECT_EQ(regex.error().code(), ErrorCode::unsupported) << pattern;
  }
}

TEST(Regex, RefusesPatternsThatGrowTooLarge) {
  EXPECT_FALSE(Regex::compile("((a{1000}){1000}){1000}"));
  EXPECT_FALSE(Regex::compile("(((){1000}){1000}){1000}"));
  EXPECT_FALSE(Regex::compile(std::string(100000, 'a')));
  EXPECT_FALSE(Regex::compile(std::string(5000, '(') + std::string(5000, ')')));
  EXPECT_TRUE(Regex::compile("(a{10}){1000}"));
}

// A backtracking matcher takes 2^n steps here.
TEST(Regex, TakesLinearTime) {
  EXPECT_TRUE(matches("(a?){100}a{100}", std::string(100, 'a')));
  EXPECT_FALSE(matches("(a*)*b", std::string(10000, 'a')));
}

}  // namespace
}  // namespace wedge
