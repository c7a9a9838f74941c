// Places looked up by keys of any type.
#pragma once

#include <bit>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "tensor/visit.h"

namespace wedge {

/// Keys of every type as one of two: words, or integers, where floats go by the bits of their double, of which NaN and
/// zero have one pattern each.
class KeyMap {
 public:
  /// Of keys given twice the later one counts.
  void add(std::string_view key, size_t place) { words_[std::string(key)] = place; }
  void add(auto key, size_t place) { numbers_[canonical(key)] = place; }

  [[nodiscard]] size_t find(std::string_view key, size_t absent) const {
    const auto found = words_.find(key);
    return found == words_.end() ? absent : found->second;
  }
  [[nodiscard]] size_t find(auto key, size_t absent) const {
    const auto found = numbers_.find(canonical(key));
    return found == numbers_.end() ? absent : found->second;
  }

 private:
  static int64_t canonical(std::integral auto key) { return static_cast<int64_t>(key); }
  template <typename T>
    requires(!std::integral<T>)
  static int64_t canonical(T key) {
    const auto number = static_cast<double>(static_cast<ArithmeticType<T>>(key));
    if (std::isnan(number)) return INT64_MIN + 1;
    return number == 0 ? 0 : std::bit_cast<int64_t>(number);
  }

  std::map<std::string, size_t, std::less<>> words_;
  std::map<int64_t, size_t> numbers_;
};

}  // namespace wedge
