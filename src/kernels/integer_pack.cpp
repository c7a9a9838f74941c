#include "kernels/integer_pack.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_pack.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/pair_dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

// The offset of row p of B.
HWY_INLINE ptrdiff_t row_offset(const IntegerMatrix& b, size_t p) {
  if (b.inner == 0) return static_cast<ptrdiff_t>(p) * b.row_stride;
  return static_cast<ptrdiff_t>(p % b.inner) * b.row_stride + static_cast<ptrdiff_t>(p / b.inner) * b.outer_stride;
}

// Unsigned bytes become signed ones 128 apart.
HWY_INLINE uint8_t flip_of(const IntegerMatrix& b) { return b.is_signed ? 0 : sign_bit; }

// The last group of rows, and rows that are not evenly apart; rows that are not there are zeros.
template <size_t group>
HWY_INLINE void pack_group(const IntegerPanel& panel, size_t tap, size_t g, size_t j) {
  const IntegerMatrix& b = panel.b;
  const auto* from = reinterpret_cast<const uint8_t*>(b.data) + static_cast<ptrdiff_t>(tap) * b.tap_stride +
                     static_cast<ptrdiff_t>(panel.first + j) * b.column_stride;
  uint8_t* to = panel.to + ((tap * panel.groups + g) * panel.width + j) * group;
  for (size_t i = 0; i < group && g * group + i < b.depth; ++i) {
    to[i] = static_cast<uint8_t>(from[row_offset(b, g * group + i)] ^ flip_of(b));
  }
}

#if HWY_TARGET != HWY_SCALAR
template <size_t group>
using Group = std::conditional_t<group == 4, uint32_t, uint16_t>;

// Bytes may alias everything, so the loops below keep what they need in variables of their own, and read and write
// whole groups where they can.
template <size_t group>
HWY_INLINE void copy_group(const uint8_t* from, ptrdiff_t stride, uint8_t flip, uint8_t* to) {
  if (stride == 1) {
    Group<group> bytes;
    std::memcpy(&bytes, from, group);
    bytes ^= static_cast<Group<group>>(flip * Group<group>{0x01010101U & static_cast<Group<group>>(-1)});
    std::memcpy(to, &bytes, group);
    return;
  }
  uint8_t bytes[group];
  HWY_UNROLL(4) for (size_t i = 0; i < group; ++i) {
    bytes[i] = static_cast<uint8_t>(from[static_cast<ptrdiff_t>(i) * stride] ^ flip);
  }
  std::memcpy(to, bytes, group);
}

// The elements of `count` rows of as many bytes as `Lanes` has, `stride` bytes apart, column by column: interleaving
// the first half of the rows with the second as often as rows have binary digits.
template <class Lanes, size_t count>
HWY_INLINE void transpose_rows(Lanes lanes, const uint8_t* from, ptrdiff_t stride, uint8_t flip, uint8_t* to,
                               size_t to_stride) {
  const hn::Repartition<uint8_t, Lanes> bytes;
  hn::Vec<Lanes> rows[count];
  for (size_t i = 0; i < count; ++i) {
    const auto row = hn::LoadU(bytes, from + static_cast<ptrdiff_t>(i) * stride);
    rows[i] = hn::BitCast(lanes, hn::Xor(row, hn::Set(bytes, flip)));
  }
  for (size_t times = 1; times < count; times *= 2) {
    hn::Vec<Lanes> interleaved[count];
    for (size_t i = 0; i < count / 2; ++i) {
      interleaved[2 * i] = hn::InterleaveLower(lanes, rows[i], rows[i + count / 2]);
      interleaved[2 * i + 1] = hn::InterleaveUpper(lanes, rows[i], rows[i + count / 2]);
    }
    for (size_t i = 0; i < count; ++i) rows[i] = interleaved[i];
  }
  for (size_t i = 0; i < count; ++i) hn::StoreU(hn::BitCast(bytes, rows[i]), bytes, to + i * to_stride);
}

// Whole groups of columns whose rows are `row_stride` bytes apart. A few groups of a column at a time, so that what is
// read and written stays in the first-level cache.
template <size_t group>
HWY_INLINE void pack_columns(const IntegerPanel& panel, size_t groups, ptrdiff_t row_stride) {
  constexpr size_t few = 64;
  constexpr size_t square = 16 / group;
  const hn::FixedTag<Group<group>, square> lanes;
  const size_t columns = panel.columns;
  const ptrdiff_t column_stride = panel.b.column_stride;
  const size_t packed_group = panel.width * group;
  const uint8_t flip = flip_of(panel.b);
  uint8_t together[square][few * group];
  for (size_t first = 0; first < groups; first += few) {
    const size_t count = std::min(groups - first, few);
    for (size_t j = 0; j < columns; j += square) {
      const size_t side_by_side = std::min(columns - j, square);
      for (size_t tap = 0; tap < panel.b.taps; ++tap) {
        const auto* from =
            reinterpret_cast<const uint8_t*>(panel.b.data) + static_cast<ptrdiff_t>(panel.first + j) * column_stride +
            static_cast<ptrdiff_t>(tap) * panel.b.tap_stride + static_cast<ptrdiff_t>(first * group) * row_stride;
        ptrdiff_t stride = column_stride;
        if (row_stride != 1) {
          for (size_t column = 0; column < side_by_side; ++column) {
            const uint8_t* row = from + static_cast<ptrdiff_t>(column) * column_stride;
            for (size_t p = 0; p < count * group; ++p, row += row_stride) together[column][p] = *row;
          }
          from = together[0];
          stride = few * group;
        }
        uint8_t* to = panel.to + (tap * panel.groups + first) * packed_group + j * group;
        size_t g = 0;
        if (side_by_side == square) {
          for (; g + square <= count; g += square) {
            transpose_rows<decltype(lanes), square>(lanes, from + g * group, stride, flip, to + g * packed_group,
                                                    packed_group);
          }
        }
        for (; g < count; ++g) {
          for (size_t column = 0; column < side_by_side; ++column) {
            copy_group<group>(from + static_cast<ptrdiff_t>(column) * stride + g * group, 1, flip,
                              to + g * packed_group + column * group);
          }
        }
      }
    }
  }
}

// Whole groups of rows whose columns lie side by side.
template <size_t group>
HWY_INLINE void pack_rows(const IntegerPanel& panel, size_t groups) {
  constexpr size_t few = 8;
  const hn::FixedTag<uint8_t, few> lanes;
  const IntegerMatrix& b = panel.b;
  const size_t columns = panel.columns;
  const ptrdiff_t stride = b.row_stride;
  const uint8_t flip = flip_of(b);
  for (size_t tap = 0; tap < b.taps; ++tap) {
    const auto* from = reinterpret_cast<const uint8_t*>(b.data) + static_cast<ptrdiff_t>(tap) * b.tap_stride +
                       static_cast<ptrdiff_t>(panel.first);
    for (size_t g = 0; g < groups; ++g) {
      const uint8_t* rows = from + static_cast<ptrdiff_t>(g * group) * stride;
      uint8_t* to = panel.to + (tap * panel.groups + g) * panel.width * group;
      size_t j = 0;
      for (; j + few <= columns; j += few) {
        transpose_rows<decltype(lanes), group>(lanes, rows + j, stride, flip, to + j * group, few);
      }
      for (; j < columns; ++j) copy_group<group>(rows + j, stride, flip, to + j * group);
    }
  }
}

// To the sums of columns what was packed of them; places without a column have zeros.
template <size_t group>
HWY_INLINE void add_sums(const IntegerPanel& panel) {
  const hn::ScalableTag<int32_t> sums_of_pairs;
  const hn::ScalableTag<int16_t> pairs;
  const hn::Rebind<int8_t, decltype(pairs)> bytes;
  const size_t count = panel.width * group;
  HWY_ALIGN int32_t sums[IntegerPanel::widest * 2] = {};
  const auto* packed = reinterpret_cast<const int8_t*>(panel.to);
  for (size_t g = 0; g < panel.b.taps * panel.groups; ++g, packed += count) {
    for (size_t i = 0; i < count; i += hn::Lanes(pairs)) {
      const auto of_group = pair_dot(hn::PromoteTo(pairs, hn::LoadU(bytes, packed + i)), hn::Set(pairs, 1));
      hn::Store(hn::Add(hn::Load(sums_of_pairs, sums + i / 2), of_group), sums_of_pairs, sums + i / 2);
    }
  }
  for (size_t j = 0; j < panel.columns; ++j) {
    for (size_t i = 0; i < group / 2; ++i) panel.sums[j] += static_cast<uint32_t>(sums[j * (group / 2) + i]);
  }
}

// Returns how many groups of rows were packed.
template <size_t group>
HWY_INLINE size_t pack_whole_groups(const IntegerPanel& panel) {
  const IntegerMatrix& b = panel.b;
  if (b.inner != 0) return 0;
  const size_t whole = b.depth / group;
  if (b.column_stride == 1) {
    pack_rows<group>(panel, whole);
  } else if (b.row_stride == 1) {
    pack_columns<group>(panel, whole, 1);
  } else {
    pack_columns<group>(panel, whole, b.row_stride);
  }
  return whole;
}
#else
template <size_t group>
size_t pack_whole_groups(const IntegerPanel&) {
  return 0;
}

template <size_t group>
void add_sums(const IntegerPanel& panel) {
  const auto* packed = reinterpret_cast<const int8_t*>(panel.to);
  for (size_t g = 0; g < panel.b.taps * panel.groups; ++g, packed += panel.width * group) {
    for (size_t i = 0; i < panel.columns * group; ++i) panel.sums[i / group] += static_cast<uint32_t>(packed[i]);
  }
}
#endif

template <size_t group>
HWY_INLINE void pack_groups(const IntegerPanel& panel) {
  const size_t whole = pack_whole_groups<group>(panel);
  for (size_t tap = 0; tap < panel.b.taps; ++tap) {
    for (size_t g = whole; g < panel.groups; ++g) {
      for (size_t j = 0; j < panel.columns; ++j) pack_group<group>(panel, tap, g, j);
    }
  }
  add_sums<group>(panel);
}

void pack_panel(const IntegerPanel& panel) {
// Groups of four are of products of bytes, which WebAssembly has with relaxed SIMD alone.
#if !defined(__wasm__) || defined(__wasm_relaxed_simd__)
  if (panel.group == 4) return pack_groups<4>(panel);
#endif
  pack_groups<2>(panel);
}

size_t move_pairs(const IntegerExtrasToPack& panel) {
  constexpr int32_t largest = 128;
  static_assert(largest * 255 <= std::numeric_limits<int16_t>::max());
  const auto is_large = [](const int8_t* pair) { return std::abs(pair[0] + pair[1]) > largest; };
  int8_t* group = panel.groups;
  int8_t* extra = panel.extras;
  size_t moved = 0;
  for (size_t number = 0; number < panel.count; ++number, group += panel.group_bytes) {
    bool has_large = false;
    for (size_t i = 0; i < panel.group_bytes; i += 2) has_large |= is_large(group + i);
    if (!has_large) continue;
    if (moved == panel.most) return panel.most + 1;
    for (size_t i = 0; i < panel.group_bytes; i += 2) {
      const bool is_halved = is_large(group + i);
      for (size_t j = i; j < i + 2; ++j) {
        extra[j] = is_halved ? static_cast<int8_t>(group[j] / 2) : int8_t{0};
        group[j] = static_cast<int8_t>(group[j] - extra[j]);
      }
    }
    extra += panel.group_bytes;
    panel.numbers[moved++] = static_cast<uint32_t>(number);
  }
  return moved;
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(pack_panel);
HWY_EXPORT(move_pairs);

void pack_integer_panel(const IntegerPanel& panel) { HWY_DYNAMIC_DISPATCH(pack_panel)(panel); }
size_t move_large_pairs(const IntegerExtrasToPack& panel) { return HWY_DYNAMIC_DISPATCH(move_pairs)(panel); }

}  // namespace wedge::kernels
#endif
