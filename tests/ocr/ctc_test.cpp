#include "ocr/ctc.h"

#include <gtest/gtest.h>

namespace wedge::ocr {
namespace {

// One step after the other, each sure of one class.
std::vector<float> steps(const Alphabet& alphabet, std::initializer_list<size_t> classes, float sureness = 1) {
  std::vector<float> probabilities(classes.size() * alphabet.size());
  size_t start = 0;
  for (const size_t index : classes) {
    probabilities[start + index] = sureness;
    start += alphabet.size();
  }
  return probabilities;
}

TEST(Alphabet, BlankFirstSpaceLast) {
  const Alphabet alphabet("a\n市\r\nb");
  ASSERT_EQ(alphabet.size(), 5);
  EXPECT_EQ(alphabet[0], "");
  EXPECT_EQ(alphabet[2], "市");
  EXPECT_EQ(alphabet[4], " ");
}

TEST(Alphabet, OfAMissingFile) { EXPECT_FALSE(Alphabet::load("/no/such/alphabet.txt")); }

TEST(DecodeGreedily, RepeatsCountOnceAndBlanksSeparate) {
  const Alphabet alphabet("a\n市\nb\n");
  const auto reading = decode_greedily(steps(alphabet, {0, 1, 1, 0, 1, 2, 2, 4, 3, 0}, 0.5F), alphabet);
  EXPECT_EQ(reading.text, "aa市 b");
  EXPECT_FLOAT_EQ(reading.score, 0.5F);
}

TEST(DecodeGreedily, NothingScoresNothing) {
  const Alphabet alphabet("a\n");
  EXPECT_EQ(decode_greedily(steps(alphabet, {0, 0}), alphabet).text, "");
  EXPECT_EQ(decode_greedily({}, alphabet).score, 0);
}

}  // namespace
}  // namespace wedge::ocr
