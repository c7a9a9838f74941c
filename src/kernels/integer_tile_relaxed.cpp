// Sums by WebAssembly's relaxed dot products of four bytes. The second operand's eighth bit is an unsigned byte's on
// one machine and a sign on another, and where neither holds sums of two products may be cut to 16 bits
// (https://github.com/WebAssembly/relaxed-simd, "Relaxed integer dot product"); a machine keeps to one way.
#include "kernels/integer_tile.h"

#if defined(__wasm_relaxed_simd__)
#include <hwy/base.h>
#include <wasm_simd128.h>

namespace wedge::kernels {
namespace {

v128_t dot(v128_t b, v128_t a, v128_t sum) { return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(b, a, sum); }

template <size_t rows>
void sum_rows(const IntegerTile& tile) {
  constexpr size_t group_bytes = 32;
  v128_t sums[rows][2];
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = wasm_i32x4_const_splat(0);
  const std::byte* b = tile.b;
  const std::byte* const* pixels = tile.pixels;
  for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
    const std::byte* a[rows];
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    for (size_t p = 0; p < 4 * tile.groups; p += 4, b += group_bytes) {
      const v128_t left = wasm_v128_load(b);
      const v128_t right = wasm_v128_load(b + 16);
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
        const v128_t four = wasm_v128_load32_splat(a[i] + p);
        sums[i][0] = dot(left, four, sums[i][0]);
        sums[i][1] = dot(right, four, sums[i][1]);
      }
    }
  }
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    wasm_v128_store(tile.sums + i * 8, sums[i][0]);
    wasm_v128_store(tile.sums + i * 8 + 4, sums[i][1]);
  }
}

// By the number of rows, from one.
constexpr void (*sums_of[])(const IntegerTile&) = {sum_rows<1>, sum_rows<2>, sum_rows<3>, sum_rows<4>, sum_rows<5>};

void sum(const IntegerTile& tile) { sums_of[tile.rows - 1](tile); }

constexpr IntegerTileKind of_unsigned = {.rows = 5, .columns = 8, .group = 4, .sum = sum};
constexpr IntegerTileKind of_signed = {.rows = 5, .columns = 8, .group = 4, .a_is_signed = true, .sum = sum};

// Whether sums are exact with the second operand's bytes as signed or as unsigned ones.
bool is_exact(bool is_signed) {
  for (const int b : {-128, -3, 127}) {
    for (const int a : {3, 127, 128, 200, 255}) {
      // Nothing is known before it runs.
      const volatile int second = a;
      const v128_t sum = dot(wasm_i8x16_splat(static_cast<int8_t>(b)), wasm_i8x16_splat(static_cast<int8_t>(second)),
                             wasm_i32x4_splat(-7));
      const int factor = is_signed ? static_cast<int8_t>(a) : a;
      if (!wasm_i32x4_all_true(wasm_i32x4_eq(sum, wasm_i32x4_splat(4 * b * factor - 7)))) return false;
    }
  }
  return true;
}

}  // namespace

const IntegerTileKind* relaxed_tile_kind() {
  static const IntegerTileKind* const kind = is_exact(false) ? &of_unsigned : is_exact(true) ? &of_signed : nullptr;
  return kind;
}

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
const IntegerTileKind* relaxed_tile_kind() { return nullptr; }
}  // namespace wedge::kernels
#endif
