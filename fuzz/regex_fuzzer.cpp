// Any bytes as a pattern, and a text for it: the pattern ends at the first line's end.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/regex.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t longest_text = 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t end = bytes.find('\n');
  const auto regex = wedge::Regex::compile(bytes.substr(0, end));
  if (!regex || end == std::string_view::npos) return 0;
  std::vector<uint32_t> scratch(regex->scratch_size());
  (void)regex->full_match(bytes.substr(end + 1, longest_text), scratch);
  return 0;
}
