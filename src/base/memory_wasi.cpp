// Copying and filling by the instructions that engines have for it. The C library's loops are a lot of code, and slow
// for much memory; but the instructions are slow for little.
#include <wasm_simd128.h>

#include <cstddef>
#include <cstring>

namespace {

constexpr size_t little = 128;
constexpr size_t lane = sizeof(v128_t);

}  // namespace

#define WEDGE_BULK gnu::target("bulk-memory"), clang::no_builtin

extern "C" {
[[WEDGE_BULK]] void* memcpy(void* to, const void* from, size_t bytes) {
  auto* target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(from);
  if (bytes > little) {
    __builtin_memcpy(to, from, bytes);
  } else if (bytes >= lane) {
    // The last lane may overlap the one before it.
    for (size_t i = 0; i + lane < bytes; i += lane) wasm_v128_store(target + i, wasm_v128_load(source + i));
    wasm_v128_store(target + bytes - lane, wasm_v128_load(source + bytes - lane));
  } else {
    for (size_t i = 0; i < bytes; ++i) target[i] = source[i];
  }
  return to;
}

[[WEDGE_BULK]] void* memmove(void* to, const void* from, size_t bytes) {
  const size_t distance = static_cast<size_t>(static_cast<std::byte*>(to) - static_cast<const std::byte*>(from));
  if (distance >= bytes && 0 - distance >= bytes) return memcpy(to, from, bytes);
  __builtin_memmove(to, from, bytes);
  return to;
}

[[WEDGE_BULK]] void* memset(void* to, int value, size_t bytes) {
  auto* target = static_cast<std::byte*>(to);
  if (bytes > little) {
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
