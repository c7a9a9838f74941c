#include "base/letter_case.h"

#include <gtest/gtest.h>

namespace wedge {
namespace {

TEST(LetterCase, GoesThroughUnicode) {
  EXPECT_EQ(lower_case("ÄRGER 12 ΑΘΉΝΑ ЖУК Ա Ⅷ 𐐀"), "ärger 12 αθήνα жук ա ⅷ 𐐨");
  EXPECT_EQ(upper_case("ärger 12 αθήνα жук ա ⅷ 𐐨"), "ÄRGER 12 ΑΘΉΝΑ ЖУК Ա Ⅷ 𐐀");
  // Pairs that lie one after the other change by turns.
  EXPECT_EQ(lower_case("ĀāĂă"), "āāăă");
  EXPECT_EQ(upper_case("ĀāĂă"), "ĀĀĂĂ");
}

TEST(LetterCase, LeavesWhatHasNoSingleOther) {
  EXPECT_EQ(upper_case("straße"), "STRAßE");
  EXPECT_EQ(lower_case("日本 ٣ 😀"), "日本 ٣ 😀");
  EXPECT_EQ(lower_case(""), "");
}

TEST(LetterCase, KeepsBytesThatAreNotText) {
  EXPECT_EQ(upper_case("a\xFF"
                       "b\xC3"),
            "A\xFF"
            "B\xC3");
  EXPECT_EQ(lower_case(std::string_view("A\0B", 3)), std::string_view("a\0b", 3));
}

}  // namespace
}  // namespace wedge
