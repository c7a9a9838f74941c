// Products of f32 by AMX, which multiplies bf16: a float is the sum of three bf16 numbers of eight bits each, so that a
// product of two is the sum of nine, of which the three least come to no more than its rounding. Six products of bf16
// take less than half as long as one of f32 (Henry, Tang and Heinecke, "Leveraging the bfloat16 Artificial Intelligence
// Datatype For Higher-Precision Computations", 2019).
#pragma once

#include <algorithm>

#include "base/checked.h"
#include "base/function_ref.h"
#include "base/thread_pool.h"
#include "kernels/amx.h"
#include "kernels/gemm_block.h"

namespace wedge::kernels {

/// How many products of parts make one of floats.
inline constexpr size_t split_parts_multiplied = 6;

/// Products of each sum that instructions take at once; depths are filled up to a multiple.
inline constexpr size_t split_step_depth = 32;

/// Rows of A that are asked for at once.
inline constexpr size_t split_rows_at_once = 32;

/// Sets for each tap `split_rows_at_once` pointers, the first `rows` of them to `depth` floats of A's rows from `first`
/// on.
using SplitRows = FunctionRef<void(size_t first, size_t rows, const float** pointers)>;

/// A block of C that one thread computes: the sum over taps of A's rows times panels of weights.
struct SplitBlock {
  size_t rows, n;
  size_t taps, depth;
  const float* b;  ///< depth rows of a panel, one after the other, as gemm_pack_b() writes them
  size_t tap_stride, panel_stride;
  const float* next_b;  ///< the panel that is read after these; or null
  float* c;
  ptrdiff_t c_stride;
  TileFinish finish;
};

/// Whether an m x k matrix times a k x n one is computed so here. That must be asked of whole products, whatever they
/// are cut into, for all of a result to be rounded alike.
#if WEDGE_HAS_AMX
bool suits_split_product(size_t m, size_t n, size_t k);
#else
inline bool suits_split_product(size_t, size_t, size_t) { return false; }
#endif

/// What is split stays in the second-level cache when blocks have no more rows, and taps * depth is no more.
inline constexpr size_t most_split_rows = 256;
inline constexpr size_t most_split_depth = 512;

/// How m x n results, `products` of them side by side, are cut into blocks for workers: as many for each, and columns
/// only where there are too few rows, since those of A are split again for each part of the columns.
struct SplitCut {
  size_t rows, columns;

  SplitCut(size_t m, size_t n, size_t products, Workers workers) : rows(m), columns(n) {
    const size_t count = workers.count();
    size_t blocks = ceil_div(m, most_split_rows);
    if (blocks * products > 1) blocks = ceil_div(round_up(blocks * products, count), products);
    rows = std::min(m, round_up(ceil_div(m, blocks), split_rows_at_once));
    if (ceil_div(m, rows) * products >= count) return;
    constexpr size_t many_columns = 256;
    const size_t parts = n >= 2 * count * many_columns ? 2 * count : count;
    columns = std::min(n, round_up(ceil_div(n, parts), many_columns / 4));
  }
};

size_t split_scratch_bytes(size_t rows, size_t taps, size_t depth);

/// `scratch` is 64-byte aligned and split_scratch_bytes() long. Numbers below 2^-110 lose bits, those below 2^-126
/// count as zero; else a sum is as near as one of f32. What is not a number or too large is computed as without AMX:
/// bf16 knows no remainder of an infinity.
void multiply_split(const SplitBlock& block, SplitRows rows, std::byte* scratch);

}  // namespace wedge::kernels
