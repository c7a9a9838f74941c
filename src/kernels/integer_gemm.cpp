#include "kernels/integer_gemm.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "kernels/integer_finish.h"
#include "kernels/integer_pack.h"
#include "kernels/integer_tile.h"
#include "kernels/product_schedule.h"
#include "kernels/scaled_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

void flip_row(const uint8_t* from, size_t count, uint8_t flip, uint8_t* to) {
  for (size_t i = 0; i < count; ++i) to[i] = static_cast<uint8_t>(from[i] ^ flip);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(flip_row);

// Only tiles of AMX are brought to their result while the next one is summed.
constexpr bool has_late_finishes = WEDGE_HAS_AMX != 0;

// For AMX B is packed as for the fastest kind without it.
const IntegerTileKind& kind_for(const IntegerProduct& g, const IntegerTileKind& of_b) {
  constexpr size_t many_rows = 16;
  constexpr size_t some_depth = 33;
  const IntegerTileKind* of_many_rows = amx_tile_kind();
  const bool suits = of_many_rows != nullptr && &of_b == &integer_tile_kind();
  return suits && g.m >= many_rows && g.depth >= some_depth ? *of_many_rows : of_b;
}

// What a call needs besides: offsets and zeros per column, then per worker a table of pointers, copies of A, row sums,
// and the sums of a tile.
struct ScratchParts {
  size_t columns_bytes, table_bytes, copy_bytes, tile_bytes;

  ScratchParts(const IntegerProduct& g, const IntegerTileKind& of_b) {
    const IntegerTileKind& kind = kind_for(g, of_b);
    const IntegerPackedB b(of_b, g.taps, g.depth, g.n);
    columns_bytes = saturating_bytes(2, b.sums_bytes);
    table_bytes = round_up(2 * g.taps * most_integer_rows * sizeof(std::byte*), 64);
    copy_bytes =
        round_up(kind.packed_a_bytes != nullptr ? kind.packed_a_bytes(g.taps, b.groups)
                                                : saturating_bytes(g.taps, most_integer_rows, b.groups, kind.group),
                 64);
    tile_bytes = round_up((2 * kind.rows * kind.columns + most_integer_rows) * sizeof(int32_t), 64);
  }
  [[nodiscard]] size_t per_worker() const { return table_bytes + copy_bytes + tile_bytes; }
};

class Call {
 public:
  Call(const IntegerProduct& g, IntegerRows rows, std::byte* scratch)
      : g_(g),
        rows_(rows),
        b_(g.packed_b, g.taps, g.depth, g.n),
        kind_(kind_for(g, b_.kind)),
        parts_(g, b_.kind),
        scratch_(scratch) {
    offsets_ = reinterpret_cast<int32_t*>(scratch);
    zeros_ = reinterpret_cast<int32_t*>(scratch + b_.sums_bytes);
    has_zeros_ = set_integer_columns(g, b_.panels * kind_.columns, offsets_, zeros_);
    if (has_zeros_ || g.result == IntegerResult::sums) return;
    if (g.result == IntegerResult::floats) {
      finish_at_once_ = kind_.sum_to_floats;
      finish_later_ = kind_.finish_to_floats;
    } else if (scaled_sums_fit(g.taps * g.depth, offsets_, g.scales, g.n)) {
      finish_at_once_ = kind_.sum_to_bytes;
      finish_later_ = kind_.finish_to_bytes;
    }
  }

  void run(Workers workers) {
    const auto work = static_cast<double>(g_.m) * static_cast<double>(g_.n) * static_cast<double>(g_.taps * g_.depth);
    const ProductSchedule s({.rows = g_.m,
                             .tile_rows = kind_.rows,
                             .row_step = kind_.register_rows,
                             .panels = b_.panels,
                             .tile_panels = kind_.wide_rows != 0 ? size_t{2} : 1,
                             .panel_bytes = b_.panel_bytes,
                             .work = work / 4},  // four products take about as long as one of floats
                            workers);
    s.workers().run(s.tasks(), 1,
                    [&](size_t number, size_t, unsigned worker) { run_task(s.task(number, worker), worker); });
  }

 private:
  void run_task(const ProductTask& task, unsigned worker) const {
    std::byte* own = scratch_ + parts_.columns_bytes + worker * parts_.per_worker();
    auto** given = reinterpret_cast<const std::byte**>(own);
    auto** ready = given + g_.taps * most_integer_rows;
    std::byte* copies = own + parts_.table_bytes;
    auto* sums = reinterpret_cast<int32_t*>(copies + parts_.copy_bytes);
    int32_t* other_sums = sums + kind_.rows * kind_.columns;
    int32_t* row_sums = other_sums + kind_.rows * kind_.columns;
    std::optional<IntegerFinish> before;
    if (has_late_finishes && kind_.enter != nullptr) kind_.enter();
    const bool is_wide = kind_.wide_rows != 0 && finish_at_once_ != nullptr && task.panels() > 1;
    const bool is_row = kind_.finishes_rows && finish_at_once_ != nullptr;
    const size_t panels_at_once = is_row ? task.panels() : is_wide ? 2 : 1;
    const size_t tile_rows = is_wide ? kind_.wide_rows : kind_.rows;
    const size_t rows_at_once = round_up(even_rows(task.rows(), tile_rows), kind_.register_rows);
    const size_t block_bytes = task.panels() * b_.panel_bytes;
    const NextPanels next(task.leaves_panels, static_cast<ptrdiff_t>(block_bytes), kind_.columns * kind_.group,
                          block_bytes, ceil_div(task.rows(), rows_at_once));
    for (size_t row = task.first_row; row < task.last_row; row += rows_at_once) {
      const size_t rows = std::min(rows_at_once, task.last_row - row);
      rows_(row, rows, given);
      const std::byte* const* pixels = nullptr;
      if (kind_.pack_a != nullptr) {
        kind_.pack_a({.rows = rows, .taps = g_.taps, .depth = g_.depth, .pixels = given, .flip = flip()}, copies);
      } else {
        pixels = make_ready(rows, given, ready, copies);
      }
      if (has_zeros_) sum_integer_rows(g_, rows, given, row_sums);
      for (size_t panel = task.first_panel; panel < task.last_panel; panel += panels_at_once) {
        const size_t column = panel * kind_.columns;
        const size_t columns = std::min(panels_at_once, task.last_panel - panel) * kind_.columns;
        const IntegerTile tile{.rows = rows,
                               .taps = g_.taps,
                               .groups = b_.groups,
                               .pixels = pixels,
                               .panel = copies,
                               .b = g_.packed_b + b_.panel_at(panel),
                               .panel_bytes = b_.panel_bytes,
                               .extras = b_.extras(g_.packed_b, panel),
                               .next = next,
                               .number = (row - task.first_row) / rows_at_once,
                               .sums = sums};
        const IntegerFinish result{.product = g_,
                                   .sums = sums,
                                   .sums_stride = kind_.columns,
                                   .rows = rows,
                                   .columns = std::min(columns, g_.n - column),
                                   .offsets = offsets_ + column,
                                   .row_sums = has_zeros_ ? row_sums : nullptr,
                                   .b_zeros = zeros_ + column,
                                   .row = row,
                                   .column = column};
        if (finish_at_once_ != nullptr) {
          finish_at_once_(tile, result);
        } else if (has_late_finishes && finish_later_ != nullptr) {
          kind_.sum_from_offsets(tile, result.offsets, result.columns);
          if (before) finish_later_(*before);
          before.emplace(result);
          std::swap(sums, other_sums);
        } else {
          kind_.sum(tile);
          finish_integer_tile(result);
        }
      }
    }
    if (has_late_finishes && before) finish_later_(*before);
    if (has_late_finishes && kind_.leave != nullptr) kind_.leave();
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

  // Turns A's bytes into those the tile wants.
  [[nodiscard]] uint8_t flip() const { return g_.a_is_signed == kind_.a_is_signed ? 0 : sign_bit; }

  const IntegerProduct& g_;
  IntegerRows rows_;
  IntegerPackedB b_;
  const IntegerTileKind& kind_;
  ScratchParts parts_;
  std::byte* scratch_;
  int32_t* offsets_;
  int32_t* zeros_;
  bool has_zeros_ = false;
  void (*finish_at_once_)(const IntegerTile& tile, const IntegerFinish& finish) = nullptr;
  void (*finish_later_)(const IntegerFinish& finish) = nullptr;
};

}  // namespace

const IntegerTileKind& integer_tile_kind() {
  static const IntegerTileKind& kind = [] -> const IntegerTileKind& {
    for (const IntegerTileKind* of_bytes : {vnni_tile_kind(), neon_tile_kind(), relaxed_tile_kind(), cut_tile_kind()}) {
      if (of_bytes != nullptr) return *of_bytes;
    }
    return pairs_tile_kind();
  }();
  return kind;
}

namespace {

// False, and nothing of use, where so many pairs are large that products of pairs are as fast.
bool pack_for(const IntegerTileKind& kind, const IntegerMatrix& b, std::byte* packed) {
  const IntegerPackedB parts(kind, b.taps, b.depth, b.n);
  const size_t panels_at = parts.panel_at(0);
  const size_t panels_end = parts.panel_at(parts.panels);
  std::memset(packed, 0, panels_at);
  std::memset(packed + panels_end, 0, parts.extra_at(0) - panels_end);
  parts.set_kind(packed);
  auto* sums = reinterpret_cast<uint32_t*>(packed + IntegerPackedB::sums_at);
  auto* firsts = reinterpret_cast<uint32_t*>(packed + parts.extras_at());
  size_t extras = 0;
  for (size_t panel = 0; panel < parts.panels; ++panel) {
    const size_t first = panel * kind.columns;
    std::byte* to = packed + parts.panel_at(panel);
    // Where there is no row or no column there are zeros.
    if (first + kind.columns > b.n || b.depth % kind.group != 0) std::memset(to, 0, parts.panel_bytes);
    pack_integer_panel({.b = b,
                        .first = first,
                        .columns = std::min(kind.columns, b.n - first),
                        .width = kind.columns,
                        .groups = parts.groups,
                        .group = kind.group,
                        .to = reinterpret_cast<uint8_t*>(to),
                        .sums = sums + first});
    if (!parts.has_extras()) continue;
    firsts[panel] = static_cast<uint32_t>(extras);
    // A panel with many is not the only one, most often.
    const size_t count = b.taps * parts.groups;
    const size_t most = std::min(parts.most_extras - extras, count / 3);
    const size_t moved = move_large_pairs({.groups = reinterpret_cast<int8_t*>(to),
                                           .count = count,
                                           .group_bytes = parts.group_bytes,
                                           .numbers = firsts + parts.panels + 1 + extras,
                                           .extras = reinterpret_cast<int8_t*>(packed + parts.extra_at(extras)),
                                           .most = most});
    if (moved > most) return false;
    extras += moved;
    firsts[panel + 1] = static_cast<uint32_t>(extras);
  }
  // What is not used is written to files, too.
  const size_t end = parts.extra_at(extras);
  std::memset(packed + end, 0, integer_packed_bytes(b.taps, b.depth, b.n) - end);
  return true;
}

}  // namespace

size_t integer_packed_bytes(size_t taps, size_t depth, size_t n) {
  const IntegerPackedB of_pairs(pairs_tile_kind(), taps, depth, n);
  const IntegerPackedB fastest(integer_tile_kind(), taps, depth, n);
  return std::max(of_pairs.bytes(), fastest.bytes());
}

void integer_pack(const IntegerMatrix& b, std::byte* packed) {
  if (!b.for_pairs && pack_for(integer_tile_kind(), b, packed)) return;
  pack_for(pairs_tile_kind(), b, packed);
}

size_t integer_scratch_bytes(const IntegerProduct& product, Workers workers) {
  size_t bytes = 0;
  for (const IntegerTileKind* kind : {&integer_tile_kind(), &pairs_tile_kind()}) {
    const ScratchParts parts(product, *kind);
    bytes = std::max(bytes, parts.columns_bytes + saturating_bytes(parts.per_worker(), workers.count()));
  }
  return bytes;
}

void integer_gemm(const IntegerProduct& product, IntegerRows rows, std::byte* scratch, Workers workers) {
  if (product.m == 0 || product.n == 0) return;
  Call(product, rows, scratch).run(workers);
}

}  // namespace wedge::kernels
#endif
