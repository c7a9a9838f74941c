// The innermost loops of gemm(): a tile of C held in registers. Included once per SIMD target.
#if defined(WEDGE_KERNELS_GEMM_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_GEMM_TILE_INL_H_
#undef WEDGE_KERNELS_GEMM_TILE_INL_H_
#else
#define WEDGE_KERNELS_GEMM_TILE_INL_H_
#endif

#include <algorithm>

#include "kernels/gemm_block.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using FloatTag = hn::ScalableTag<float>;
inline constexpr size_t lanes = hn::MaxLanes(FloatTag());

// Rows x vectors that fill the register file: 32 registers on AVX-512 and ARM, 16 elsewhere; engines for WebAssembly
// spill beyond eight accumulators.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
inline constexpr size_t tile_rows = 8;
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

/// Finishes and stores the sums of a tile at (row, column) of the block C, of which `columns` columns exist.
template <size_t rows, size_t vectors>
HWY_INLINE void store_tile(const TileFinish& finish, const hn::Vec<FloatTag> (&sums)[rows][vectors], float* c,
                           ptrdiff_t c_stride, size_t row, size_t column, size_t columns) {
  const FloatTag d;
  using V = hn::Vec<FloatTag>;
  const V alpha = hn::Set(d, finish.alpha);
  const V low = hn::Set(d, finish.clamp.low);
  const V high = hn::Set(d, finish.clamp.high);
  const bool clamped = finish.clamp.active();
  HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) {
    const size_t first = j * lanes;
    const size_t count = columns - first;
    const bool whole = count >= lanes;
    const auto load = [&](const float* from)
                          HWY_ATTR { return whole ? hn::LoadU(d, from) : load_first(d, from, count); };
    const V column_bias = finish.column_bias == nullptr ? hn::Zero(d) : load(finish.column_bias + column + first);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      const auto at = static_cast<ptrdiff_t>(row + i);
      V value = hn::Mul(alpha, sums[i][j]);
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

/// rows x (vectors * lanes) elements of C, of which `columns` exist: more than (vectors - 1) * lanes.
/// row, column: where the tile lies in the block.
template <size_t rows, size_t vectors, typename B>
HWY_NOINLINE void compute_tile(const GemmBlock& block, const float* a, const B* b, size_t row, size_t column,
                               size_t columns) {
  const FloatTag d;
  using V = hn::Vec<FloatTag>;
  V sums[rows][vectors];
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) sums[i][j] = hn::Zero(d);
  }

  const ptrdiff_t a_row_stride = block.a_row_stride;
  for (size_t p = 0; p < block.k; ++p) {
    V b_row[vectors];
    HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) b_row[j] = load_b(b + j * lanes);
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      const V a_element = hn::Set(d, a[static_cast<ptrdiff_t>(i) * a_row_stride]);
      HWY_UNROLL(8) for (size_t j = 0; j < vectors; ++j) sums[i][j] = hn::MulAdd(a_element, b_row[j], sums[i][j]);
    }
    a += block.a_column_stride;
    b += block.b_row_stride;
  }

  store_tile(block.finish, sums, block.c, block.c_stride, row, column, columns);
}

template <size_t rows, typename B>
HWY_INLINE void compute_row_of_tiles(const GemmBlock& block, const float* a, size_t row) {
  const auto* b = static_cast<const B*>(block.b);
  for (size_t column = 0; column < block.n; column += panel_width) {
    const size_t columns = std::min(block.n - column, panel_width);
    if (columns > (tile_vectors - 1) * lanes) {
      compute_tile<rows, tile_vectors, B>(block, a, b, row, column, columns);
    } else {
      static_assert(tile_vectors == 2);
      compute_tile<rows, 1, B>(block, a, b, row, column, columns);
    }
    b += block.b_panel_stride;
  }
}

template <typename B>
HWY_INLINE void compute_rows(const GemmBlock& block) {
  const float* a = block.a;
  size_t row = 0;
  for (; row + tile_rows <= block.m; row += tile_rows, a += block.a_tile_stride) {
    compute_row_of_tiles<tile_rows, B>(block, a, row);
  }
  const auto finish = [&]<size_t rows>() HWY_ATTR {
    if (block.m - row < rows) return;
    compute_row_of_tiles<rows, B>(block, a, row);
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
