#include "base/id_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <unordered_map>

namespace wedge {
namespace {

TEST(IdSet, KeepsTheOrderInWhichNumbersCame) {
  IdSet set(std::vector<uint32_t>{7, 3, UINT32_MAX, 3});
  EXPECT_TRUE(set.insert(0));
  EXPECT_FALSE(set.insert(UINT32_MAX));
  EXPECT_EQ(std::vector<uint32_t>(set.ids().begin(), set.ids().end()), (std::vector<uint32_t>{7, 3, UINT32_MAX, 0}));
  EXPECT_EQ(set.position(3), 1U);
  EXPECT_EQ(set.position(4), IdSet::npos);
}

TEST(IdMap, IsLikeAStandardOne) {
  const bool ok = rc::check([](const std::vector<std::pair<uint16_t, std::string>>& entries) {
    IdMap<std::string> map;
    std::unordered_map<uint32_t, std::string> expected;
    RC_ASSERT(map.empty());
    for (const auto& [id, value] : entries) {
      map[id] = value;
      expected[id] = value;
    }
    RC_ASSERT(map.ids().size() == expected.size());
    for (size_t i = 0; i < map.ids().size(); ++i) RC_ASSERT(map.values()[i] == expected.at(map.ids()[i]));
    for (uint32_t id = 0; id < UINT16_MAX; id += 7) RC_ASSERT(map.contains(id) == expected.contains(id));
    for (const auto& [id, value] : expected) RC_ASSERT(*map.find(id) == value);
  });
  EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace wedge
