// The innermost loops of gemm(): a tile of C held in registers. Included once per SIMD target.
#if defined(WEDGE_KERNELS_GEMM_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_GEMM_TILE_INL_H_
#undef WEDGE_KERNELS_GEMM_TILE_INL_H_
#else
#define WEDGE_KERNELS_GEMM_TILE_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/built_in_parts.h"
#include "kernels/gemm_block.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());

// Rows x vectors that fill the register file: 32 registers on AVX-512 and ARM, 16 elsewhere; engines for WebAssembly
// spill beyond eight accumulators. Wide tiles take two panels at once: on AVX-512 the fewer instructions besides the
// multiplications matter, since a core that runs two threads starts half as many for each.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
inline constexpr size_t tile_rows = 6;
inline constexpr size_t tile_vectors = 2;
#elif HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
inline constexpr size_t tile_rows = 6;
inline constexpr size_t tile_vectors = 2;
#elif HWY_ARCH_ARM
inline constexpr size_t tile_rows = 8;
inline constexpr size_t tile_vectors = 2;
#else
inline constexpr size_t tile_rows = 4;
inline constexpr size_t tile_vectors = 2;
#endif
inline constexpr size_t panel_width = tile_vectors * lanes;
inline constexpr size_t wide_vectors = 2 * tile_vectors;
// Elsewhere a row of one panel has too few sums to hide how long each addition takes; engines for WebAssembly are
// slower than that.
template <size_t rows>
inline constexpr bool is_wide = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3 ? true : rows == 1 && HWY_ARCH_WASM == 0;

// Where addresses with a displacement take no instruction of their own, tiles whose rows have no gaps are worth code of
// their own.
inline constexpr bool has_contiguous = HWY_ARCH_X86 != 0;

// Engines for WebAssembly compute an address for every row that is read, which costs more than to copy a tile's rows
// into a panel first.
inline constexpr bool copies_a = HWY_ARCH_WASM != 0;

#if HWY_TARGET != HWY_SCALAR
/// Writes four rows of four floats as columns of a panel.
template <size_t width>
HWY_INLINE void transpose_block(const float* row0, const float* row1, const float* row2, const float* row3, float* to) {
  const hn::FixedTag<float, 4> d;
  store_transposed(d, hn::LoadU(d, row0), hn::LoadU(d, row1), hn::LoadU(d, row2), hn::LoadU(d, row3), to, width);
}
#endif

/// Small builds have tiles of as many vectors as a panel has, also where the columns that exist are fewer.
inline constexpr bool has_narrow_tiles = !built_in::lists::is_made_for_models;

/// Finishes and stores the sums of a tile at (row, column) of the block C, of which `columns` columns exist. The finish
/// is a copy, which stores of vectors can not change.
template <size_t rows, size_t vectors>
HWY_INLINE void store_tile(const TileFinish finish, hn::Vec<FloatTag> (&sums)[rows][vectors], float* c,
                           ptrdiff_t c_stride, size_t row, size_t column, size_t columns) {
  const FloatTag d;
  using V = hn::Vec<FloatTag>;
  if (finish.alpha != 1.0F) {
    const V alpha = hn::Set(d, finish.alpha);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) sums[i][j] = hn::Mul(alpha, sums[i][j]);
    }
  }
  const V low = hn::Set(d, finish.clamp.low);
  const V high = hn::Set(d, finish.clamp.high);
  const bool clamped = finish.clamp.active();
  HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) {
    const size_t first = j * lanes;
    if (!has_narrow_tiles && first >= columns) return;
    const size_t count = columns - first;
    const bool whole = (has_narrow_tiles && j + 1 < vectors) || count >= lanes;
    const auto load = [&](const float* from)
                          HWY_ATTR { return whole ? hn::LoadU(d, from) : load_first(d, from, count); };
    const V column_bias = finish.column_bias == nullptr ? hn::Zero(d) : load(finish.column_bias + column + first);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      const auto at = static_cast<ptrdiff_t>(row + i);
      V value = sums[i][j];
      if (finish.addend != nullptr) {
        value = hn::Add(load(finish.addend + at * finish.addend_stride + column + first), value);
      }
      if (finish.column_bias != nullptr) value = hn::Add(value, column_bias);
      if (finish.row_bias != nullptr) value = hn::Add(value, hn::Set(d, finish.row_bias[row + i]));
      if (clamped) value = clamp(value, low, high);
      float* to = c + at * c_stride + column + first;
      if (whole) {
        hn::StoreU(value, d, to);
      } else {
        store_first(value, d, to, count);
      }
    }
  }
}

/// Whether elements of B become floats as they are loaded. Engines for WebAssembly take so many instructions for it
/// that those beside count for little.
template <typename B>
inline constexpr bool is_widened = sizeof(B) != sizeof(float);

/// How many sums there are of an element of C, which are added in the end. Tiles of few rows take two panels on most
/// machines; engines for WebAssembly would read slower from two places, and a fused addition takes longer than those of
/// the other sums.
#ifdef __wasm_relaxed_simd__
template <size_t rows, typename B>
inline constexpr size_t parts_of_sum = is_widened<B> || rows > 2 ? 1 : 4 / rows;
#else
template <size_t rows, typename B>
inline constexpr size_t parts_of_sum = 1;
#endif

/// How many rows a loop takes in a turn: more are fewer instructions beside the multiplications, where code may be
/// large.
template <size_t rows, typename B>
inline constexpr size_t steps_at_once =
    HWY_ARCH_X86 != 0                     ? 4
    : HWY_ARCH_WASM != 0 && is_widened<B> ? 1
                                          : std::max<size_t>(2, parts_of_sum<rows, B>);

/// A vector of B's elements as floats. Those of 16 bits are Highway's types, which say what they mean.
template <typename B>
HWY_INLINE hn::Vec<FloatTag> load_b(const B* from) {
  const FloatTag d;
  if constexpr (sizeof(B) == sizeof(float)) {
    return hn::LoadU(d, from);
  } else {
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<B, FloatTag>(), from));
  }
}

template <size_t rows, size_t vectors>
HWY_INLINE void set_zero(hn::Vec<FloatTag> (&sums)[rows][vectors]) {
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) sums[i][j] = hn::Zero(FloatTag());
  }
}

template <size_t rows, size_t vectors>
HWY_INLINE void add_sums(const hn::Vec<FloatTag> (&more)[rows][vectors], hn::Vec<FloatTag> (&sums)[rows][vectors]) {
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) sums[i][j] = hn::Add(sums[i][j], more[i][j]);
  }
}

/// Adds the products of a row of B with a column of A. Vectors beyond tile_vectors are the next panel's.
template <size_t rows, size_t vectors, typename B, typename Column>
HWY_INLINE void add_product(const Column& column_of_a, const B* b, ptrdiff_t panel_stride,
                            hn::Vec<FloatTag> (&sums)[rows][vectors]) {
  using V = hn::Vec<FloatTag>;
  V b_row[vectors];
  HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) {
    const auto panel = static_cast<ptrdiff_t>(j / tile_vectors);
    b_row[j] = load_b(b + panel * panel_stride + j % tile_vectors * lanes);
  }
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    const V a_element = hn::Set(FloatTag(), column_of_a(i));
    HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) sums[i][j] = hn::MulAdd(a_element, b_row[j], sums[i][j]);
  }
}

/// Calls multiply() with what asks for the share of a row of tiles.
template <size_t panels, typename Multiply>
HWY_INLINE void with_prefetcher(const NextPanels& next, const void* b, ptrdiff_t panel_bytes, size_t k, size_t tile,
                                const Multiply& multiply) {
  if (!prefetches || next.step == 0) return multiply(NoPrefetcher());
  switch (next.rows_of_a_line()) {
    case 1: return multiply(Prefetcher<panels, 1>(next, b, panel_bytes, k, tile));
    case 2: return multiply(Prefetcher<panels, 2>(next, b, panel_bytes, k, tile));
    default: return multiply(Prefetcher<panels, 4>(next, b, panel_bytes, k, tile));
  }
}

/// For k rows step(i), i from the last advance(rows) on, a few of them in a loop that asks for its share of the next
/// block.
template <size_t few, typename Ahead, typename Step, typename Advance>
HWY_INLINE void for_each_row(size_t k, Ahead ahead, const Step& step, const Advance& advance) {
  const auto steps = [&]<size_t... rows>(std::index_sequence<rows...>)
                         WEDGE_INLINE { ((ahead.ask(rows), step(rows)), ...); };
  for (size_t i = k / few; i > 0; --i) {
    steps(std::make_index_sequence<few>());
    ahead.move(few);
    advance(few);
  }
  for (size_t i = k % few; i > 0; --i) {
    step(0);
    advance(1);
  }
}

/// Rows of A that are evenly apart: with a pointer to every third, an address takes no instruction on x86.
template <size_t rows>
class EvenRows {
 public:
  HWY_INLINE EvenRows(const float* a, ptrdiff_t stride) : stride_(stride) {
    HWY_UNROLL(8) for (size_t i = 0; i < pointers; ++i) {
      thirds_[i] = a + static_cast<ptrdiff_t>(3 * i) * stride;
      // Or else compilers make one of the other at every step.
      asm("" : "+r"(thirds_[i]));
    }
  }
  [[nodiscard]] HWY_INLINE float at(size_t row, ptrdiff_t column) const {
    return thirds_[row / 3][static_cast<ptrdiff_t>(row % 3) * stride_ + column];
  }
  HWY_INLINE void move(ptrdiff_t columns) { HWY_UNROLL(8) for (size_t i = 0; i < pointers; ++i) thirds_[i] += columns; }

 private:
  static constexpr size_t pointers = (rows + 2) / 3;
  const float* thirds_[pointers];
  ptrdiff_t stride_;
};

/// Adds the products of k rows of B, panel_width apart, with columns of a panel of A, tile_rows apart.
template <size_t rows, size_t vectors>
HWY_INLINE void add_products(const float* a, const float* b, size_t k, hn::Vec<FloatTag> (&sums)[rows][vectors]) {
  const float* end = b + k * panel_width;
  const auto step = [&]() HWY_ATTR {
    add_product([&](size_t i) { return a[i]; }, b, 0, sums);
    a += tile_rows;
    b += panel_width;
    // Or else a step's addresses differ from the one before by constants, for each of which engines for WebAssembly
    // take an instruction.
    asm("" : "+r"(a));
    asm("" : "+r"(b));
    return b == end;
  };
  // At every turn of a loop such engines look whether they are to stop. The ways out between the steps keep them from
  // loading for several at once, which spills.
  while (b != end) {
    if (step() || step() || step() || step() || step() || step() || step()) return;
    step();
  }
}

/// The panels that a tile reads.
template <size_t vectors>
inline constexpr size_t panels_of = (vectors + tile_vectors - 1) / tile_vectors;

/// How rows of A lie: in a panel, each without gaps, or in any way.
enum class RowsOfA : uint8_t { in_panels, contiguous, strided };

/// rows x (vectors * lanes) elements of C, of which `columns` exist: more than (vectors - 1) * lanes.
/// row, column: where the tile lies in the block.
template <size_t rows, size_t vectors, RowsOfA rows_of_a, typename B>
HWY_NOINLINE void compute_tile(const GemmBlock& block, const float* a, const B* b, size_t row, size_t column,
                               size_t columns) {
  constexpr size_t parts = parts_of_sum<rows, B>;
  hn::Vec<FloatTag> parts_of_sums[parts][rows][vectors];
  HWY_UNROLL(4) for (size_t i = 0; i < parts; ++i) set_zero(parts_of_sums[i]);
  auto& sums = parts_of_sums[0];
  if constexpr (rows_of_a == RowsOfA::in_panels) {
    add_products(a, b, block.k, sums);
    return store_tile(block.finish, sums, block.c, block.c_stride, row, column, columns);
  }
  const ptrdiff_t a_column_stride = rows_of_a == RowsOfA::contiguous ? 1 : block.a_column_stride;
  const ptrdiff_t b_row_stride = block.b_row_stride;
  const ptrdiff_t panel_stride = block.b_panel_stride;
  const auto add_all = [&](auto ahead) WEDGE_INLINE {
    EvenRows<rows> even(a, block.a_row_stride);
    for_each_row<steps_at_once<rows, B>>(
        block.k, ahead,
        [&](ptrdiff_t p) WEDGE_INLINE {
          add_product([&](size_t i) WEDGE_INLINE { return even.at(i, p * a_column_stride); }, b + p * b_row_stride,
                      panel_stride, parts_of_sums[static_cast<size_t>(p) % parts]);
        },
        [&](ptrdiff_t count) WEDGE_INLINE {
          even.move(count * a_column_stride);
          b += count * b_row_stride;
        });
  };
  with_prefetcher<panels_of<vectors>>(block.next, b, panel_stride * static_cast<ptrdiff_t>(sizeof(B)), block.k,
                                      row / tile_rows, add_all);
  HWY_UNROLL(4) for (size_t i = 1; i < parts; ++i) add_sums(parts_of_sums[i], sums);
  store_tile(block.finish, sums, block.c, block.c_stride, row, column, columns);
}

/// Calls compute.template operator()<vectors>(column, columns) for the tiles of a row of them.
template <size_t rows, typename Compute>
HWY_INLINE void for_each_tile(size_t n, const Compute& compute) {
  size_t column = 0;
  if constexpr (is_wide<rows>) {
    for (; n - column > panel_width + lanes; column += wide_vectors * lanes) {
      const size_t columns = std::min(n - column, wide_vectors * lanes);
      compute.template operator()<wide_vectors>(column, columns);
      if (columns < wide_vectors * lanes) return;
    }
  }
  for (; column < n; column += panel_width) {
    const size_t columns = std::min(n - column, panel_width);
    if (!has_narrow_tiles || columns > (tile_vectors - 1) * lanes) {
      compute.template operator()<tile_vectors>(column, columns);
    } else {
      static_assert(tile_vectors == 2);
      compute.template operator()<1>(column, columns);
    }
  }
}

template <size_t rows, RowsOfA rows_of_a, typename B>
HWY_INLINE void compute_row_of_tiles(const GemmBlock& block, const float* a, size_t row) {
  const auto* b = static_cast<const B*>(block.b);
  for_each_tile<rows>(block.n, [&]<size_t vectors>(size_t column, size_t columns) HWY_ATTR {
    compute_tile<rows, vectors, rows_of_a, B>(block, a, b, row, column, columns);
    b += static_cast<ptrdiff_t>(panels_of<vectors>) * block.b_panel_stride;
  });
}

template <typename B>
HWY_NOINLINE void compute_rows(const GemmBlock& block) {
  const float* a = block.a;
  size_t row = 0;
  if constexpr (!built_in::has_part("tiles")) {
    for (; row < block.m; ++row) {
      const auto in_tile = static_cast<ptrdiff_t>(row % tile_rows);
      const auto tile = static_cast<ptrdiff_t>(row / tile_rows);
      compute_row_of_tiles<1, RowsOfA::strided, B>(block, a + tile * block.a_tile_stride + in_tile * block.a_row_stride,
                                                   row);
    }
    return;
  }
  constexpr bool has_panels = copies_a && !is_widened<B>;
  const bool in_panels =
      has_panels && block.a_row_stride == 1 && block.a_column_stride == tile_rows && block.b_row_stride == panel_width;
  for (; row + tile_rows <= block.m; row += tile_rows, a += block.a_tile_stride) {
    if (in_panels) {
      compute_row_of_tiles<tile_rows, has_panels ? RowsOfA::in_panels : RowsOfA::strided, B>(block, a, row);
    } else if (has_contiguous && block.a_column_stride == 1) {
      compute_row_of_tiles<tile_rows, has_contiguous ? RowsOfA::contiguous : RowsOfA::strided, B>(block, a, row);
    } else {
      compute_row_of_tiles<tile_rows, RowsOfA::strided, B>(block, a, row);
    }
  }
  const auto finish = [&]<size_t rows>() HWY_ATTR {
    if (block.m - row < rows) return;
    compute_row_of_tiles<rows, RowsOfA::strided, B>(block, a, row);
    a += static_cast<ptrdiff_t>(rows) * block.a_row_stride;
    row += rows;
  };
  if constexpr (tile_rows > 4) finish.template operator()<4>();
  finish.template operator()<2>();
  finish.template operator()<1>();
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
