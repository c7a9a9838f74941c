// Copying and filling by the instructions that engines have for it. The C library's loops are a lot of code and slow
// for much memory, but the instructions are slow for little.
#include <wasm_simd128.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#define WEDGE_BULK gnu::target("bulk-memory"), clang::no_builtin

namespace {

constexpr size_t lane = sizeof(v128_t);
// From here on the instructions are faster.
constexpr size_t much = 8 * lane + 1;

// Both ends, which overlap for less than two of them. Places may overlap, too.
template <typename Word>
void copy_ends(std::byte* to, const std::byte* from, size_t bytes) {
  Word first;
  Word last;
  __builtin_memcpy(&first, from, sizeof(Word));
  __builtin_memcpy(&last, from + bytes - sizeof(Word), sizeof(Word));
  __builtin_memcpy(to, &first, sizeof(Word));
  __builtin_memcpy(to + bytes - sizeof(Word), &last, sizeof(Word));
}

// Less than two lanes.
[[WEDGE_BULK]] void copy_little(std::byte* to, const std::byte* from, size_t bytes) {
  if (bytes >= lane) return copy_ends<v128_t>(to, from, bytes);
  if (bytes >= sizeof(uint64_t)) return copy_ends<uint64_t>(to, from, bytes);
  if (bytes >= sizeof(uint32_t)) return copy_ends<uint32_t>(to, from, bytes);
  if (bytes >= sizeof(uint16_t)) return copy_ends<uint16_t>(to, from, bytes);
  if (bytes == 1) *to = *from;
}

}  // namespace

extern "C" {
[[WEDGE_BULK]] void* memcpy(void* to, const void* from, size_t bytes) {
  auto* target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(from);
  if (bytes >= much) {
    __builtin_memcpy(to, from, bytes);
  } else if (bytes < 2 * lane) {
    copy_little(target, source, bytes);
  } else {
    for (size_t i = 0; i + lane < bytes; i += lane) wasm_v128_store(target + i, wasm_v128_load(source + i));
    wasm_v128_store(target + bytes - lane, wasm_v128_load(source + bytes - lane));
  }
  return to;
}

[[WEDGE_BULK]] void* memmove(void* to, const void* from, size_t bytes) {
  if (bytes < 2 * lane) {
    copy_little(static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes);
  } else {
    __builtin_memmove(to, from, bytes);
  }
  return to;
}

[[WEDGE_BULK]] void* memset(void* to, int value, size_t bytes) {
  auto* target = static_cast<std::byte*>(to);
  if (bytes >= much) {
    __builtin_memset(to, value, bytes);
  } else if (bytes >= lane) {
    const v128_t lanes = wasm_i8x16_splat(static_cast<int8_t>(value));
    for (size_t i = 0; i + lane < bytes; i += lane) wasm_v128_store(target + i, lanes);
    wasm_v128_store(target + bytes - lane, lanes);
  } else {
    for (size_t i = 0; i < bytes; ++i) target[i] = static_cast<std::byte>(value);
  }
  return to;
}
}
