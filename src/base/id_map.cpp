#include "base/id_map.h"

#include <bit>

namespace wedge {

// Where the number stands in the table, or would.
size_t IdSet::place_of(size_t id) const {
  constexpr uint32_t golden = 0x9e3779b1;
  const size_t mask = places_.size() - 1;
  const auto number = static_cast<uint32_t>(id);
  size_t place = (number * golden) >> (32 - std::countr_zero(places_.size()));
  while (places_[place] != 0 && ids_[places_[place] - 1] != number) place = (place + 1) & mask;
  return place;
}

size_t IdSet::position(size_t id) const {
  if (ids_.empty()) return npos;
  const uint32_t found = places_[place_of(id)];
  return found == 0 ? npos : found - 1;
}

void IdSet::grow() {
  constexpr size_t smallest = 16;
  places_.assign(places_.empty() ? smallest : 2 * places_.size(), 0);
  for (size_t i = 0; i < ids_.size(); ++i) places_[place_of(ids_[i])] = static_cast<uint32_t>(i + 1);
}

bool IdSet::insert(size_t id) {
  if (2 * ids_.size() >= places_.size()) grow();
  uint32_t& place = places_[place_of(id)];
  if (place != 0) return false;
  ids_.push_back(static_cast<uint32_t>(id));
  place = static_cast<uint32_t>(ids_.size());
  return true;
}

}  // namespace wedge
