#include "base/name_map.h"

namespace wedge {
namespace {

// Fowler, Noll and Vo's.
uint32_t hash_of(std::string_view name) {
  uint32_t hash = 0x811c9dc5;
  for (const char character : name) hash = (hash ^ static_cast<unsigned char>(character)) * 0x01000193;
  return hash;
}

}  // namespace

const uint32_t* NameMap::find(std::string_view name) const {
  const uint32_t* last = by_hash_.find(hash_of(name));
  for (uint32_t at = last == nullptr ? 0 : *last; at != 0; at = entries_[at - 1].next) {
    if (entries_[at - 1].name == name) return &entries_[at - 1].number;
  }
  return nullptr;
}

bool NameMap::insert(std::string_view name, uint32_t number) {
  if (contains(name)) return false;
  uint32_t& last = by_hash_[hash_of(name)];
  entries_.push_back({.name = name, .number = number, .next = last});
  last = static_cast<uint32_t>(entries_.size());
  return true;
}

}  // namespace wedge
