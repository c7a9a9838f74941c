// UTF-8, read one code point at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wedge {

struct CodePoint {
  static constexpr char32_t invalid = 0xFFFFFFFF;
  static constexpr char32_t last = 0x10FFFF;

  char32_t value = invalid;
  size_t length = 0;  ///< bytes it took: 0 past the end, 1 when they are not valid UTF-8
};

inline CodePoint decode_utf8(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  if (byte(0) < 0x80) return {.value = byte(0), .length = 1};
  const size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  // 0x80 to 0xBF go on with a code point, and 0xC0, 0xC1 and 0xF5 on begin none.
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || length > text.size() - at) return {.length = 1};
  char32_t value = byte(0) & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {.length = 1};
    value = value << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > CodePoint::last) return {.length = 1};
  return {.value = value, .length = length};
}

/// `code` is a code point, not a surrogate.
inline void append_utf8(char32_t code, std::string& text) {
  const auto append = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto go_on = [&](unsigned shift) { append(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) {
    append(code);
  } else if (code < 0x800) {
    append(0xC0U | code >> 6U);
    go_on(0);
  } else if (code < 0x10000) {
    append(0xE0U | code >> 12U);
    go_on(6);
    go_on(0);
  } else {
    append(0xF0U | code >> 18U);
    go_on(12);
    go_on(6);
    go_on(0);
  }
}

}  // namespace wedge
