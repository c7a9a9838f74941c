#include "base/text.h"

#include <charconv>

namespace wedge {

void append_text(std::string& out, std::string_view piece) { out.append(piece); }

void append_text(std::string& out, int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_text(std::string& out, uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_text(std::string& out, double value) {
  // Six significant digits in float keep the large double tables out of small builds.
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(value)).ptr;
  out.append(digits, end);
}

}  // namespace wedge
