// Intel's AMX: registers of 16 rows of 64 bytes, which multiply as matrices. Written as instructions, since compilers
// take the numbers of registers for text.
#pragma once

#include "kernels/vnni.h"

#if WEDGE_HAS_VNNI && defined(__linux__) && !defined(WEDGE_NO_AMX)
#define WEDGE_HAS_AMX 1

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wedge::kernels::amx {

inline constexpr size_t tile_rows = 16;
inline constexpr size_t row_bytes = 64;
inline constexpr size_t tile_bytes = tile_rows * row_bytes;

/// Whether the processor has it and the system lets this process use it, for which it asks once.
bool is_here();

#ifndef WEDGE_PLAIN_AMX

/// Between these two calls registers, all of their full size, are this thread's own. What they hold first is not
/// defined.
inline void enter() {
  struct {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t bytes[16] = {};
    uint8_t rows[16] = {};
  } shape;
  static_assert(sizeof shape == 64);
  for (size_t i = 0; i < 8; ++i) {
    shape.bytes[i] = row_bytes;
    shape.rows[i] = tile_rows;
  }
  asm volatile("ldtilecfg %0" : : "m"(shape));
}
/// Unused registers cost nothing when the system changes threads.
inline void leave() { asm volatile("tilerelease"); }

template <size_t to>
inline void zero() {
  asm volatile("tilezero %%tmm%c0" : : "i"(to));
}

/// Rows are `stride` bytes apart.
template <size_t to>
inline void load(const void* from, size_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride), "i"(to) : "memory");
}

template <size_t from>
inline void store(void* to, size_t stride) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride), "i"(from) : "memory");
}

/// c[i][j] of 32 bits += the sum over k of unsigned a[i][k] and signed b[k / 4][4 j + k % 4], bytes.
template <size_t c, size_t a, size_t b>
inline void dot_bytes() {
  asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(c), "i"(a), "i"(b));
}

/// c[i][j] of f32 += the sum over k of a[i][k] and b[k / 2][2 j + k % 2], bf16. Subnormal numbers count as zero.
template <size_t c, size_t a, size_t b>
inline void dot_bf16() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(c), "i"(a), "i"(b));
}

#else

// The same in plain loops, for tests on machines that have none.
struct PlainRegister {
  alignas(64) std::byte rows[tile_rows][row_bytes];
};
inline thread_local PlainRegister plain_registers[8];

inline void enter() { std::memset(plain_registers, 0xFF, sizeof plain_registers); }
inline void leave() {}

template <size_t to>
void zero() {
  plain_registers[to] = {};
}

template <size_t to>
void load(const void* from, size_t stride) {
  for (size_t i = 0; i < tile_rows; ++i) {
    std::memcpy(plain_registers[to].rows[i], static_cast<const std::byte*>(from) + i * stride, row_bytes);
  }
}

template <size_t from>
void store(void* to, size_t stride) {
  for (size_t i = 0; i < tile_rows; ++i) {
    std::memcpy(static_cast<std::byte*>(to) + i * stride, plain_registers[from].rows[i], row_bytes);
  }
}

// a_element(row, k) and b_element(row, k): of the registers that are multiplied.
template <size_t c, typename Sum, size_t products, typename A, typename B>
void plain_dots(const A& a_element, const B& b_element) {
  constexpr size_t columns = row_bytes / sizeof(Sum);
  for (size_t i = 0; i < tile_rows; ++i) {
    Sum sums[columns];
    std::memcpy(sums, plain_registers[c].rows[i], row_bytes);
    for (size_t k = 0; k < tile_rows * products; ++k) {
      for (size_t j = 0; j < columns; ++j)
        sums[j] += a_element(i, k) * b_element(k / products, products * j + k % products);
    }
    std::memcpy(plain_registers[c].rows[i], sums, row_bytes);
  }
}

template <size_t c, size_t a, size_t b>
void dot_bytes() {
  plain_dots<c, int32_t, 4>(
      [](size_t row, size_t k) { return static_cast<int32_t>(plain_registers[a].rows[row][k]); },
      [](size_t row, size_t k) { return int32_t{static_cast<int8_t>(plain_registers[b].rows[row][k])}; });
}

inline float plain_bf16(const PlainRegister& from, size_t row, size_t k) {
  uint16_t half;
  std::memcpy(&half, from.rows[row] + 2 * k, sizeof half);
  const uint32_t bits = uint32_t{half} << 16U;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <size_t c, size_t a, size_t b>
void dot_bf16() {
  plain_dots<c, float, 2>([](size_t row, size_t k) { return plain_bf16(plain_registers[a], row, k); },
                          [](size_t row, size_t k) { return plain_bf16(plain_registers[b], row, k); });
}

#endif

}  // namespace wedge::kernels::amx
#else
#define WEDGE_HAS_AMX 0
#endif
