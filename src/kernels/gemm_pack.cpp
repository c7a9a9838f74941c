// Matrices in the panels that gemm() reads.
#include <algorithm>

#include "base/built_in_parts.h"
#include "base/checked.h"
#include "kernels/gemm_block.h"
#include "kernels/unaligned.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm_pack.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

GemmTile gemm_tile() { return {.rows = tile_rows, .columns = panel_width, .copies_a = copies_a}; }

template <size_t width>
void copy_rows(const MatrixView& b, size_t k, float* to) {
  const FloatTag d;
  for (size_t p = 0; p < k; ++p, to += width) {
    const float* from = b.data + static_cast<ptrdiff_t>(p) * b.row_stride;
    for (size_t j = 0; j < width; j += lanes) hn::StoreU(hn::LoadU(d, from + j), d, to + j);
  }
}

// Runs along the rows of B in short stretches, so that the panel's lines stay in the first-level cache until full.
template <size_t width, typename View, typename T>
HWY_NOINLINE void gather(const View& b, size_t k, size_t columns, T* to) {
  constexpr size_t stretch = 16;
  for (size_t first = 0; first < k; first += stretch) {
    const size_t last = std::min(k, first + stretch);
    for (size_t j = 0; j < columns; ++j) {
      const T* from = b.data + static_cast<ptrdiff_t>(j) * b.column_stride;
      for (size_t p = first; p < last; ++p)
        to[p * width + j] = read_unaligned(from + static_cast<ptrdiff_t>(p) * b.row_stride);
    }
    for (size_t p = first; p < last; ++p) std::fill(to + p * width + columns, to + (p + 1) * width, T());
  }
}

#if HWY_TARGET != HWY_SCALAR
template <size_t width>
void transpose_columns(const MatrixView& b, size_t k, float* to) {
  constexpr size_t stretch = 16;
  const size_t whole = k - k % stretch;
  for (size_t p = 0; p < whole; p += stretch, to += stretch * width) {
    for (size_t j = 0; j < width; j += 4) {
      const float* from = b.data + p + static_cast<ptrdiff_t>(j) * b.column_stride;
      for (size_t i = 0; i < stretch; i += 4, from += 4) {
        transpose_block<width>(from, from + b.column_stride, from + 2 * b.column_stride, from + 3 * b.column_stride,
                               to + i * width + j);
      }
    }
  }
  if (whole != k) gather<width>(MatrixView{b.data + whole, b.row_stride, b.column_stride}, k - whole, width, to);
}
#else
template <size_t width>
void transpose_columns(const MatrixView& b, size_t k, float* to) {
  gather<width>(b, k, width, to);
}
#endif

template <size_t width>
void pack_panels(const MatrixView& b, size_t k, size_t n, float* to) {
  constexpr bool has_tiles = built_in::has_part("tiles");
  MatrixView panel = b;
  for (size_t column = 0; column < n; column += width) {
    const size_t columns = std::min(width, n - column);
    if (has_tiles && width % lanes == 0 && columns == width && b.column_stride == 1) {
      copy_rows<width>(panel, k, to);
    } else if (has_tiles && width % 4 == 0 && columns == width && b.row_stride == 1) {
      transpose_columns<width>(panel, k, to);
    } else {
      gather<width>(panel, k, columns, to);
    }
    panel.data += static_cast<ptrdiff_t>(width) * b.column_stride;
    to += width * k;
  }
}

void pack_half_b_panels(const HalfMatrixView& b, size_t k, size_t n, uint16_t* to) {
  HalfMatrixView panel = b;
  for (size_t column = 0; column < n; column += panel_width, to += panel_width * k) {
    gather<panel_width>(panel, k, std::min(panel_width, n - column), to);
    panel.data += static_cast<ptrdiff_t>(panel_width) * b.column_stride;
  }
}

void pack_b_panels(const MatrixView& b, size_t k, size_t n, float* to) { pack_panels<panel_width>(b, k, n, to); }

void pack_a_panels(const MatrixView& a, size_t m, size_t k, float* to) {
  pack_panels<tile_rows>({a.data, a.column_stride, a.row_stride}, k, m, to);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(gemm_tile);
HWY_EXPORT(pack_a_panels);
HWY_EXPORT(pack_b_panels);
HWY_EXPORT(pack_half_b_panels);

GemmTile gemm_tile() { return HWY_DYNAMIC_DISPATCH(gemm_tile)(); }

namespace {

size_t whole_panels(size_t count, size_t width) { return ceil_div(count, width) * width; }

// Calls pack(matrix, columns, place in what is packed) for all panels of a B with n columns.
template <typename View, typename Pack>
void pack_by_panels(const View& b, size_t k, size_t n, Workers workers, const Pack& pack) {
  constexpr size_t elements_at_least = size_t{1} << 15;
  const size_t width = gemm_tile().columns;
  workers.run(ceil_div(n, width), ceil_div(elements_at_least, width * k), [&](size_t begin, size_t end, unsigned) {
    const size_t first = begin * width;
    pack(View{b.data + static_cast<ptrdiff_t>(first) * b.column_stride, b.row_stride, b.column_stride},
         std::min(n, end * width) - first, first * k);
  });
}

}  // namespace

size_t gemm_panel_width() { return gemm_tile().columns; }

size_t gemm_packed_a_bytes(size_t m, size_t k) {
  return saturating_bytes(whole_panels(m, gemm_tile().rows), k, sizeof(float));
}

size_t gemm_packed_b_bytes(size_t k, size_t n) {
  return saturating_bytes(whole_panels(n, gemm_tile().columns), k, sizeof(float));
}

size_t gemm_packed_half_b_bytes(size_t k, size_t n) {
  return saturating_bytes(whole_panels(n, gemm_tile().columns), k, sizeof(uint16_t));
}

void gemm_pack_a(const MatrixView& a, size_t m, size_t k, std::byte* packed) {
  if (k == 0) return;
  HWY_DYNAMIC_DISPATCH(pack_a_panels)(a, m, k, reinterpret_cast<float*>(packed));
}

void gemm_pack_b(const MatrixView& b, size_t k, size_t n, std::byte* packed, Workers workers) {
  if (k == 0) return;
  auto* to = reinterpret_cast<float*>(packed);
  pack_by_panels(b, k, n, workers, [&](const MatrixView& panels, size_t columns, size_t place) {
    HWY_DYNAMIC_DISPATCH(pack_b_panels)(panels, k, columns, to + place);
  });
}

void gemm_pack_b_rows(const float* rows, size_t first, size_t count, size_t k, size_t n, std::byte* packed) {
  const size_t width = gemm_tile().columns;
  float* to = reinterpret_cast<float*>(packed) + first * width;
  for (size_t column = 0; column < n; column += width, to += k * width) {
    HWY_DYNAMIC_DISPATCH(pack_b_panels)
    ({rows + column, static_cast<ptrdiff_t>(n), 1}, count, std::min(width, n - column), to);
  }
}

void gemm_unpack_b(const std::byte* packed, size_t k, size_t n, float* data, ptrdiff_t row_stride,
                   ptrdiff_t column_stride) {
  const size_t width = gemm_tile().columns;
  const float* panel = reinterpret_cast<const float*>(packed);
  for (size_t first = 0; first < n; first += width, panel += width * k) {
    const size_t columns = std::min(width, n - first);
    for (size_t p = 0; p < k; ++p) {
      float* row = data + static_cast<ptrdiff_t>(p) * row_stride + static_cast<ptrdiff_t>(first) * column_stride;
      for (size_t j = 0; j < columns; ++j) row[static_cast<ptrdiff_t>(j) * column_stride] = panel[p * width + j];
    }
  }
}

void gemm_pack_half_b(const HalfMatrixView& b, size_t k, size_t n, std::byte* packed, Workers workers) {
  if (k == 0) return;
  auto* to = reinterpret_cast<uint16_t*>(packed);
  pack_by_panels(b, k, n, workers, [&](const HalfMatrixView& panels, size_t columns, size_t place) {
    HWY_DYNAMIC_DISPATCH(pack_half_b_panels)(panels, k, columns, to + place);
  });
}

}  // namespace wedge::kernels
#endif
