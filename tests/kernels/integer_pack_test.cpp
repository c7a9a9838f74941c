#include "kernels/integer_pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/checked.h"
#include "kernels/kernel_test.h"

namespace wedge {
namespace {

using kernels::IntegerMatrix;

struct Layout {
  ptrdiff_t tap_stride, row_stride, column_stride;
};

// Against what the panel is defined to be.
void check(const IntegerMatrix& b, size_t first, size_t width, size_t group) {
  SCOPED_TRACE(testing::Message() << b.taps << " taps of " << b.depth << " from column " << first << ", groups of "
                                  << group << ", " << width << " wide");
  const size_t columns = std::min(width, b.n - first);
  const size_t groups = ceil_div(b.depth, group);
  std::vector<uint8_t> expected(b.taps * groups * width * group);
  std::vector<uint32_t> expected_sums(columns);
  for (size_t tap = 0; tap < b.taps; ++tap) {
    for (size_t p = 0; p < b.depth; ++p) {
      for (size_t j = 0; j < columns; ++j) {
        const auto at = static_cast<ptrdiff_t>(tap) * b.tap_stride + static_cast<ptrdiff_t>(p) * b.row_stride +
                        static_cast<ptrdiff_t>(first + j) * b.column_stride;
        const auto byte = static_cast<uint8_t>(static_cast<uint8_t>(b.data[at]) ^ (b.is_signed ? 0U : 128U));
        expected[((tap * groups + p / group) * width + j) * group + p % group] = byte;
        expected_sums[j] += static_cast<uint32_t>(static_cast<int8_t>(byte));
      }
    }
  }
  std::vector<uint8_t> packed(expected.size());
  std::vector<uint32_t> sums(columns);
  kernels::pack_integer_panel({.b = b,
                               .first = first,
                               .columns = columns,
                               .width = width,
                               .groups = groups,
                               .group = group,
                               .to = packed.data(),
                               .sums = sums.data()});
  EXPECT_EQ(expected, packed);
  EXPECT_EQ(expected_sums, sums);
}

TEST(IntegerPack, RowsOrColumnsOrTapsSideBySide) {
  constexpr size_t n = 45;
  for (const size_t taps : {1, 2, 9}) {
    for (const size_t depth : {1, 2, 3, 7, 16, 33, 64, 130, 263}) {
      const auto t = static_cast<ptrdiff_t>(taps);
      const auto d = static_cast<ptrdiff_t>(depth);
      const auto bytes = random_bytes(taps * depth * n, 3);
      for (const auto& [tap_stride, row_stride, column_stride] :
           {Layout{d * ptrdiff_t{n}, ptrdiff_t{n}, 1}, Layout{d, 1, t * d}, Layout{1, t, t * d}}) {
        const IntegerMatrix b{.data = reinterpret_cast<const std::byte*>(bytes.data()),
                              .is_signed = depth % 2 == 0,
                              .taps = taps,
                              .depth = depth,
                              .n = n,
                              .tap_stride = tap_stride,
                              .row_stride = row_stride,
                              .column_stride = column_stride};
        for (const size_t first : {size_t{0}, size_t{32}}) {
          for (const size_t width : {16, 32}) {
            for (const size_t group : {2, 4}) check(b, first, width, group);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace wedge
