#include "kernels/gemm.h"

#include <algorithm>

#include "base/built_in_parts.h"
#include "base/checked.h"
#include "kernels/gemm_block.h"
#include "kernels/gemv.h"
#include "kernels/split_product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

template <DType dtype, typename B>
HWY_INLINE void compute_rows_if(const GemmBlock& block) {
  if constexpr (built_in::has_type(dtype)) compute_rows<B>(block);
}

void compute_block(const GemmBlock& block) {
  switch (block.b_type) {
    case PackedType::f32: return compute_rows<float>(block);
    case PackedType::f16: return compute_rows_if<DType::f16, hwy::float16_t>(block);
    case PackedType::bf16: return compute_rows_if<DType::bf16, hwy::bfloat16_t>(block);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(compute_block);

// Without, every product goes one row at a time.
constexpr bool has_tiles = built_in::has_part("tiles");

// A block of B (k_block x n_block, 256 KB) stays in the second-level cache while all rows of A pass by it.
constexpr size_t largest_k_block = 512;
constexpr size_t largest_n_block = 128;
// Rows of B that are read where they are want to be long.
constexpr size_t in_place_n_block = 512;
// Copies of A's rows pay from this many columns, so many rows at a time.
constexpr size_t smallest_copied_n = 32;
constexpr size_t copied_rows = 64;
// Forking pays from about this many multiplications.
constexpr size_t smallest_parallel_product = size_t{1} << 18;

size_t blocks(size_t count, size_t block) { return (count + block - 1) / block; }
size_t whole_blocks(size_t count, size_t block) { return blocks(count, block) * block; }

enum class BSource { packed, in_place, to_pack };

// How one product is cut up: a task computes m_block x n_block of C, going through all of k.
struct Schedule {
  size_t m_block, n_block, k_block;
  bool packs_a;
  bool is_split;
  BSource b;
  size_t a_scratch, b_scratch, split_scratch;
  unsigned workers;

  [[nodiscard]] size_t scratch_per_worker() const {
    return is_split ? split_scratch : round_up((a_scratch + b_scratch) * sizeof(float), 64);
  }
};

BSource source_of_b(const GemmArguments& g, bool few_rows) {
  if (g.packed_b != nullptr) return BSource::packed;
  // Few rows use each element of B too seldom for a copy of it to pay.
  return few_rows && g.write_b == nullptr && g.b.column_stride == 1 ? BSource::in_place : BSource::to_pack;
}

Schedule split_schedule(const GemmArguments& g, Schedule s) {
  const SplitCut cut(g.m, g.n, 1, Workers(s.workers));
  s.m_block = cut.rows;
  s.n_block = cut.columns;
  s.k_block = round_up(ceil_div(g.k, ceil_div(g.k, most_split_depth)), split_step_depth);
  s.split_scratch = split_scratch_bytes(s.m_block, 1, std::min(s.k_block, g.k));
  return s;
}

Schedule schedule(const GemmArguments& g, GemmTile tile, Workers workers) {
  Schedule s{};
  const bool few_rows = g.m <= tile.rows;
  s.b = source_of_b(g, few_rows);
  s.is_split = s.b == BSource::packed && g.packed_b_type == PackedType::f32 && g.packed_a == nullptr &&
               g.a.column_stride == 1 && !g.is_part && suits_split_product(g.m, g.n, g.k);
  const bool copies_a = tile.copies_a && s.b != BSource::in_place && g.n >= smallest_copied_n;
  s.packs_a = has_tiles && g.packed_a == nullptr && !few_rows && (g.a.column_stride != 1 || copies_a);
  s.k_block = largest_k_block;
  if (few_rows && s.b == BSource::packed) s.k_block = g.k;
  const size_t most_columns = s.b == BSource::in_place ? in_place_n_block : largest_n_block;
  s.n_block = std::min(most_columns, whole_blocks(g.n, tile.columns));
  s.m_block = g.m;
  s.workers = g.m * g.n * g.k < smallest_parallel_product ? 1 : workers.count();
  if (s.is_split) return split_schedule(g, s);
  if (s.workers > 1) {
    const size_t wanted = size_t{4} * s.workers;
    s.n_block = std::min(s.n_block, std::max(2 * tile.columns, whole_blocks(blocks(g.n, wanted), tile.columns)));
    const size_t m_blocks = blocks(wanted, blocks(g.n, s.n_block));
    s.m_block = std::max(4 * tile.rows, whole_blocks(blocks(g.m, m_blocks), tile.rows));
  }
  // B is packed anew for each block of rows.
  if (s.packs_a && copies_a && s.b == BSource::packed) s.m_block = std::min(s.m_block, copied_rows);
  const size_t k_block = std::min(s.k_block, g.k);
  if (s.packs_a) s.a_scratch = whole_blocks(std::min(s.m_block, g.m), tile.rows) * k_block;
  if (s.b == BSource::to_pack) s.b_scratch = s.n_block * k_block;
  if (s.b == BSource::in_place && g.n % tile.columns != 0) s.b_scratch = tile.columns * k_block;
  return s;
}

template <typename View>
View from(const View& matrix, size_t row, size_t column) {
  return {matrix.data + static_cast<ptrdiff_t>(row) * matrix.row_stride +
              static_cast<ptrdiff_t>(column) * matrix.column_stride,
          matrix.row_stride, matrix.column_stride};
}

size_t element_size(PackedType type) { return type == PackedType::f32 ? sizeof(float) : sizeof(uint16_t); }

const float* floats(const std::byte* bytes) { return reinterpret_cast<const float*>(bytes); }

struct Task {
  const GemmArguments& g;
  const Schedule& s;
  GemmTile tile;
  float* scratch;
  size_t m_begin, m_end, n_begin, n_end;
  bool is_last_of_panels;  ///< of what one thread does with them

  void run() const {
    size_t k_begin = 0;
    do {
      const size_t k_end = std::min(g.k, k_begin + s.k_block);
      run_k_block(k_begin, k_end);
      k_begin = k_end;
    } while (k_begin < g.k);
    if (g.finish == nullptr) return;
    for (size_t row = m_begin; row < m_end; ++row) {
      (*g.finish)(g.c + static_cast<ptrdiff_t>(row) * g.c_stride + n_begin, n_end - n_begin);
    }
  }

 private:
  void run_k_block(size_t k_begin, size_t k_end) const {
    GemmBlock block{};
    block.m = m_end - m_begin;
    block.n = n_end - n_begin;
    block.k = k_end - k_begin;
    block.c = g.c + static_cast<ptrdiff_t>(m_begin) * g.c_stride + n_begin;
    block.c_stride = g.c_stride;
    block.finish.alpha = g.alpha;
    if (g.accumulate || k_begin > 0) {
      block.finish.addend = block.c;
      block.finish.addend_stride = g.c_stride;
    }
    if (k_end == g.k) {
      if (g.row_bias != nullptr) block.finish.row_bias = g.row_bias + m_begin;
      if (g.column_bias != nullptr) block.finish.column_bias = g.column_bias + n_begin;
      block.finish.clamp = g.clamp;
    }
    set_a(block, k_begin);
    if (s.b == BSource::in_place) {
      run_in_place(block, k_begin);
    } else {
      set_b(block, k_begin, k_end);
      if (!s.is_split) return HWY_DYNAMIC_DISPATCH(compute_block)(block);
      run_split(block, k_end < g.k ? static_cast<const float*>(block.b) + tile.columns * block.k : nullptr);
    }
  }

  void run_split(const GemmBlock& block, const float* next_panel) const {
    const auto rows = [&](size_t first, size_t count, const float** pointers) {
      for (size_t i = 0; i < count; ++i) {
        pointers[i] = block.a + static_cast<ptrdiff_t>(first + i) * block.a_row_stride;
      }
    };
    multiply_split({.rows = block.m,
                    .n = block.n,
                    .taps = 1,
                    .depth = block.k,
                    .b = static_cast<const float*>(block.b),
                    .tap_stride = 0,
                    .panel_stride = static_cast<size_t>(block.b_panel_stride),
                    .next_b = next_panel,
                    .c = block.c,
                    .c_stride = block.c_stride,
                    .finish = block.finish},
                   rows, reinterpret_cast<std::byte*>(scratch));
  }

  void set_a(GemmBlock& block, size_t k_begin) const {
    const auto tile_rows = static_cast<ptrdiff_t>(tile.rows);
    if (g.packed_a == nullptr && !s.packs_a) {
      const MatrixView a = from(g.a, m_begin, k_begin);
      block.a = a.data;
      block.a_row_stride = a.row_stride;
      block.a_column_stride = a.column_stride;
      block.a_tile_stride = tile_rows * a.row_stride;
      return;
    }
    block.a_row_stride = 1;
    block.a_column_stride = tile_rows;
    if (has_tiles && s.packs_a) {
      gemm_pack_a(from(g.a, m_begin, k_begin), block.m, block.k, reinterpret_cast<std::byte*>(scratch));
      block.a = scratch;
      block.a_tile_stride = tile_rows * static_cast<ptrdiff_t>(block.k);
    } else {
      block.a = floats(g.packed_a) + m_begin * g.k + k_begin * tile.rows;
      block.a_tile_stride = tile_rows * static_cast<ptrdiff_t>(g.k);
    }
  }

  void set_b(GemmBlock& block, size_t k_begin, size_t k_end) const {
    block.b_row_stride = static_cast<ptrdiff_t>(tile.columns);
    if (s.b == BSource::packed) {
      block.b = g.packed_b + (n_begin * g.k + k_begin * tile.columns) * element_size(g.packed_b_type);
      block.b_type = g.packed_b_type;
      block.b_panel_stride = static_cast<ptrdiff_t>(tile.columns * g.k);
      // The same columns of the next rows of B, or the first rows of the next columns.
      const size_t panels = blocks(block.n, tile.columns);
      const auto elements =
          static_cast<ptrdiff_t>(k_end < g.k ? tile.columns * block.k : tile.columns * (panels * g.k - k_begin));
      const size_t element = element_size(g.packed_b_type);
      block.next =
          NextPanels(k_end < g.k || is_last_of_panels, elements * static_cast<ptrdiff_t>(element),
                     tile.columns * element, panels * tile.columns * block.k * element, blocks(block.m, tile.rows));
      return;
    }
    float* panels = scratch + s.a_scratch;
    if (g.write_b != nullptr) {
      (*g.write_b)(k_begin, k_end, n_begin, n_end, panels);
    } else {
      gemm_pack_b(from(g.b, k_begin, n_begin), block.k, block.n, reinterpret_cast<std::byte*>(panels));
    }
    block.b = panels;
    block.b_panel_stride = static_cast<ptrdiff_t>(tile.columns * block.k);
  }

  // Whole panels are read where they are; only the ragged one at the right edge is copied.
  void run_in_place(GemmBlock& block, size_t k_begin) const {
    const size_t ragged = block.n % tile.columns;
    const size_t whole = block.n - ragged;
    const MatrixView b = from(g.b, k_begin, n_begin);
    block.b = b.data;
    block.b_row_stride = b.row_stride;
    block.b_panel_stride = static_cast<ptrdiff_t>(tile.columns);
    block.n = whole;
    HWY_DYNAMIC_DISPATCH(compute_block)(block);
    if (ragged == 0) return;
    float* panel = scratch + s.a_scratch;
    gemm_pack_b(from(b, 0, whole), block.k, ragged, reinterpret_cast<std::byte*>(panel));
    block.b = panel;
    block.b_row_stride = static_cast<ptrdiff_t>(tile.columns);
    block.n = ragged;
    block.c += whole;
    if (block.finish.addend != nullptr) block.finish.addend += whole;
    if (block.finish.column_bias != nullptr) block.finish.column_bias += whole;
    HWY_DYNAMIC_DISPATCH(compute_block)(block);
  }
};

// A product with one column is a product with one row, transposed, when C's column is contiguous.
GemmArguments one_row_if_one_column(const GemmArguments& g) {
  if (g.n != 1 || g.m == 1 || g.c_stride != 1 || g.packed_a != nullptr || g.packed_b != nullptr ||
      g.write_b != nullptr) {
    return g;
  }
  GemmArguments t = g;
  t.m = 1;
  t.n = g.m;
  t.a = {g.b.data, g.b.column_stride, g.b.row_stride};
  t.b = {g.a.data, g.a.column_stride, g.a.row_stride};
  t.c_stride = static_cast<ptrdiff_t>(g.m);
  t.row_bias = g.column_bias;
  t.column_bias = g.row_bias;
  return t;
}

// A sum of no products is a product with zero. Operands without elements may be null, which no step may move.
GemmArguments one_product_if_none(const GemmArguments& g) {
  static constexpr float zero = 0.0F;
  if (g.k != 0) return g;
  GemmArguments t = g;
  t.k = 1;
  t.a = t.b = {&zero, 0, 0};
  t.packed_a = t.packed_b = nullptr;
  t.write_b = nullptr;
  return t;
}

GemmArguments normalized(const GemmArguments& g) { return one_product_if_none(one_row_if_one_column(g)); }

bool is_one_unpacked_row(const GemmArguments& g) {
  return has_tiles && g.m == 1 && g.packed_a == nullptr && g.packed_b == nullptr && g.write_b == nullptr;
}

bool is_dot_products(const GemmArguments& g) {
  return is_one_unpacked_row(g) && g.a.column_stride == 1 && g.b.row_stride == 1 && g.b.column_stride != 1;
}

bool is_sum_of_rows(const GemmArguments& g) { return is_one_unpacked_row(g) && g.b.column_stride == 1; }

}  // namespace

void gemm_block(const GemmBlock& block) { HWY_DYNAMIC_DISPATCH(compute_block)(block); }

size_t gemm_scratch_bytes(const GemmArguments& arguments, Workers workers) {
  const GemmArguments g = normalized(arguments);
  if (is_dot_products(g) || is_sum_of_rows(g)) return 0;
  const Schedule s = schedule(g, gemm_tile(), workers);
  return s.scratch_per_worker() * s.workers;
}

void gemm(const GemmArguments& arguments, std::byte* scratch, Workers workers) {
  const GemmArguments g = normalized(arguments);
  if (g.m == 0 || g.n == 0) return;
  const GemmTile tile_size = gemm_tile();
  const Schedule s = schedule(g, tile_size, workers);
  if (is_dot_products(g) || is_sum_of_rows(g)) {
    (is_dot_products(g) ? gemv_dot : gemv_rows)(g, Workers(s.workers));
    if (g.finish != nullptr) (*g.finish)(g.c, g.n);
    return;
  }
  const size_t m_blocks = blocks(g.m, s.m_block);
  const size_t n_blocks = blocks(g.n, s.n_block);
  const Workers sharing(s.workers);
  sharing.run(m_blocks * n_blocks, 1, [&](size_t begin, size_t, unsigned worker) {
    const size_t m_begin = begin % m_blocks * s.m_block;
    const size_t n_begin = begin / m_blocks * s.n_block;
    Task{g,
         s,
         tile_size,
         reinterpret_cast<float*>(scratch + worker * s.scratch_per_worker()),
         m_begin,
         std::min(g.m, m_begin + s.m_block),
         n_begin,
         std::min(g.n, n_begin + s.n_block),
         m_begin + s.m_block >= g.m || sharing.ends_share(begin, m_blocks * n_blocks, worker)}
        .run();
  });
}

}  // namespace wedge::kernels
#endif
