#include "base/name_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <unordered_map>

namespace wedge {
namespace {

TEST(NameMap, IsLikeAStandardOne) {
  const bool ok = rc::check([](const std::vector<std::string>& names, const std::vector<std::string>& others) {
    NameMap map;
    std::unordered_map<std::string_view, uint32_t> expected;
    for (uint32_t i = 0; i < names.size(); ++i) {
      RC_ASSERT(map.insert(names[i], i) == expected.emplace(names[i], i).second);
    }
    for (const auto& [name, number] : expected) RC_ASSERT(*map.find(name) == number);
    for (const auto& name : others) RC_ASSERT(map.contains(name) == expected.contains(name));
  });
  EXPECT_TRUE(ok);
}

TEST(NameMap, TellsNamesOfTheSameHashApart) {
  // FNV-1a in 32 bits gives these the same number.
  NameMap map;
  EXPECT_TRUE(map.insert("costarring", 1));
  EXPECT_FALSE(map.contains("liquid"));
  EXPECT_TRUE(map.insert("liquid", 2));
  EXPECT_EQ(*map.find("costarring"), 1U);
  EXPECT_EQ(*map.find("liquid"), 2U);
}

}  // namespace
}  // namespace wedge
