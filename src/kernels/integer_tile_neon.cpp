#include "kernels/integer_tile.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <hwy/base.h>

#include <cstring>

#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define WEDGE_NEON_DOT __attribute__((target("arch=armv8.2-a+dotprod")))

namespace wedge::kernels {
namespace {

template <size_t rows>
using Sums = int32x4_t[rows][2];

// Four products per lane: those of one group of A, a lane of `a`, with a group of B's columns.
template <size_t rows, int lane>
WEDGE_NEON_DOT HWY_INLINE void add_group(const int8x16_t (&a)[rows], const int8_t* b, Sums<rows>& sums) {
  const int8x16_t left = vld1q_s8(b);
  const int8x16_t right = vld1q_s8(b + 16);
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    sums[i][0] = vdotq_laneq_s32(sums[i][0], left, a[i], lane);
    sums[i][1] = vdotq_laneq_s32(sums[i][1], right, a[i], lane);
  }
}

template <size_t rows>
WEDGE_NEON_DOT void sum_rows(const IntegerTile& tile) {
  constexpr size_t group_bytes = 32;
  Sums<rows> sums;
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = vdupq_n_s32(0);
  const auto* b = reinterpret_cast<const int8_t*>(tile.b);
  const std::byte* const* pixels = tile.pixels;
  for (size_t tap = 0; tap < tile.taps; ++tap, pixels += most_integer_rows) {
    size_t p = 0;
    int8x16_t a[rows];
    for (; p + 4 <= tile.groups; p += 4, b += 4 * group_bytes) {
      HWY_UNROLL(8)
      for (size_t i = 0; i < rows; ++i) a[i] = vld1q_s8(reinterpret_cast<const int8_t*>(pixels[i]) + 4 * p);
      add_group<rows, 0>(a, b, sums);
      add_group<rows, 1>(a, b + group_bytes, sums);
      add_group<rows, 2>(a, b + 2 * group_bytes, sums);
      add_group<rows, 3>(a, b + 3 * group_bytes, sums);
    }
    for (; p < tile.groups; ++p, b += group_bytes) {
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
        int32_t four;
        std::memcpy(&four, pixels[i] + 4 * p, sizeof four);
        a[i] = vreinterpretq_s8_s32(vdupq_n_s32(four));
      }
      add_group<rows, 0>(a, b, sums);
    }
  }
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    vst1q_s32(tile.sums + i * 8, sums[i][0]);
    vst1q_s32(tile.sums + i * 8 + 4, sums[i][1]);
  }
}

// By the number of rows, from one.
constexpr void (*sums_of[])(const IntegerTile&) = {sum_rows<1>, sum_rows<2>, sum_rows<3>, sum_rows<4>,
                                                   sum_rows<5>, sum_rows<6>, sum_rows<7>, sum_rows<8>};

void sum(const IntegerTile& tile) { sums_of[tile.rows - 1](tile); }

constexpr IntegerTileKind kind = {.rows = 8, .columns = 8, .group = 4, .a_is_signed = true, .sum = sum};

bool has_dot_products() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__APPLE__)
  return true;  // All of Apple's machines with this instruction set have them.
#else
  return false;
#endif
}

}  // namespace

const IntegerTileKind* neon_tile_kind() {
  static const bool has = has_dot_products();
  return has ? &kind : nullptr;
}

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
const IntegerTileKind* neon_tile_kind() { return nullptr; }
}  // namespace wedge::kernels
#endif
