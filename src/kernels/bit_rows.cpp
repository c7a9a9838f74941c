#include "kernels/bit_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/bit_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <size_t bits, size_t count>
void dot_bits(const BitRow& row, const float* operands, float* sums) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> words;
  const hn::RebindToSigned<decltype(d)> integers;
  const hn::Rebind<uint8_t, decltype(d)> bytes;
  using V = hn::Vec<decltype(d)>;
  constexpr size_t planes = 8 / bits;
  constexpr uint32_t all_bits = (1U << bits) - 1;
  const size_t lanes = hn::Lanes(d);
  const size_t stride = row.blocks * row.block();
  const auto mask = hn::Set(words, all_bits);
  V totals[count];
  float rests[count] = {};
  for (V& total : totals) total = hn::Zero(d);
  const uint8_t* from = row.numbers;
  for (size_t block = 0; block < row.blocks; ++block, from += row.block_bytes, operands += row.block()) {
    const V zero = hn::Set(d, row.zeros[block]);
    const V scale = hn::Set(d, row.scales[block]);
    V even[count];
    V odd[count];
    for (size_t i = 0; i < count; ++i) even[i] = odd[i] = hn::Zero(d);
    size_t at = 0;
    for (; at + lanes <= row.block_bytes; at += lanes) {
      auto left = hn::PromoteTo(words, hn::LoadU(bytes, from + at));
      for (size_t plane = 0; plane < planes; ++plane) {
        const V number = hn::Sub(hn::ConvertTo(d, hn::BitCast(integers, hn::And(left, mask))), zero);
        for (size_t i = 0; i < count; ++i) {
          V& sum = plane % 2 == 0 ? even[i] : odd[i];
          sum = hn::MulAdd(hn::LoadU(d, operands + i * stride + plane * row.block_bytes + at), number, sum);
        }
        left = hn::ShiftRight<bits>(left);
      }
    }
    for (size_t i = 0; i < count; ++i) totals[i] = hn::MulAdd(scale, hn::Add(even[i], odd[i]), totals[i]);
    for (; at < row.block_bytes; ++at) {
      for (size_t plane = 0; plane < planes; ++plane) {
        const auto bits_of_number = static_cast<float>((uint32_t{from[at]} >> (plane * bits)) & all_bits);
        const float number = (bits_of_number - row.zeros[block]) * row.scales[block];
        for (size_t i = 0; i < count; ++i) rests[i] += operands[i * stride + plane * row.block_bytes + at] * number;
      }
    }
  }
  for (size_t i = 0; i < count; ++i) sums[i] = hn::GetLane(hn::SumOfLanes(d, totals[i])) + rests[i];
}

template <size_t bits>
void dot_count(const BitRow& row, const float* operands, size_t count, float* sums) {
  switch (count) {
    case 1: return dot_bits<bits, 1>(row, operands, sums);
    case 2: return dot_bits<bits, 2>(row, operands, sums);
    case 3: return dot_bits<bits, 3>(row, operands, sums);
    default: return dot_bits<bits, most_operands>(row, operands, sums);
  }
}

void dot_row(const BitRow& row, const float* operands, size_t count, float* sums) {
  if (row.bits == 2) return dot_count<2>(row, operands, count, sums);
  if (row.bits == 4) return dot_count<4>(row, operands, count, sums);
  dot_count<8>(row, operands, count, sums);
}

template <size_t bits>
void unpack_bits(const uint8_t* from, size_t bytes, float scale, float zero, float* to) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> words;
  const hn::RebindToSigned<decltype(d)> integers;
  const hn::Rebind<uint8_t, decltype(d)> narrow;
  using V = hn::Vec<decltype(d)>;
  constexpr size_t planes = 8 / bits;
  constexpr uint32_t all_bits = (1U << bits) - 1;
  const auto mask = hn::Set(words, all_bits);
  const size_t lanes = hn::Lanes(d);
  size_t at = 0;
  for (; at + lanes <= bytes; at += lanes, to += planes * lanes) {
    V numbers[planes];
    auto left = hn::PromoteTo(words, hn::LoadU(narrow, from + at));
    for (V& number : numbers) {
      const V whole = hn::ConvertTo(d, hn::BitCast(integers, hn::And(left, mask)));
      number = hn::Mul(hn::Sub(whole, hn::Set(d, zero)), hn::Set(d, scale));
      left = hn::ShiftRight<bits>(left);
    }
    if constexpr (planes == 1) hn::StoreU(numbers[0], d, to);
    if constexpr (planes == 2) hn::StoreInterleaved2(numbers[0], numbers[1], d, to);
    if constexpr (planes == 4) hn::StoreInterleaved4(numbers[0], numbers[1], numbers[2], numbers[3], d, to);
  }
  for (; at < bytes; ++at) {
    for (size_t plane = 0; plane < planes; ++plane) {
      *to++ = (static_cast<float>((uint32_t{from[at]} >> (plane * bits)) & all_bits) - zero) * scale;
    }
  }
}

void unpack_block(size_t bits, const uint8_t* from, size_t bytes, float scale, float zero, float* to) {
  if (bits == 2) return unpack_bits<2>(from, bytes, scale, zero, to);
  if (bits == 4) return unpack_bits<4>(from, bytes, scale, zero, to);
  unpack_bits<8>(from, bytes, scale, zero, to);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(dot_row);
HWY_EXPORT(unpack_block);

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

void dot(const BitRow& row, const float* operands, size_t count, float* sums) {
  HWY_DYNAMIC_DISPATCH(dot_row)(row, operands, count, sums);
}

void unpack(size_t bits, const uint8_t* numbers, size_t bytes, float scale, float zero, float* to) {
  HWY_DYNAMIC_DISPATCH(unpack_block)(bits, numbers, bytes, scale, zero, to);
}

}  // namespace wedge::kernels
#endif
