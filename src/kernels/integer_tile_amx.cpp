#include "kernels/integer_tile.h"

#if WEDGE_HAS_AMX
#include <hwy/cache_control.h>

#include "kernels/vnni_finish.h"

namespace wedge::kernels {
namespace {

// A tile of C is up to two registers down and two across, so that each that is loaded multiplies two others. The panels
// of B are VNNI's: registers of 16 groups of four rows by 16 columns, side by side.
constexpr size_t register_columns = amx::row_bytes / sizeof(int32_t);
constexpr size_t most_rows = 2 * amx::tile_rows;
constexpr size_t panel_columns = 2 * register_columns;
constexpr size_t group_bytes = 4 * panel_columns;
constexpr size_t step_groups = amx::tile_rows;
constexpr size_t step_bytes = most_rows * amx::row_bytes;  // of A
static_assert(most_rows == most_integer_rows);

size_t steps_of(size_t groups) { return ceil_div(groups, step_groups); }

size_t packed_a_bytes(size_t taps, size_t groups) { return taps * steps_of(groups) * step_bytes; }

// Rows as registers take them: for each tap and step 64 bytes of every row, filled up with zeros.
WEDGE_VNNI void pack_a(const IntegerRowsToPack& a, std::byte* panel) {
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(a.flip));
  const size_t whole = a.depth / amx::row_bytes;
  const auto rest = static_cast<__mmask64>((uint64_t{1} << a.depth % amx::row_bytes) - 1);
  const std::byte* const* pixels = a.pixels;
  for (size_t tap = 0; tap < a.taps; ++tap, pixels += most_integer_rows) {
    for (size_t i = 0; i < a.rows; ++i) {
      const std::byte* from = pixels[i];
      std::byte* to = panel + i * amx::row_bytes;
      for (size_t step = 0; step < whole; ++step, from += amx::row_bytes, to += step_bytes) {
        _mm512_store_si512(to, _mm512_xor_si512(_mm512_loadu_si512(from), flip));
      }
      if (rest != 0) {
        _mm512_store_si512(to,
                           _mm512_maskz_mov_epi8(rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from), flip)));
      }
    }
    panel += steps_of(ceil_div(a.depth, size_t{4})) * step_bytes;
  }
}

template <size_t down, size_t across>
void multiply_step(const std::byte* a, const std::byte* b) {
  amx::load<4>(a, amx::row_bytes);
  if constexpr (down == 2) amx::load<5>(a + amx::tile_bytes, amx::row_bytes);
  amx::load<6>(b, group_bytes);
  if constexpr (across == 2) amx::load<7>(b + amx::row_bytes, group_bytes);
  amx::dot_bytes<0, 4, 6>();
  if constexpr (across == 2) amx::dot_bytes<1, 4, 7>();
  if constexpr (down == 2) amx::dot_bytes<2, 5, 6>();
  if constexpr (down == 2 && across == 2) amx::dot_bytes<3, 5, 7>();
}

// offsets: what the sums of each column begin with.
template <size_t down, size_t across>
void sum_tile(const IntegerTile& tile, const int32_t* offsets) {
  amx::load<0>(offsets, 0);
  if constexpr (across == 2) amx::load<1>(offsets + register_columns, 0);
  if constexpr (down == 2) amx::load<2>(offsets, 0);
  if constexpr (down == 2 && across == 2) amx::load<3>(offsets + register_columns, 0);
  const std::byte* a = tile.panel;
  const std::byte* b = tile.b;
  const size_t ahead_bytes = step_groups * tile.next.step;
  uintptr_t ahead = reinterpret_cast<uintptr_t>(b) + static_cast<uintptr_t>(tile.next.distance) +
                    tile.number * tile.taps * steps_of(tile.groups) * ahead_bytes;
  for (size_t tap = 0; tap < tile.taps; ++tap) {
    size_t group = 0;
    for (; group + step_groups <= tile.groups; group += step_groups, a += step_bytes, b += step_groups * group_bytes) {
      for (size_t at = 0; at < ahead_bytes; at += 64) hwy::Prefetch(reinterpret_cast<const std::byte*>(ahead + at));
      ahead += ahead_bytes;
      multiply_step<down, across>(a, b);
    }
    const size_t rest = (tile.groups - group) * group_bytes;
    if (rest == 0) continue;
    // A's zeros leave nothing of the rows that B has not, which must not be read all the same.
    alignas(64) std::byte last[step_groups * group_bytes];
    std::memcpy(last, b, rest);
    std::memset(last + rest, 0, sizeof last - rest);
    multiply_step<down, across>(a, last);
    a += step_bytes;
    b += rest;
  }
  constexpr size_t stride = panel_columns * sizeof(int32_t);
  amx::store<0>(tile.sums, stride);
  if constexpr (across == 2) amx::store<1>(tile.sums + register_columns, stride);
  int32_t* lower = tile.sums + amx::tile_rows * panel_columns;
  if constexpr (down == 2) amx::store<2>(lower, stride);
  if constexpr (down == 2 && across == 2) amx::store<3>(lower + register_columns, stride);
}

void sum_from_offsets(const IntegerTile& tile, const int32_t* offsets, size_t columns) {
  if (tile.rows > amx::tile_rows) {
    return columns > register_columns ? sum_tile<2, 2>(tile, offsets) : sum_tile<2, 1>(tile, offsets);
  }
  columns > register_columns ? sum_tile<1, 2>(tile, offsets) : sum_tile<1, 1>(tile, offsets);
}

void sum(const IntegerTile& tile) {
  alignas(64) static constexpr int32_t zeros[panel_columns] = {};
  sum_from_offsets(tile, zeros, panel_columns);
}

template <typename To, size_t rows, size_t vectors>
WEDGE_VNNI void store_rows(const int32_t* from, const IntegerFinish& f, size_t row) {
  vnni::Sums<rows, vectors> sums;
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(2) for (size_t j = 0; j < vectors; ++j) {
      sums[i][j] = _mm512_load_si512(from + (row + i) * panel_columns + j * register_columns);
    }
  }
  To::template store<rows, vectors>(sums, f, row);
}

template <typename To, size_t vectors>
WEDGE_VNNI void finish_columns(const IntegerFinish& f) {
  constexpr size_t rows_at_once = 8;
  size_t row = 0;
  for (; row + rows_at_once <= f.rows; row += rows_at_once) store_rows<To, rows_at_once, vectors>(f.sums, f, row);
  for (; row < f.rows; ++row) store_rows<To, 1, vectors>(f.sums, f, row);
}

template <typename To>
void finish_to(const IntegerFinish& f) {
  f.columns > register_columns ? finish_columns<To, 2>(f) : finish_columns<To, 1>(f);
}

constexpr IntegerTileKind kind = {.rows = most_rows,
                                  .columns = panel_columns,
                                  .register_rows = amx::tile_rows,
                                  .group = 4,
                                  .packed_a_bytes = packed_a_bytes,
                                  .pack_a = pack_a,
                                  .enter = amx::enter,
                                  .leave = amx::leave,
                                  .sum = sum,
                                  .sum_from_offsets = sum_from_offsets,
                                  .finish_to_bytes = finish_to<vnni::ToBytes>,
                                  .finish_to_floats = finish_to<vnni::ToFloats>};

}  // namespace

const IntegerTileKind* amx_tile_kind() { return amx::is_here() ? &kind : nullptr; }

}  // namespace wedge::kernels
#endif
