// Letters in lower and upper case, after Unicode's mappings of one code point to one. What changes length in a change
// of case (a sharp s) stays as it is, and no locale plays a part, so that all machines agree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wedge {

/// Every `step`th code point from `first` to `last` becomes the one `distance` after it.
struct CaseRun {
  char32_t first;
  char32_t last;
  int32_t step;
  int32_t distance;
};

/// Bytes that are not valid UTF-8 stay as they are.
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

}  // namespace wedge
