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

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

// The offset of row p of B.
HWY_INLINE ptrdiff_t row_offset(const IntegerMatrix& b, size_t p) {
  if (b.inner == 0) return static_cast<ptrdiff_t>(p) * b.row_stride;
  return static_cast<ptrdiff_t>(p % b.inner) * b.row_stride + static_cast<ptrdiff_t>(p / b.inner) * b.outer_stride;
}

// Unsigned bytes become signed ones 128 apart.
HWY_INLINE uint8_t flip_of(const IntegerMatrix& b) { return b.is_signed ? 0 : sign_bit; }

// Bytes may alias everything, so the loops below keep what they need in variables of their own, and read and write
// whole groups where they can.
template <size_t group>
HWY_INLINE void copy_group(const uint8_t* from, ptrdiff_t stride, uint8_t flip, uint8_t* to) {
  using Group = std::conditional_t<group == 4, uint32_t, uint16_t>;
  static_assert(sizeof(Group) == group);
  if (stride == 1) {
    Group bytes;
    std::memcpy(&bytes, from, group);
    bytes ^= static_cast<Group>(flip * Group{0x01010101U & static_cast<Group>(-1)});
    std::memcpy(to, &bytes, group);
    return;
  }
  uint8_t bytes[group];
  HWY_UNROLL(4) for (size_t i = 0; i < group; ++i) {
    bytes[i] = static_cast<uint8_t>(from[static_cast<ptrdiff_t>(i) * stride] ^ flip);
  }
  std::memcpy(to, bytes, group);
}

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

// Whole groups of columns whose rows are `row_stride` bytes apart. A few groups of a column at a time, so that what is
// read and written stays in the first-level cache.
template <size_t group>
HWY_INLINE void pack_columns(const IntegerPanel& panel, size_t groups, ptrdiff_t row_stride) {
  constexpr size_t few = 64;
  const size_t columns = panel.columns;
  const size_t taps = panel.b.taps;
  const ptrdiff_t tap_stride = panel.b.tap_stride;
  const size_t packed_group = panel.width * group;
  const size_t packed_tap = panel.groups * packed_group;
  const uint8_t flip = flip_of(panel.b);
  for (size_t first = 0; first < groups; first += few) {
    const size_t last = std::min(groups, first + few);
    for (size_t j = 0; j < columns; ++j) {
      const auto* column = reinterpret_cast<const uint8_t*>(panel.b.data) +
                           static_cast<ptrdiff_t>(panel.first + j) * panel.b.column_stride;
      uint8_t* to = panel.to + j * group;
      for (size_t g = first; g < last; ++g) {
        const uint8_t* from = column + static_cast<ptrdiff_t>(g * group) * row_stride;
        uint8_t* of_group = to + g * packed_group;
        for (size_t tap = 0; tap < taps; ++tap, from += tap_stride) {
          copy_group<group>(from, row_stride, flip, of_group + tap * packed_tap);
        }
      }
    }
  }
}

// Whole groups of rows whose columns lie side by side.
template <size_t group>
HWY_INLINE void pack_rows(const IntegerPanel& panel, size_t groups) {
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
      for (size_t j = 0; j < columns; ++j) copy_group<group>(rows + j, stride, flip, to + j * group);
    }
  }
}

template <size_t group>
HWY_INLINE void pack_groups(const IntegerPanel& panel) {
  const IntegerMatrix& b = panel.b;
  const size_t whole = b.inner == 0 ? b.depth / group : 0;
  if (b.column_stride == 1) {
    pack_rows<group>(panel, whole);
  } else if (b.row_stride == 1) {
    pack_columns<group>(panel, whole, 1);
  } else {
    pack_columns<group>(panel, whole, b.row_stride);
  }
  for (size_t tap = 0; tap < b.taps; ++tap) {
    for (size_t g = whole; g < panel.groups; ++g) {
      for (size_t j = 0; j < panel.columns; ++j) pack_group<group>(panel, tap, g, j);
    }
  }
  const auto* packed = reinterpret_cast<const int8_t*>(panel.to);
  for (size_t g = 0; g < b.taps * panel.groups; ++g, packed += panel.width * group) {
    for (size_t j = 0; j < panel.columns; ++j) {
      int32_t sum = 0;
      for (size_t i = 0; i < group; ++i) sum += packed[j * group + i];
      panel.sums[j] += static_cast<uint32_t>(sum);
    }
  }
}

void pack_panel(const IntegerPanel& panel) {
  if (panel.group == 4) {
    pack_groups<4>(panel);
  } else {
    pack_groups<2>(panel);
  }
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
