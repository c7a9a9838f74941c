// What integer_gemm() asks of the code compiled per SIMD target.
#pragma once

#include "base/checked.h"
#include "kernels/amx.h"
#include "kernels/integer_gemm.h"
#include "kernels/next_panels.h"

namespace wedge::kernels {

/// Groups of rows that panels have besides their own. Packed models are files, whose numbers may be damaged.
struct IntegerExtras {
  size_t most = 0;                    ///< of all panels
  const uint32_t* firsts = nullptr;   ///< of a panel, and of the next one
  const uint32_t* numbers = nullptr;  ///< tap * groups + group of each
  const std::byte* groups = nullptr;  ///< as in a panel
};

/// The sums of a tile. A is unsigned unless its kind says otherwise, B signed; both padded with zeros to whole groups
/// of products.
struct IntegerTile {
  size_t rows;                     ///< how many of A's pointers are set
  size_t taps, groups;             ///< groups of products per tap
  const std::byte* const* pixels;  ///< most_integer_rows pointers per tap
  const std::byte* panel;          ///< instead of pixels where the kind packs A
  const std::byte* b;              ///< per tap and group: a tile's columns of so many bytes
  size_t panel_bytes;              ///< from b to the next panel's, for several tiles
  IntegerExtras extras;            ///< of kinds that cut pairs
  NextPanels next;
  size_t number;  ///< of this row of tiles
  int32_t* sums;  ///< rows x columns
};

/// Some rows of A on their way to a panel.
struct IntegerRowsToPack {
  size_t rows, taps, depth;
  const std::byte* const* pixels;  ///< most_integer_rows pointers per tap, each to `depth` bytes
  uint8_t flip;                    ///< what every byte is combined with by exclusive or
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
  size_t wide_rows = 0;      ///< of tiles of two panels that are finished at once; 0 where there are none
  size_t register_rows = 1;  ///< so many take as long as one
  size_t group;              ///< products summed by one instruction
  bool a_is_signed = false;
  /// Sums of two products are cut to 16 bits: B has no two weights, side by side in a group, that could leave them.
  /// Where it had such, half of them is in another group, one of the panel's extras.
  bool cuts_pairs = false;
  /// Whether sum_to_bytes and sum_to_floats take tiles of as many panels as there are, side by side.
  bool finishes_rows = false;
  /// Where tiles read A from a panel, not where its bytes are: how large that is and how it is written.
  size_t (*packed_a_bytes)(size_t taps, size_t groups) = nullptr;
  void (*pack_a)(const IntegerRowsToPack& a, std::byte* panel) = nullptr;
  /// What comes before and after all tiles of a thread; may be null.
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
  void (*sum)(const IntegerTile& tile);
  /// Sums and brings them to 8 bits or floats at once, for finishes without row sums, the former where
  /// scaled_sums_fit(); offsets are there for whole tiles. Null where there is no such way.
  void (*sum_to_bytes)(const IntegerTile& tile, const IntegerFinish& finish) = nullptr;
  void (*sum_to_floats)(const IntegerTile& tile, const IntegerFinish& finish) = nullptr;
  /// The same in two halves, so that a tile is summed while the one before is brought to its result: sums that begin
  /// with the offsets, and their finish.
  void (*sum_from_offsets)(const IntegerTile& tile, const int32_t* offsets, size_t columns) = nullptr;
  void (*finish_to_bytes)(const IntegerFinish& finish) = nullptr;
  void (*finish_to_floats)(const IntegerFinish& finish) = nullptr;
};

/// By AVX-512's dot products of four bytes; null when this machine has none.
const IntegerTileKind* vnni_tile_kind();
/// By NEON's.
const IntegerTileKind* neon_tile_kind();
/// By WebAssembly's relaxed ones, where they are exact.
const IntegerTileKind* relaxed_tile_kind();

/// By older x86 processors' products of bytes, which cut sums of two.
#if defined(__x86_64__)
const IntegerTileKind* cut_tile_kind();
#else
inline const IntegerTileKind* cut_tile_kind() { return nullptr; }
#endif
/// Whether there may be a kind that cuts pairs.
#if defined(__x86_64__) || defined(__wasm_relaxed_simd__)
inline constexpr bool has_cut_tiles = true;
#else
inline constexpr bool has_cut_tiles = false;
#endif
/// By products of pairs of 16 bits, which every machine has.
const IntegerTileKind& pairs_tile_kind();

/// By AMX, for many rows, with VNNI's panels.
#if WEDGE_HAS_AMX
const IntegerTileKind* amx_tile_kind();
#else
inline const IntegerTileKind* amx_tile_kind() { return nullptr; }
#endif

/// The fastest here, which B is packed for where it can be; else it is for pairs.
const IntegerTileKind& integer_tile_kind();

/// The parts of packed B: for which kind it is, the sums of its columns, panels of (tap, group, column, product), and
/// the panels' extras.
struct IntegerPackedB {
  const IntegerTileKind& kind;
  size_t panels, groups, group_bytes, panel_bytes, sums_bytes;
  size_t most_extras;  ///< of all panels

  IntegerPackedB(const IntegerTileKind& of, size_t taps, size_t depth, size_t n)
      : kind(of),
        panels(ceil_div(n, kind.columns)),
        groups(ceil_div(depth, kind.group)),
        group_bytes(kind.columns * kind.group),
        panel_bytes(saturating_bytes(taps, groups, group_bytes)),
        sums_bytes(round_up(panels * kind.columns * sizeof(int32_t), 64)),
        // With more the products of pairs are as fast.
        most_extras(has_extras() ? panels * taps * groups / 8 : 0) {}
  /// Of what is packed already.
  IntegerPackedB(const std::byte* packed, size_t taps, size_t depth, size_t n)
      : IntegerPackedB(kind_of(packed), taps, depth, n) {}

  [[nodiscard]] bool has_extras() const { return has_cut_tiles && kind.cuts_pairs; }
  static constexpr size_t sums_at = 64;
  [[nodiscard]] size_t panel_at(size_t i) const { return sums_at + sums_bytes + i * panel_bytes; }
  /// Where the extras of each panel begin and, one more, those of the last end; then the extras' numbers.
  [[nodiscard]] size_t extras_at() const { return panel_at(panels); }
  [[nodiscard]] size_t extra_at(size_t i) const {
    const size_t head = has_extras() ? round_up((panels + 1 + most_extras) * sizeof(uint32_t), 64) : 0;
    return extras_at() + head + i * group_bytes;
  }
  /// All of it; `too_many_bytes` when so many could not be counted.
  [[nodiscard]] size_t bytes() const {
    const bool counts = saturating_bytes(panels, panel_bytes) < SIZE_MAX / 4;
    return counts ? extra_at(most_extras) : too_many_bytes;
  }

  [[nodiscard]] IntegerExtras extras(const std::byte* packed, size_t panel) const {
    if (!has_extras()) return {};
    const auto* firsts = reinterpret_cast<const uint32_t*>(packed + extras_at());
    return {
        .most = most_extras, .firsts = firsts + panel, .numbers = firsts + panels + 1, .groups = packed + extra_at(0)};
  }

  [[nodiscard]] static const IntegerTileKind& kind_of(const std::byte* packed) {
    const bool is_for_pairs = has_cut_tiles && *reinterpret_cast<const uint32_t*>(packed) != 0;
    return is_for_pairs ? pairs_tile_kind() : integer_tile_kind();
  }
  void set_kind(std::byte* packed) const { *reinterpret_cast<uint32_t*>(packed) = &kind == &pairs_tile_kind() ? 1 : 0; }
};

}  // namespace wedge::kernels
