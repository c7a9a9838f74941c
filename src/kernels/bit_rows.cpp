#include "kernels/bit_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/bit_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <size_t bits>
float dot_bits(const BitRow& row, const float* operand) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> words;
  const hn::RebindToSigned<decltype(d)> integers;
  const hn::Rebind<uint8_t, decltype(d)> bytes;
  const size_t lanes = hn::Lanes(d);
  constexpr size_t planes = 8 / bits;
  constexpr uint32_t all_bits = (1U << bits) - 1;
  const auto mask = hn::Set(words, all_bits);
  auto total = hn::Zero(d);
  float rest = 0;
  const uint8_t* from = row.numbers;
  for (size_t block = 0; block < row.blocks; ++block, from += row.block_bytes, operand += row.block()) {
    const auto zero = hn::Set(d, row.zeros[block]);
    auto even = hn::Zero(d);
    auto odd = hn::Zero(d);
    size_t i = 0;
    for (; i + lanes <= row.block_bytes; i += lanes) {
      auto left = hn::PromoteTo(words, hn::LoadU(bytes, from + i));
      for (size_t plane = 0; plane < planes; ++plane) {
        const auto number = hn::Sub(hn::ConvertTo(d, hn::BitCast(integers, hn::And(left, mask))), zero);
        auto& sum = plane % 2 == 0 ? even : odd;
        sum = hn::MulAdd(hn::LoadU(d, operand + plane * row.block_bytes + i), number, sum);
        left = hn::ShiftRight<bits>(left);
      }
    }
    total = hn::MulAdd(hn::Set(d, row.scales[block]), hn::Add(even, odd), total);
    float sum = 0;
    for (; i < row.block_bytes; ++i) {
      for (size_t plane = 0; plane < planes; ++plane) {
        const auto number = static_cast<float>((uint32_t{from[i]} >> (plane * bits)) & all_bits);
        sum += operand[plane * row.block_bytes + i] * (number - row.zeros[block]);
      }
    }
    rest += row.scales[block] * sum;
  }
  return hn::GetLane(hn::SumOfLanes(d, total)) + rest;
}

float dot_row(const BitRow& row, const float* operand) {
  if (row.bits == 2) return dot_bits<2>(row, operand);
  return row.bits == 4 ? dot_bits<4>(row, operand) : dot_bits<8>(row, operand);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(dot_row);

void spread(const BitRow& row, const float* from, size_t count, float* to) {
  const size_t planes = 8 / row.bits;
  const size_t block = row.block();
  std::fill_n(to, row.blocks * block, 0.0F);
  for (size_t first = 0; first < count; first += block) {
    for (size_t i = first; i < std::min(count, first + block); ++i) {
      to[first + (i - first) % planes * row.block_bytes + (i - first) / planes] = from[i];
    }
  }
}

float dot(const BitRow& row, const float* spread_operand) { return HWY_DYNAMIC_DISPATCH(dot_row)(row, spread_operand); }

}  // namespace wedge::kernels
#endif
