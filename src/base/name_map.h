// A map from names to numbers, with less code than a standard one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/id_map.h"

namespace wedge {

/// Names are not copied.
class NameMap {
 public:
  /// Null if there is none.
  [[nodiscard]] const uint32_t* find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Whether the name is new; otherwise it keeps its number.
  bool insert(std::string_view name, uint32_t number);

 private:
  struct Entry {
    std::string_view name;
    uint32_t number;
    uint32_t next;  // the entry of the same hash that came before it, counted from 1
  };
  IdMap<uint32_t> by_hash_;  // the entry that came last
  std::vector<Entry> entries_;
};

}  // namespace wedge
