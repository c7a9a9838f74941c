#include "kernels/integer_gemm.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "kernels/integer_pack.h"
#include "kernels/integer_tile.h"
#include "kernels/product_schedule.h"
#include "kernels/scaled_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/pair_dot-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using IntTag = hn::ScalableTag<int32_t>;
using FloatTag = hn::ScalableTag<float>;
inline constexpr size_t lanes = hn::MaxLanes(IntTag());

// Rows that leave registers for two vectors of B and one of A.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
inline constexpr size_t tile_rows = 8;
#else
inline constexpr size_t tile_rows = 4;
#endif

template <size_t rows>
HWY_NOINLINE void sum_pairs(const IntegerTile& tile) {
  const IntTag d;
  const hn::ScalableTag<int16_t> pairs;
  const hn::Rebind<int8_t, hn::ScalableTag<int16_t>> bytes;
  Wide sums[rows][2];
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) sums[i][0] = sums[i][1] = hn::Zero(d);
  const auto step = [&](const int32_t* a, const int8_t* b) HWY_ATTR {
    const Pairs left = hn::PromoteTo(pairs, hn::LoadU(bytes, b));
    const Pairs right = hn::PromoteTo(pairs, hn::LoadU(bytes, b + 2 * lanes));
    HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
      const Pairs spread = hn::BitCast(pairs, hn::Set(d, a[i]));
      sums[i][0] = hn::Add(sums[i][0], pair_dot(spread, left));
      sums[i][1] = hn::Add(sums[i][1], pair_dot(spread, right));
    }
  };
  constexpr size_t b_step = 4 * lanes;
  const auto* a = reinterpret_cast<const int32_t*>(tile.panel);
  const auto* b = reinterpret_cast<const int8_t*>(tile.b);
  const int8_t* end = b + tile.taps * tile.groups * b_step;
  while (b != end) {
    step(a, b);
    // As in add_products() of gemm_tile-inl.h, a way out keeps the steps apart.
    if (b + b_step == end) break;
    step(a + tile_rows, b + b_step);
    a += 2 * tile_rows;
    b += 2 * b_step;
  }
  HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
    hn::StoreU(sums[i][0], d, tile.sums + i * 2 * lanes);
    hn::StoreU(sums[i][1], d, tile.sums + i * 2 * lanes + lanes);
  }
}

void sum_tile(const IntegerTile& tile) {
  switch (tile.rows) {
    case 1: return sum_pairs<1>(tile);
    case 2: return sum_pairs<2>(tile);
    case 3: return sum_pairs<3>(tile);
    case 4: return sum_pairs<4>(tile);
    case 5: return sum_pairs<std::min<size_t>(5, tile_rows)>(tile);
    case 6: return sum_pairs<std::min<size_t>(6, tile_rows)>(tile);
    case 7: return sum_pairs<std::min<size_t>(7, tile_rows)>(tile);
    default: return sum_pairs<tile_rows>(tile);
  }
}

size_t pair_tile_rows() { return tile_rows; }
size_t pair_tile_columns() { return 2 * lanes; }

// v[i][j] = sum + offset[j] - row_sum[i] * b_zero[j], `count` of a vector's lanes at a time.
HWY_INLINE Wide corrected(const IntegerFinish& f, size_t row, size_t j, size_t count) {
  const IntTag d;
  const auto load = [&](const int32_t* from)
                        HWY_ATTR { return count >= lanes ? hn::LoadU(d, from) : load_first(d, from, count); };
  Wide value = hn::Add(hn::LoadU(d, f.sums + row * f.sums_stride + j), load(f.offsets + j));
  if (f.row_sums != nullptr) value = hn::Sub(value, hn::Mul(hn::Set(d, f.row_sums[row]), load(f.b_zeros + j)));
  return value;
}

template <typename Emit>
HWY_INLINE void for_each_vector(const IntegerFinish& f, const Emit& emit) {
  for (size_t row = 0; row < f.rows; ++row) {
    if (f.columns == 2 * lanes) {
      emit(row, 0, lanes, corrected(f, row, 0, lanes));
      emit(row, lanes, lanes, corrected(f, row, lanes, lanes));
      continue;
    }
    for (size_t j = 0; j < f.columns; j += lanes) {
      const size_t count = f.columns - j;
      emit(row, j, std::min(count, lanes), corrected(f, row, j, count));
    }
  }
}

void finish_sums(const IntegerFinish& f) {
  const IntTag d;
  auto* c = static_cast<int32_t*>(f.product.c) + f.row * f.product.c_stride + f.column;
  for_each_vector(f, [&](size_t row, size_t j, size_t count, Wide value) HWY_ATTR {
    int32_t* to = c + row * f.product.c_stride + j;
    if (count == lanes) {
      hn::StoreU(value, d, to);
    } else {
      store_first(value, d, to, count);
    }
  });
}

void finish_floats(const IntegerFinish& f) {
  const FloatTag d;
  auto* c = static_cast<float*>(f.product.c) + f.row * f.product.c_stride + f.column;
  const float* scales = f.product.scales + f.column;
  const float* bias = f.product.float_bias == nullptr ? nullptr : f.product.float_bias + f.column;
  const auto low = hn::Set(d, f.product.clamp.low);
  const auto high = hn::Set(d, f.product.clamp.high);
  const bool clamped = f.product.clamp.active();
  for_each_vector(f, [&](size_t row, size_t j, size_t count, Wide value) HWY_ATTR {
    const auto load = [&](const float* from)
                          HWY_ATTR { return count == lanes ? hn::LoadU(d, from) : load_first(d, from, count); };
    auto result = hn::Mul(hn::ConvertTo(d, value), load(scales + j));
    if (bias != nullptr) result = hn::Add(result, load(bias + j));
    if (clamped) result = clamp(result, low, high);
    float* to = c + row * f.product.c_stride + j;
    if (count == lanes) {
      hn::StoreU(result, d, to);
    } else {
      store_first(result, d, to, count);
    }
  });
}

template <typename T>
void finish_bytes(const IntegerFinish& f) {
  const FloatTag d;
  auto* c = static_cast<T*>(f.product.c) + f.row * f.product.c_stride + f.column;
  const float* scales = f.product.scales + f.column;
  // Bounds before the zero point is added keep the conversion to integers inside its range.
  const auto zero = static_cast<float>(f.product.c_zero);
  const auto low = hn::Set(d, static_cast<float>(std::numeric_limits<T>::lowest()) - zero);
  const auto high = hn::Set(d, static_cast<float>(std::numeric_limits<T>::max()) - zero);
  const auto shift = hn::Set(IntTag(), f.product.c_zero);
  const auto scaled = [&](Wide value, hn::Vec<FloatTag> factor) HWY_ATTR {
    const auto bounded = hn::Min(hn::Max(hn::Mul(hn::ConvertTo(d, value), factor), low), high);
    return hn::Add(nearest_of_small(bounded), shift);
  };
  if constexpr (lanes == 4) {
    if (f.columns == 2 * lanes) {
      const hn::FixedTag<T, 2 * lanes> bytes;
      const auto left = hn::LoadU(d, scales);
      const auto right = hn::LoadU(d, scales + lanes);
      for (size_t row = 0; row < f.rows; ++row, c += f.product.c_stride) {
        const auto shorts =
            hn::ReorderDemote2To(hn::FixedTag<int16_t, 2 * lanes>(), scaled(corrected(f, row, 0, lanes), left),
                                 scaled(corrected(f, row, lanes, lanes), right));
        hn::StoreU(hn::DemoteTo(bytes, shorts), bytes, c);
      }
      return;
    }
  }
  const hn::Rebind<T, FloatTag> narrow;
  for_each_vector(f, [&](size_t row, size_t j, size_t count, Wide value) HWY_ATTR {
    const auto factor = count == lanes ? hn::LoadU(d, scales + j) : load_first(d, scales + j, count);
    const auto result = hn::DemoteTo(narrow, scaled(value, factor));
    T* to = c + row * f.product.c_stride + j;
    if (count == lanes) {
      hn::StoreU(result, narrow, to);
    } else {
      store_first(result, narrow, to, count);
    }
  });
}

void finish_u8(const IntegerFinish& f) { finish_bytes<uint8_t>(f); }
void finish_i8(const IntegerFinish& f) { finish_bytes<int8_t>(f); }

// Bytes of A as unsigned numbers of 16 bits: pairs of all rows side by side. `flip` turns signed ones into unsigned.
void widen_rows(const std::byte* const* from, size_t rows, size_t depth, uint8_t flip, std::byte* panel) {
  size_t row = 0;
  size_t whole = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<int32_t, 4> d;
  const hn::FixedTag<int16_t, 8> wide;
  const hn::FixedTag<uint8_t, 8> bytes;
  const auto mask = hn::Set(bytes, flip);
  whole = depth - depth % 8;
  for (; row + 4 <= rows; row += 4) {
    const auto load = [&](size_t i, size_t p) HWY_ATTR {
      const auto* at = reinterpret_cast<const uint8_t*>(from[row + i]) + p;
      return hn::BitCast(d, hn::PromoteTo(wide, hn::Xor(hn::LoadU(bytes, at), mask)));
    };
    auto* to = reinterpret_cast<int32_t*>(panel) + row;
    for (size_t p = 0; p < whole; p += 8, to += 4 * tile_rows) {
      store_transposed(d, load(0, p), load(1, p), load(2, p), load(3, p), to, tile_rows);
    }
  }
#endif
  for (size_t i = 0; i < rows; ++i) {
    auto* to = reinterpret_cast<int16_t*>(panel) + 2 * i;
    for (size_t p = i < row ? whole : 0; p < depth; ++p) {
      to[p / 2 * 2 * tile_rows + p % 2] = static_cast<int16_t>(static_cast<uint8_t>(from[i][p]) ^ flip);
    }
    if (depth % 2 != 0) to[depth / 2 * 2 * tile_rows + 1] = 0;
  }
}
void flip_row(const uint8_t* from, size_t count, uint8_t flip, uint8_t* to) {
  for (size_t i = 0; i < count; ++i) to[i] = static_cast<uint8_t>(from[i] ^ flip);
}
int32_t sum_row(const uint8_t* from, size_t count, uint8_t flip) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint8_t>(from[i] ^ flip);
  return static_cast<int32_t>(sum);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(sum_tile);
HWY_EXPORT(pair_tile_rows);
HWY_EXPORT(pair_tile_columns);
HWY_EXPORT(finish_sums);
HWY_EXPORT(finish_floats);
HWY_EXPORT(finish_u8);
HWY_EXPORT(finish_i8);
HWY_EXPORT(widen_rows);
HWY_EXPORT(flip_row);
HWY_EXPORT(sum_row);

// The parts of packed B: sums of its columns, then panels of (tap, group, column, product).
struct PackedB {
  size_t panels, groups, panel_bytes, sums_bytes;

  PackedB(size_t taps, size_t depth, size_t n) {
    const IntegerTileKind& kind = integer_tile_kind();
    panels = (n + kind.columns - 1) / kind.columns;
    groups = (depth + kind.group - 1) / kind.group;
    panel_bytes = taps * groups * kind.columns * kind.group;
    sums_bytes = round_up(panels * kind.columns * sizeof(int32_t), 64);
  }
  [[nodiscard]] size_t bytes() const { return sums_bytes + panels * panel_bytes; }
};

// What a call needs besides: offsets and zeros per column, then per worker a table of pointers, copies of A, row sums,
// and the sums of a tile.
struct ScratchParts {
  size_t columns_bytes, table_bytes, copy_bytes, tile_bytes;

  explicit ScratchParts(const IntegerProduct& g) {
    const IntegerTileKind& kind = integer_tile_kind();
    const PackedB b(g.taps, g.depth, g.n);
    columns_bytes = 2 * b.sums_bytes;
    table_bytes = round_up(2 * g.taps * most_integer_rows * sizeof(std::byte*), 64);
    const size_t element = kind.widens_a ? sizeof(int16_t) : 1;
    copy_bytes = round_up(g.taps * most_integer_rows * b.groups * kind.group * element, 64);
    tile_bytes = round_up((kind.rows * kind.columns + most_integer_rows) * sizeof(int32_t), 64);
  }
  [[nodiscard]] size_t per_worker() const { return table_bytes + copy_bytes + tile_bytes; }
};

class Call {
 public:
  Call(const IntegerProduct& g, IntegerRows rows, std::byte* scratch)
      : g_(g), rows_(rows), b_(g.taps, g.depth, g.n), parts_(g), scratch_(scratch) {
    offsets_ = reinterpret_cast<int32_t*>(scratch);
    zeros_ = reinterpret_cast<int32_t*>(scratch + b_.sums_bytes);
    set_columns();
    if (has_zeros_ || g.result == IntegerResult::sums) return;
    if (g.result == IntegerResult::floats) {
      finish_at_once_ = kind_.sum_to_floats;
    } else if (scaled_sums_fit(g.taps * g.depth, offsets_, g.scales, g.n)) {
      finish_at_once_ = kind_.sum_to_bytes;
    }
  }

  void run(Workers workers) {
    const auto work = static_cast<double>(g_.m) * static_cast<double>(g_.n) * static_cast<double>(g_.taps * g_.depth);
    // Four products take about as long as one of floats.
    const auto s = ProductSchedule::make(1, g_.m, kind_.rows, b_.panels, b_.panel_bytes, work / 4, workers);
    Workers(s.workers).run(s.blocks(), 1, [&](size_t block, size_t, unsigned worker) {
      const size_t m_begin = block % s.row_blocks * s.rows;
      const size_t panel = block / s.row_blocks * s.panels;
      run_block(m_begin, std::min(g_.m, m_begin + s.rows), panel, std::min(b_.panels, panel + s.panels), worker);
    });
  }

 private:
  void set_columns() {
    const auto* column_sums = reinterpret_cast<const int32_t*>(g_.packed_b);
    const int32_t shift = flip() == 0 ? 0 : (kind_.a_is_signed ? -sign_shift : sign_shift);
    const auto a_zero = static_cast<uint32_t>(g_.a_zero + shift);
    const auto count = static_cast<uint32_t>(g_.taps * g_.depth);
    std::fill(offsets_ + g_.n, offsets_ + b_.panels * kind_.columns, 0);
    for (size_t j = 0; j < g_.n; ++j) {
      const int32_t zero = (g_.b_zeros == nullptr ? 0 : g_.b_zeros[j]) - (g_.b_is_signed ? 0 : sign_shift);
      zeros_[j] = zero;
      has_zeros_ |= zero != 0;
      const uint32_t bias = g_.bias == nullptr ? 0 : static_cast<uint32_t>(g_.bias[j]);
      offsets_[j] = static_cast<int32_t>(bias - a_zero * static_cast<uint32_t>(column_sums[j]) +
                                         count * a_zero * static_cast<uint32_t>(zero));
    }
  }

  void run_block(size_t m_begin, size_t m_end, size_t panel_begin, size_t panel_end, unsigned worker) const {
    std::byte* own = scratch_ + parts_.columns_bytes + worker * parts_.per_worker();
    auto** given = reinterpret_cast<const std::byte**>(own);
    auto** ready = given + g_.taps * most_integer_rows;
    std::byte* copies = own + parts_.table_bytes;
    auto* sums = reinterpret_cast<int32_t*>(copies + parts_.copy_bytes);
    int32_t* row_sums = sums + kind_.rows * kind_.columns;
    for (size_t row = m_begin; row < m_end; row += kind_.rows) {
      const size_t rows = std::min(kind_.rows, m_end - row);
      rows_(row, rows, given);
      const std::byte* const* pixels = nullptr;
      if (kind_.widens_a) {
        widen(rows, given, copies);
      } else {
        pixels = make_ready(rows, given, ready, copies);
      }
      if (has_zeros_) sum_rows(rows, given, row_sums);
      for (size_t panel = panel_begin; panel < panel_end; ++panel) {
        const size_t column = panel * kind_.columns;
        const IntegerTile tile{.rows = rows,
                               .taps = g_.taps,
                               .groups = b_.groups,
                               .pixels = pixels,
                               .panel = copies,
                               .b = g_.packed_b + b_.sums_bytes + panel * b_.panel_bytes,
                               .sums = sums};
        const IntegerFinish result{.product = g_,
                                   .sums = sums,
                                   .sums_stride = kind_.columns,
                                   .rows = rows,
                                   .columns = std::min(kind_.columns, g_.n - column),
                                   .offsets = offsets_ + column,
                                   .row_sums = has_zeros_ ? row_sums : nullptr,
                                   .b_zeros = zeros_ + column,
                                   .row = row,
                                   .column = column};
        if (finish_at_once_ != nullptr) {
          finish_at_once_(tile, result);
          continue;
        }
        kind_.sum(tile);
        finish(result);
      }
    }
  }

  // A as the tile reads it: where it is when it is unsigned bytes in whole groups, or bytes behind a row may be read
  // (they meet zeros of B); else copied.
  const std::byte* const* make_ready(size_t rows, const std::byte** given, const std::byte** ready,
                                     std::byte* copies) const {
    if (flip() == 0 && (g_.a_has_slack || g_.depth % kind_.group == 0)) return given;
    const size_t padded = b_.groups * kind_.group;
    for (size_t i = 0; i < g_.taps * most_integer_rows; ++i) {
      if (i % most_integer_rows >= rows) continue;
      const auto* from = reinterpret_cast<const uint8_t*>(given[i]);
      std::byte* to = copies + i * padded;
      HWY_DYNAMIC_DISPATCH(flip_row)(from, g_.depth, flip(), reinterpret_cast<uint8_t*>(to));
      std::memset(to + g_.depth, 0, padded - g_.depth);
      ready[i] = to;
    }
    return ready;
  }

  void widen(size_t rows, const std::byte* const* given, std::byte* panel) const {
    const size_t tap_bytes = b_.groups * kind_.group * kind_.rows * sizeof(int16_t);
    for (size_t tap = 0; tap < g_.taps; ++tap, given += most_integer_rows, panel += tap_bytes) {
      HWY_DYNAMIC_DISPATCH(widen_rows)(given, rows, g_.depth, flip(), panel);
    }
  }

  void sum_rows(size_t rows, const std::byte* const* given, int32_t* sums) const {
    // Signed bytes are summed as unsigned ones 128 apart.
    const uint8_t to_unsigned = g_.a_is_signed ? sign_bit : 0;
    const uint32_t excess = kind_.a_is_signed ? static_cast<uint32_t>(sign_shift * g_.taps * g_.depth) : 0;
    for (size_t i = 0; i < rows; ++i) {
      uint32_t sum = 0U - excess;
      for (size_t tap = 0; tap < g_.taps; ++tap) {
        const auto* from = reinterpret_cast<const uint8_t*>(given[tap * most_integer_rows + i]);
        sum += static_cast<uint32_t>(HWY_DYNAMIC_DISPATCH(sum_row)(from, g_.depth, to_unsigned));
      }
      sums[i] = static_cast<int32_t>(sum);
    }
  }

  static void finish(const IntegerFinish& f) {
    switch (f.product.result) {
      case IntegerResult::sums: return HWY_DYNAMIC_DISPATCH(finish_sums)(f);
      case IntegerResult::floats: return HWY_DYNAMIC_DISPATCH(finish_floats)(f);
      case IntegerResult::u8: return HWY_DYNAMIC_DISPATCH(finish_u8)(f);
      case IntegerResult::i8: return HWY_DYNAMIC_DISPATCH(finish_i8)(f);
    }
  }

  // Turns A's bytes into those the tile wants.
  [[nodiscard]] uint8_t flip() const { return g_.a_is_signed == kind_.a_is_signed ? 0 : sign_bit; }

  const IntegerTileKind& kind_ = integer_tile_kind();
  const IntegerProduct& g_;
  IntegerRows rows_;
  PackedB b_;
  ScratchParts parts_;
  std::byte* scratch_;
  int32_t* offsets_;
  int32_t* zeros_;
  bool has_zeros_ = false;
  void (*finish_at_once_)(const IntegerTile& tile, const IntegerFinish& finish) = nullptr;
};

}  // namespace

const IntegerTileKind& integer_tile_kind() {
  static const IntegerTileKind kind = [] {
    for (const IntegerTileKind* dots : {vnni_tile_kind(), neon_tile_kind(), relaxed_tile_kind()}) {
      if (dots != nullptr) return *dots;
    }
    return IntegerTileKind{.rows = HWY_DYNAMIC_DISPATCH(pair_tile_rows)(),
                           .columns = HWY_DYNAMIC_DISPATCH(pair_tile_columns)(),
                           .group = 2,
                           .widens_a = true,
                           .sum = [](const IntegerTile& tile) { HWY_DYNAMIC_DISPATCH(sum_tile)(tile); },
                           .sum_to_bytes = nullptr,
                           .sum_to_floats = nullptr};
  }();
  return kind;
}

size_t integer_packed_bytes(size_t taps, size_t depth, size_t n) { return PackedB(taps, depth, n).bytes(); }

void integer_pack(const IntegerMatrix& b, std::byte* packed) {
  const IntegerTileKind& kind = integer_tile_kind();
  const PackedB parts(b.taps, b.depth, b.n);
  std::memset(packed, 0, parts.bytes());
  auto* sums = reinterpret_cast<uint32_t*>(packed);
  for (size_t panel = 0; panel < parts.panels; ++panel) {
    const size_t first = panel * kind.columns;
    pack_integer_panel({.b = b,
                        .first = first,
                        .columns = std::min(kind.columns, b.n - first),
                        .width = kind.columns,
                        .groups = parts.groups,
                        .group = kind.group,
                        .to = reinterpret_cast<uint8_t*>(packed + parts.sums_bytes + panel * parts.panel_bytes),
                        .sums = sums + first});
  }
}

size_t integer_scratch_bytes(const IntegerProduct& product, Workers workers) {
  const ScratchParts parts(product);
  return parts.columns_bytes + parts.per_worker() * workers.count();
}

void integer_gemm(const IntegerProduct& product, IntegerRows rows, std::byte* scratch, Workers workers) {
  if (product.m == 0 || product.n == 0) return;
  Call(product, rows, scratch).run(workers);
}

}  // namespace wedge::kernels
#endif
