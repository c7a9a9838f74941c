#include "kernels/split_product.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/checked.h"

#if WEDGE_HAS_AMX
#include <hwy/base.h>

namespace wedge::kernels {
namespace {

// A tile of C is up to two registers down and two across. In a step go 32 products of each sum: for each part of the
// floats two registers of A, one above the other, and two of B, side by side.
constexpr size_t parts = 3;
constexpr size_t step_depth = split_step_depth;
static_assert(step_depth == amx::row_bytes / sizeof(uint16_t));
constexpr size_t register_columns = amx::row_bytes / sizeof(float);
constexpr size_t panel_columns = 2 * register_columns;
constexpr size_t part_bytes = 2 * amx::tile_bytes;
constexpr size_t step_bytes = parts * part_bytes;
constexpr size_t sums_floats = split_rows_at_once * panel_columns;
static_assert(split_rows_at_once == 2 * amx::tile_rows);

size_t steps_of(size_t taps, size_t depth) { return taps * ceil_div(depth, step_depth); }

// The nearest number of eight bits.
WEDGE_VNNI HWY_INLINE __m512 rounded(__m512 value) {
  const __m512i half = _mm512_set1_epi32(0x8000);
  const __m512i upper = _mm512_set1_epi32(-0x10000);
  return _mm512_castsi512_ps(_mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(value), half), upper));
}

// Their sum is the float. What the second is multiplied with the third is within 2^-24 of a product.
struct Parts {
  __m512 of[parts];
};

WEDGE_VNNI HWY_INLINE Parts split(__m512 value) {
  Parts result;
  result.of[0] = rounded(value);
  const __m512 rest = _mm512_sub_ps(value, result.of[0]);
  result.of[1] = rounded(rest);
  result.of[2] = _mm512_sub_ps(rest, result.of[1]);
  return result;
}

// A's rows of all taps: in each step, for each part, 32 numbers of every row.
WEDGE_VNNI void split_rows(const float* const* pointers, size_t rows, size_t taps, size_t depth, std::byte* to) {
  // The upper halves of the elements of two vectors, one after the other.
  alignas(64) static constexpr auto odd = [] {
    std::array<uint16_t, step_depth> halves{};
    for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(2 * i + 1);
    return halves;
  }();
  const __m512i upper = _mm512_load_si512(odd.data());
  const auto store = [&](const Parts& left, const Parts& right, std::byte* row) WEDGE_VNNI {
    HWY_UNROLL(3) for (size_t part = 0; part < parts; ++part) {
      _mm512_store_si512(row + part * part_bytes, _mm512_permutex2var_epi16(_mm512_castps_si512(left.of[part]), upper,
                                                                            _mm512_castps_si512(right.of[part])));
    }
  };
  const size_t whole = depth / step_depth;
  const size_t rest = depth % step_depth;
  const auto there = static_cast<uint32_t>((uint64_t{1} << rest) - 1);
  for (size_t tap = 0; tap < taps; ++tap, pointers += split_rows_at_once) {
    for (size_t i = 0; i < rows; ++i) {
      const float* from = pointers[i];
      std::byte* row = to + i * amx::row_bytes;
      for (size_t step = 0; step < whole; ++step, from += step_depth, row += step_bytes) {
        store(split(_mm512_loadu_ps(from)), split(_mm512_loadu_ps(from + 16)), row);
      }
      if (rest == 0) continue;
      store(split(_mm512_maskz_loadu_ps(static_cast<__mmask16>(there), from)),
            split(_mm512_maskz_loadu_ps(static_cast<__mmask16>(there >> 16U), from + 16)), row);
    }
    to += steps_of(1, depth) * step_bytes;
  }
}

// Pairs of rows [begin, end) of up to 32 rows of a panel of B: for each part and each of two registers, 16 rows of
// pairs of numbers.
WEDGE_VNNI void split_pairs(const float* from, size_t rows, size_t begin, size_t end, std::byte* to) {
  constexpr __mmask32 odd = 0xAAAAAAAA;
  for (size_t pair = begin; pair < end; ++pair) {
    HWY_UNROLL(2) for (size_t j = 0; j < 2; ++j) {
      const float* at = from + 2 * pair * panel_columns + j * register_columns;
      const Parts first = split(2 * pair < rows ? _mm512_loadu_ps(at) : _mm512_setzero_ps());
      const Parts second = split(2 * pair + 1 < rows ? _mm512_loadu_ps(at + panel_columns) : _mm512_setzero_ps());
      HWY_UNROLL(3) for (size_t part = 0; part < parts; ++part) {
        const __m512i low = _mm512_srli_epi32(_mm512_castps_si512(first.of[part]), 16);
        _mm512_store_si512(to + part * part_bytes + j * amx::tile_bytes + pair * amx::row_bytes,
                           _mm512_mask_mov_epi16(low, odd, _mm512_castps_si512(second.of[part])));
      }
    }
  }
}

template <size_t down>
void load_a(const std::byte* step, size_t part) {
  const std::byte* from = step + part * part_bytes;
  amx::load<4>(from, amx::row_bytes);
  if constexpr (down == 2) amx::load<5>(from + amx::tile_bytes, amx::row_bytes);
}

template <size_t across>
void load_b(const std::byte* step, size_t part) {
  const std::byte* from = step + part * part_bytes;
  amx::load<6>(from, amx::row_bytes);
  if constexpr (across == 2) amx::load<7>(from + amx::tile_bytes, amx::row_bytes);
}

template <size_t down, size_t across>
void multiply_registers() {
  amx::dot_bf16<0, 4, 6>();
  if constexpr (across == 2) amx::dot_bf16<1, 4, 7>();
  if constexpr (down == 2) amx::dot_bf16<2, 5, 6>();
  if constexpr (down == 2 && across == 2) amx::dot_bf16<3, 5, 7>();
}

// Steps that a panel of B is split for at once, while the ones before are multiplied: both stay in the first-level
// cache. A, which is split once, comes from the second.
constexpr size_t steps_at_once = 2;

/// A panel of B, as its steps go by: tap by tap.
struct Panel {
  const SplitBlock* block;
  const float* first;  ///< or null
  size_t tap_steps;

  struct Rows {
    const float* first;
    size_t count;
  };
  [[nodiscard]] Rows rows(size_t step) const {
    const size_t row = step % tap_steps * step_depth;
    return {first + step / tap_steps * block->tap_stride + row * panel_columns,
            std::min(step_depth, block->depth - row)};
  }
};

// Some steps of a panel.
struct Steps {
  Panel panel;
  size_t begin, count;

  /// The share of one of `tiles` of what is to be split: pairs of rows, counted through the steps.
  void split_share(size_t tile, size_t tiles, std::byte* to) const {
    constexpr size_t step_pairs = step_depth / 2;
    const size_t pairs = count * step_pairs;
    const size_t last = pairs * (tile + 1) / tiles;
    for (size_t pair = pairs * tile / tiles; pair < last;) {
      const size_t step = pair / step_pairs;
      const size_t end = std::min(last, (step + 1) * step_pairs);
      const Panel::Rows rows = panel.rows(begin + step);
      split_pairs(rows.first, rows.count, pair % step_pairs, end - step * step_pairs, to + step * step_bytes);
      pair = end;
    }
  }

  /// Asks the memory for the first of the rows of each step: processors go on by themselves then.
  void ask() const {
    for (size_t step = 0; step < count; ++step) {
      const Panel::Rows rows = panel.rows(begin + step);
      for (size_t row = 0; row < rows.count; row += 4) hwy::Prefetch(rows.first + row * panel_columns);
    }
  }
};

// The six products that count, in an order in which one factor stays where it is from each to the next, and the same
// for every tile, since rows fall into others where a product is cut otherwise.
// Sums are kept in memory between some steps and the next.
template <size_t down, size_t across>
void multiply_tile(const std::byte* a, const std::byte* b, size_t steps, bool is_first, float* sums) {
  constexpr size_t stride = panel_columns * sizeof(float);
  float* lower = sums + amx::tile_rows * panel_columns;
  if (is_first) {
    amx::zero<0>();
    amx::zero<1>();
    amx::zero<2>();
    amx::zero<3>();
  } else {
    amx::load<0>(sums, stride);
    if constexpr (across == 2) amx::load<1>(sums + register_columns, stride);
    if constexpr (down == 2) amx::load<2>(lower, stride);
    if constexpr (down == 2 && across == 2) amx::load<3>(lower + register_columns, stride);
  }
  for (size_t step = 0; step < steps; ++step, a += step_bytes, b += step_bytes) {
    load_a<down>(a, 0);
    load_b<across>(b, 2);
    multiply_registers<down, across>();
    load_b<across>(b, 1);
    multiply_registers<down, across>();
    load_a<down>(a, 1);
    multiply_registers<down, across>();
    load_b<across>(b, 0);
    multiply_registers<down, across>();
    load_a<down>(a, 2);
    multiply_registers<down, across>();
    load_a<down>(a, 0);
    multiply_registers<down, across>();
  }
  amx::store<0>(sums, stride);
  if constexpr (across == 2) amx::store<1>(sums + register_columns, stride);
  if constexpr (down == 2) amx::store<2>(lower, stride);
  if constexpr (down == 2 && across == 2) amx::store<3>(lower + register_columns, stride);
}

void multiply_tile(size_t rows, size_t columns, const std::byte* a, const std::byte* b, size_t steps, bool is_first,
                   float* sums) {
  if (rows > amx::tile_rows) {
    return columns > register_columns ? multiply_tile<2, 2>(a, b, steps, is_first, sums)
                                      : multiply_tile<2, 1>(a, b, steps, is_first, sums);
  }
  columns > register_columns ? multiply_tile<1, 2>(a, b, steps, is_first, sums)
                             : multiply_tile<1, 1>(a, b, steps, is_first, sums);
}

WEDGE_VNNI bool are_numbers(const float* sums, size_t rows, size_t columns) {
  __mmask16 none = 0;
  for (size_t i = 0; i < rows; ++i, sums += panel_columns) {
    for (size_t j = 0; j < columns; j += register_columns) {
      const __m512 value = _mm512_load_ps(sums + j);
      none |= _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    }
  }
  return none == 0;
}

// Whether all sums were numbers.
WEDGE_VNNI bool finish_tile(const SplitBlock& block, const float* sums, size_t row, size_t rows, size_t column,
                            size_t columns) {
  const TileFinish finish = block.finish;
  const __m512 alpha = _mm512_set1_ps(finish.alpha);
  const __m512 low = _mm512_set1_ps(finish.clamp.low);
  const __m512 high = _mm512_set1_ps(finish.clamp.high);
  __mmask16 none = 0;
  for (size_t j = 0; j < columns; j += register_columns) {
    const auto there = static_cast<__mmask16>(columns - j >= register_columns ? 0xFFFF : (1U << (columns - j)) - 1);
    const size_t first = column + j;
    const __m512 column_bias =
        finish.column_bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(there, finish.column_bias + first);
    for (size_t i = 0; i < rows; ++i) {
      const auto at = static_cast<ptrdiff_t>(row + i);
      const __m512 sum = _mm512_load_ps(sums + i * panel_columns + j);
      none |= _mm512_cmp_ps_mask(sum, sum, _CMP_UNORD_Q);
      __m512 value = _mm512_mul_ps(alpha, sum);
      if (finish.addend != nullptr) {
        value = _mm512_add_ps(_mm512_maskz_loadu_ps(there, finish.addend + at * finish.addend_stride + first), value);
      }
      if (finish.column_bias != nullptr) value = _mm512_add_ps(value, column_bias);
      if (finish.row_bias != nullptr) value = _mm512_add_ps(value, _mm512_set1_ps(finish.row_bias[at]));
      // NaN passes: it is the second operand.
      value = _mm512_min_ps(high, _mm512_max_ps(low, value));
      _mm512_mask_storeu_ps(block.c + at * block.c_stride + first, there, value);
    }
  }
  return none == 0;
}

// What lies in the scratch: pointers to A's rows, steps of a panel of B twice, sums of all tiles, and A's rows in
// parts.
struct ScratchParts {
  size_t tiles, pointers_bytes, b_bytes, sums_bytes, a_bytes;

  ScratchParts(size_t rows, size_t taps, size_t depth)
      : tiles(ceil_div(rows, split_rows_at_once)),
        pointers_bytes(taps * split_rows_at_once * sizeof(float*)),
        b_bytes(2 * steps_at_once * step_bytes),
        sums_bytes(tiles * sums_floats * sizeof(float)),
        a_bytes(steps_of(taps, depth) * step_bytes) {}
  [[nodiscard]] size_t bytes() const { return pointers_bytes + b_bytes + sums_bytes + tiles * a_bytes; }
};

class Call {
 public:
  Call(const SplitBlock& block, std::byte* scratch)
      : block_(block),
        memory_(block.rows, block.taps, block.depth),
        steps_(steps_of(block.taps, block.depth)),
        end_(block.b + ceil_div(block.n, panel_columns) * block.panel_stride),
        pointers_(reinterpret_cast<const float**>(scratch)),
        b_(scratch + memory_.pointers_bytes),
        sums_(reinterpret_cast<float*>(b_ + memory_.b_bytes)),
        a_(b_ + memory_.b_bytes + memory_.sums_bytes) {}

  void run(SplitRows rows_of_a) const {
    for (size_t tile = 0; tile < memory_.tiles; ++tile) {
      rows_of_a(tile * split_rows_at_once, rows(tile), pointers_);
      split_rows(pointers_, rows(tile), block_.taps, block_.depth, a_ + tile * memory_.a_bytes);
    }
    amx::enter();
    std::byte* b = b_;
    std::byte* other = b_ + memory_.b_bytes / 2;
    Steps steps = first_steps_of(block_.b);
    steps.split_share(0, 1, b);
    for (size_t column = 0; column < block_.n;) {
      const Steps next = after(steps);
      (next.count == 0 ? first_steps_of(block_.next_b) : after(next)).ask();
      const bool ends = steps.begin + steps.count == steps_;
      const size_t columns = std::min(panel_columns, block_.n - column);
      // What does not wait for the products of a tile is done while they are made.
      for (size_t tile = 0; tile < memory_.tiles; ++tile) {
        multiply_tile(rows(tile), columns, a_ + tile * memory_.a_bytes + steps.begin * step_bytes, b, steps.count,
                      steps.begin == 0, sums_ + tile * sums_floats);
        if (ends && tile > 0) finish(tile - 1, steps.panel.first, column, columns, rows_of_a);
        next.split_share(tile, memory_.tiles, other);
      }
      if (ends) {
        finish(memory_.tiles - 1, steps.panel.first, column, columns, rows_of_a);
        column += panel_columns;
      }
      steps = next;
      std::swap(b, other);
    }
    amx::leave();
  }

 private:
  [[nodiscard]] size_t rows(size_t tile) const {
    return std::min(split_rows_at_once, block_.rows - tile * split_rows_at_once);
  }
  [[nodiscard]] Steps first_steps_of(const float* panel) const {
    return {{&block_, panel, steps_of(1, block_.depth)}, 0, panel == nullptr ? 0 : std::min(steps_at_once, steps_)};
  }

  // None behind the last panel.
  [[nodiscard]] Steps after(Steps steps) const {
    steps.begin += steps.count;
    if (steps.begin < steps_) {
      steps.count = std::min(steps_at_once, steps_ - steps.begin);
      return steps;
    }
    const float* panel = steps.panel.first + block_.panel_stride;
    return first_steps_of(panel < end_ ? panel : nullptr);
  }

  void finish(size_t tile, const float* panel, size_t column, size_t columns, SplitRows rows_of_a) const {
    const float* sums = sums_ + tile * sums_floats;
    const size_t row = tile * split_rows_at_once;
    // What is added to may be C itself, of which finishing leaves nothing.
    const bool asks_first = block_.finish.addend == block_.c;
    const bool are_good = (!asks_first || are_numbers(sums, rows(tile), columns)) &&
                          finish_tile(block_, sums, row, rows(tile), column, columns);
    if (are_good) return;
    rows_of_a(row, rows(tile), pointers_);
    multiply_floats(panel, row, rows(tile), column, columns);
  }

  // Row by row and tap by tap.
  void multiply_floats(const float* panel, size_t first, size_t rows, size_t column, size_t columns) const {
    for (size_t i = 0; i < rows; ++i) {
      GemmBlock row{.m = 1,
                    .n = columns,
                    .k = block_.depth,
                    .a_column_stride = 1,
                    .b_row_stride = panel_columns,
                    .c = block_.c + static_cast<ptrdiff_t>(first + i) * block_.c_stride + column,
                    .finish = block_.finish};
      row.finish.move(first + i, column);
      const TileFinish finish = row.finish;
      for (size_t tap = 0; tap < block_.taps; ++tap) {
        const bool is_last = tap + 1 == block_.taps;
        row.a = pointers_[tap * split_rows_at_once + i];
        row.b = panel + tap * block_.tap_stride;
        row.finish.row_bias = is_last ? finish.row_bias : nullptr;
        row.finish.column_bias = is_last ? finish.column_bias : nullptr;
        row.finish.clamp = is_last ? finish.clamp : Clamp();
        gemm_block(row);
        row.finish.addend = row.c;
      }
    }
  }

  const SplitBlock& block_;
  ScratchParts memory_;
  size_t steps_;
  const float* end_;  ///< behind the last panel
  const float** pointers_;
  std::byte* b_;
  float* sums_;
  std::byte* a_;
};

}  // namespace

bool suits_split_product(size_t m, size_t n, size_t k) {
  constexpr size_t fewest_rows = 96;
  constexpr size_t fewest_columns = 128;
  constexpr size_t smallest_depth = 64;
  return m >= fewest_rows && n >= fewest_columns && k >= smallest_depth && amx::is_here() &&
         gemm_panel_width() == panel_columns;
}

size_t split_scratch_bytes(size_t rows, size_t taps, size_t depth) { return ScratchParts(rows, taps, depth).bytes(); }

void multiply_split(const SplitBlock& block, SplitRows rows, std::byte* scratch) { Call(block, scratch).run(rows); }

}  // namespace wedge::kernels
#else
namespace wedge::kernels {
size_t split_scratch_bytes(size_t, size_t, size_t) { return 0; }
void multiply_split(const SplitBlock&, SplitRows, std::byte*) {}
}  // namespace wedge::kernels
#endif
