// Sentences from pieces. std::format would add 400 KB to the WebAssembly build.
#pragma once

#include <concepts>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>

namespace wedge {

void append_text(std::string& out, std::string_view piece);
void append_text(std::string& out, int64_t value);
void append_text(std::string& out, uint64_t value);
void append_text(std::string& out, double value);

inline void append_text(std::string& out, const char* piece) { append_text(out, std::string_view(piece)); }
inline void append_text(std::string& out, const std::string& piece) { append_text(out, std::string_view(piece)); }
inline void append_text(std::string& out, char piece) { out += piece; }
inline void append_text(std::string& out, bool value) { append_text(out, value ? "true" : "false"); }
template <std::signed_integral T>
void append_text(std::string& out, T value) {
  append_text(out, static_cast<int64_t>(value));
}
template <std::unsigned_integral T>
void append_text(std::string& out, T value) {
  append_text(out, static_cast<uint64_t>(value));
}
inline void append_text(std::string& out, float value) { append_text(out, static_cast<double>(value)); }

/// Anything with a to_string() found by argument-dependent look-up joins in.
template <typename T>
  requires requires(const T& value) { std::string_view(to_string(value)); }
void append_text(std::string& out, const T& value) {
  append_text(out, std::string_view(to_string(value)));
}

/// Concatenates its arguments: strings, characters, numbers and anything with to_string().
template <typename... Parts>
[[nodiscard]] std::string text(const Parts&... parts) {
  std::string out;
  (append_text(out, parts), ...);
  return out;
}

}  // namespace wedge
