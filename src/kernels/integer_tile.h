// What integer_gemm() asks of the code compiled per SIMD target.
#pragma once

#include "base/checked.h"
#include "kernels/integer_gemm.h"
#include "kernels/next_panels.h"

namespace wedge::kernels {

/// The sums of a tile. A is unsigned unless its kind says otherwise, B signed; both padded with zeros to whole groups
/// of products.
struct IntegerTile {
  size_t rows;                     ///< how many of A's pointers are set
  size_t taps, groups;             ///< groups of products per tap
  const std::byte* const* pixels;  ///< most_integer_rows pointers per tap
  const std::byte* panel;          ///< instead of pixels where the kind wants it: per tap and group, rows of products
  const std::byte* b;              ///< per tap and group: a tile's columns of so many bytes
  size_t panel_bytes;              ///< from b to the next panel's, for tiles of two
  NextPanels next;
  size_t number;  ///< of this row of tiles
  int32_t* sums;  ///< rows x columns
};

/// A tile's sums brought to the result.
struct IntegerFinish {
  const IntegerProduct& product;
  const int32_t* sums;
  size_t sums_stride;
  size_t rows, columns;
  const int32_t* offsets;   ///< per column
  const int32_t* row_sums;  ///< per row; null when all zeros of B are 0
  const int32_t* b_zeros;   ///< per column, with row_sums
  size_t row, column;       ///< where the tile lies in C
};

/// One way to sum.
struct IntegerTileKind {
  size_t rows, columns;
  size_t wide_rows = 0;  ///< of tiles of two panels that are finished at once; 0 where there are none
  size_t group;          ///< products summed by one instruction
  bool a_is_signed = false;
  bool widens_a = false;  ///< reads A as a panel of 16-bit integers, not where its bytes are
  void (*sum)(const IntegerTile& tile);
  /// Sums and brings them to 8 bits or floats at once, for finishes without row sums, the former where
  /// scaled_sums_fit(); offsets are there for whole tiles. Null where there is no such way.
  void (*sum_to_bytes)(const IntegerTile& tile, const IntegerFinish& finish) = nullptr;
  void (*sum_to_floats)(const IntegerTile& tile, const IntegerFinish& finish) = nullptr;
};

/// By AVX-512's dot products of four bytes; null when this machine has none.
const IntegerTileKind* vnni_tile_kind();
/// By NEON's.
const IntegerTileKind* neon_tile_kind();
/// By WebAssembly's relaxed ones, where they are exact.
const IntegerTileKind* relaxed_tile_kind();

/// The one that products are summed by here.
const IntegerTileKind& integer_tile_kind();

/// The parts of packed B: sums of its columns, then panels of (tap, group, column, product).
struct IntegerPackedB {
  size_t panels, groups, panel_bytes, sums_bytes;

  IntegerPackedB(size_t taps, size_t depth, size_t n) {
    const IntegerTileKind& kind = integer_tile_kind();
    panels = ceil_div(n, kind.columns);
    groups = ceil_div(depth, kind.group);
    panel_bytes = taps * groups * kind.columns * kind.group;
    sums_bytes = round_up(panels * kind.columns * sizeof(int32_t), 64);
  }
  [[nodiscard]] size_t bytes() const { return sums_bytes + panels * panel_bytes; }
};

}  // namespace wedge::kernels
