// Sets of numbers that count something, values or nodes, and maps from them. A standard container would be compiled
// anew for every type of element; here that is a vector's part alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace wedge {

/// Numbers below 2^32, in the order in which they came.
class IdSet {
 public:
  static constexpr size_t npos = SIZE_MAX;

  IdSet() = default;
  template <std::ranges::range Ids>
  explicit IdSet(const Ids& ids) {
    insert_all(ids);
  }

  /// Whether it is new.
  bool insert(size_t id);
  template <std::ranges::range Ids>
  void insert_all(const Ids& ids) {
    for (const auto id : ids) insert(id);
  }
  [[nodiscard]] bool contains(size_t id) const { return position(id) != npos; }
  /// How many came before it; npos if it is not there.
  [[nodiscard]] size_t position(size_t id) const;
  [[nodiscard]] bool empty() const { return ids_.empty(); }
  [[nodiscard]] std::span<const uint32_t> ids() const { return ids_; }

 private:
  [[nodiscard]] size_t place_of(size_t id) const;
  void grow();

  std::vector<uint32_t> ids_;
  // A hash table, at most half full: positions plus one, 0 where there is none.
  std::vector<uint32_t> places_;
};

template <typename T>
class IdMap {
 public:
  /// Null if there is none.
  [[nodiscard]] const T* find(size_t id) const {
    const size_t position = ids_.position(id);
    return position == IdSet::npos ? nullptr : &values_[position];
  }
  [[nodiscard]] T* find(size_t id) { return const_cast<T*>(std::as_const(*this).find(id)); }
  [[nodiscard]] bool contains(size_t id) const { return ids_.contains(id); }
  T& operator[](size_t id) {
    if (ids_.insert(id)) values_.emplace_back();
    return values_[ids_.position(id)];
  }
  [[nodiscard]] bool empty() const { return ids_.empty(); }

  [[nodiscard]] std::span<const uint32_t> ids() const { return ids_.ids(); }
  /// In the order of ids().
  [[nodiscard]] std::span<T> values() { return values_; }
  [[nodiscard]] std::span<const T> values() const { return values_; }

 private:
  IdSet ids_;
  std::vector<T> values_;
};

}  // namespace wedge
