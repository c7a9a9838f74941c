#include "kernels/integer_tile.h"

#if defined(__x86_64__) && !defined(WEDGE_NO_VNNI)
#include <immintrin.h>

#include <cstring>

namespace wedge::kernels {
namespace {

#define WEDGE_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

template <size_t rows>
WEDGE_VNNI void sum_rows(const IntegerTile& tile) {
  __m512i sums[rows][2];
  for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = _mm512_setzero_si512();
  const std::byte* b = tile.b;
  const std::byte* const* pixels = tile.pixels;
  for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
    const std::byte* a[rows];
    for (size_t i = 0; i < rows; ++i) a[i] = pixels[i];
    for (size_t p = 0; p < tile.groups; ++p, b += 128) {
      const __m512i left = _mm512_loadu_si512(b);
      const __m512i right = _mm512_loadu_si512(b + 64);
      for (size_t i = 0; i < rows; ++i) {
        int32_t four;
        std::memcpy(&four, a[i] + 4 * p, sizeof four);
        const __m512i spread = _mm512_set1_epi32(four);
        sums[i][0] = _mm512_dpbusd_epi32(sums[i][0], spread, left);
        sums[i][1] = _mm512_dpbusd_epi32(sums[i][1], spread, right);
      }
    }
  }
  for (size_t i = 0; i < rows; ++i) {
    _mm512_storeu_si512(tile.sums + i * 32, sums[i][0]);
    _mm512_storeu_si512(tile.sums + i * 32 + 16, sums[i][1]);
  }
}

void sum(const IntegerTile& tile) {
  switch (tile.rows) {
    case 1: return sum_rows<1>(tile);
    case 2: return sum_rows<2>(tile);
    case 3: return sum_rows<3>(tile);
    case 4: return sum_rows<4>(tile);
    case 5: return sum_rows<5>(tile);
    case 6: return sum_rows<6>(tile);
    case 7: return sum_rows<7>(tile);
    default: return sum_rows<8>(tile);
  }
}

constexpr IntegerTileKind kind = {.rows = 8, .columns = 32, .group = 4, .a_size = 1, .sum = sum};

}  // namespace

const IntegerTileKind* vnni_tile_kind() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vnni");
  return has ? &kind : nullptr;
}

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
const IntegerTileKind* vnni_tile_kind() { return nullptr; }
}  // namespace wedge::kernels
#endif
