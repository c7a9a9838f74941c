#include "kernels/peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/pair_dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Ten sums, as many as hide the latency of two multiply-adds a cycle.
float multiply_add(size_t rounds, float scale, double& operations) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, scale);
  const auto term = hn::Set(d, 1.0F);
  auto s0 = hn::Iota(d, 0.0F), s1 = hn::Iota(d, 1.0F), s2 = hn::Iota(d, 2.0F), s3 = hn::Iota(d, 3.0F);
  auto s4 = hn::Iota(d, 4.0F), s5 = hn::Iota(d, 5.0F), s6 = hn::Iota(d, 6.0F), s7 = hn::Iota(d, 7.0F);
  auto s8 = hn::Iota(d, 8.0F), s9 = hn::Iota(d, 9.0F);
  for (size_t i = 0; i < rounds; ++i) {
    s0 = hn::MulAdd(s0, factor, term);
    s1 = hn::MulAdd(s1, factor, term);
    s2 = hn::MulAdd(s2, factor, term);
    s3 = hn::MulAdd(s3, factor, term);
    s4 = hn::MulAdd(s4, factor, term);
    s5 = hn::MulAdd(s5, factor, term);
    s6 = hn::MulAdd(s6, factor, term);
    s7 = hn::MulAdd(s7, factor, term);
    s8 = hn::MulAdd(s8, factor, term);
    s9 = hn::MulAdd(s9, factor, term);
  }
  s0 = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  operations += 20.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
  return hn::GetLane(hn::Add(s0, hn::Add(s8, s9)));
}

int32_t multiply_add_pairs(size_t rounds, int32_t scale, double& operations) {
  const hn::ScalableTag<int32_t> d;
  const hn::ScalableTag<int16_t> pairs;
  const auto factor = hn::Set(pairs, static_cast<int16_t>(scale));
  auto s0 = hn::Iota(d, 0), s1 = hn::Iota(d, 1), s2 = hn::Iota(d, 2), s3 = hn::Iota(d, 3);
  auto s4 = hn::Iota(d, 4), s5 = hn::Iota(d, 5), s6 = hn::Iota(d, 6), s7 = hn::Iota(d, 7);
  auto s8 = hn::Iota(d, 8), s9 = hn::Iota(d, 9), s10 = hn::Iota(d, 10), s11 = hn::Iota(d, 11);
  // Each product depends on its sum, or the compiler would make it once.
  const auto add = [&](auto sum) HWY_ATTR { return hn::Add(sum, pair_dot(hn::BitCast(pairs, sum), factor)); };
  for (size_t i = 0; i < rounds; ++i) {
    s0 = add(s0);
    s1 = add(s1);
    s2 = add(s2);
    s3 = add(s3);
    s4 = add(s4);
    s5 = add(s5);
    s6 = add(s6);
    s7 = add(s7);
    s8 = add(s8);
    s9 = add(s9);
    s10 = add(s10);
    s11 = add(s11);
  }
  s0 = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  s0 = hn::Add(s0, hn::Add(hn::Add(s8, s9), hn::Add(s10, s11)));
  operations += 48.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
  return hn::GetLane(s0);
}

float read_floats(const float* values, size_t count) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = hn::Zero(d), s2 = hn::Zero(d), s3 = hn::Zero(d);
  auto s4 = hn::Zero(d), s5 = hn::Zero(d), s6 = hn::Zero(d), s7 = hn::Zero(d);
  size_t i = 0;
  for (; i + 8 * lanes <= count; i += 8 * lanes) {
    s0 = hn::Add(s0, hn::LoadU(d, values + i));
    s1 = hn::Add(s1, hn::LoadU(d, values + i + lanes));
    s2 = hn::Add(s2, hn::LoadU(d, values + i + 2 * lanes));
    s3 = hn::Add(s3, hn::LoadU(d, values + i + 3 * lanes));
    s4 = hn::Add(s4, hn::LoadU(d, values + i + 4 * lanes));
    s5 = hn::Add(s5, hn::LoadU(d, values + i + 5 * lanes));
    s6 = hn::Add(s6, hn::LoadU(d, values + i + 6 * lanes));
    s7 = hn::Add(s7, hn::LoadU(d, values + i + 7 * lanes));
  }
  float rest = 0;
  for (; i < count; ++i) rest += values[i];
  s0 = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  return rest + hn::GetLane(hn::SumOfLanes(d, s0));
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/amx.h"
#include "kernels/integer_tile.h"
#include "kernels/split_product.h"

namespace wedge::kernels {
namespace {

HWY_EXPORT(multiply_add);
HWY_EXPORT(multiply_add_pairs);
HWY_EXPORT(read_floats);

#if WEDGE_HAS_VNNI
WEDGE_VNNI int32_t multiply_add_quads(size_t rounds, int32_t scale, double& operations) {
  const __m512i factor = _mm512_set1_epi8(static_cast<char>(scale));
  __m512i sums[10];
  for (auto& sum : sums) sum = factor;
  for (size_t i = 0; i < rounds; ++i) {
    for (auto& sum : sums) sum = _mm512_dpbusd_epi32(sum, factor, factor);
  }
  for (const auto& sum : sums) sums[0] = _mm512_add_epi32(sums[0], sum);
  operations += 10.0 * 128.0 * static_cast<double>(rounds);
  return _mm512_reduce_add_epi32(sums[0]);
}
#endif

#if WEDGE_HAS_AMX
enum class TileElement : uint8_t { int8, bf16 };

// Four tiles, as many as hide the latency of one.
template <TileElement element>
int32_t multiply_add_tiles(size_t rounds, double& operations) {
  constexpr size_t sums = amx::tile_bytes / sizeof(int32_t);
  alignas(64) int32_t memory[sums] = {};
  amx::enter();
  amx::load<0>(memory, amx::row_bytes);
  amx::load<1>(memory, amx::row_bytes);
  amx::load<2>(memory, amx::row_bytes);
  amx::load<3>(memory, amx::row_bytes);
  amx::load<4>(memory, amx::row_bytes);
  amx::load<5>(memory, amx::row_bytes);
  for (size_t i = 0; i < rounds; ++i) {
    if constexpr (element == TileElement::int8) {
      amx::dot_bytes<0, 4, 5>();
      amx::dot_bytes<1, 4, 5>();
      amx::dot_bytes<2, 4, 5>();
      amx::dot_bytes<3, 4, 5>();
    } else {
      amx::dot_bf16<0, 4, 5>();
      amx::dot_bf16<1, 4, 5>();
      amx::dot_bf16<2, 4, 5>();
      amx::dot_bf16<3, 4, 5>();
    }
  }
  amx::store<0>(memory, amx::row_bytes);
  amx::leave();
  constexpr size_t depth = element == TileElement::int8 ? amx::row_bytes : amx::row_bytes / 2;
  operations += 4.0 * 2 * sums * depth * static_cast<double>(rounds);
  return memory[0];
}
#endif

}  // namespace

float multiply_add_f32(size_t rounds, float factor, double& operations) {
  return HWY_DYNAMIC_DISPATCH(multiply_add)(rounds, factor, operations);
}

int32_t multiply_split_f32([[maybe_unused]] size_t rounds, [[maybe_unused]] double& operations) {
#if WEDGE_HAS_AMX
  if (amx::is_here()) {
    double products = 0;
    const int32_t sum = multiply_add_tiles<TileElement::bf16>(rounds, products);
    operations += products / split_parts_multiplied;
    return sum;
  }
#endif
  return 0;
}

int32_t multiply_add_int8(size_t rounds, int32_t factor, double& operations) {
#if WEDGE_HAS_AMX
  if (amx_tile_kind() != nullptr) return multiply_add_tiles<TileElement::int8>(rounds, operations);
#endif
#if WEDGE_HAS_VNNI
  if (vnni_tile_kind() != nullptr) return multiply_add_quads(rounds, factor, operations);
#endif
  return HWY_DYNAMIC_DISPATCH(multiply_add_pairs)(rounds, factor, operations);
}

float read_all(std::span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(read_floats)(values.data(), values.size());
}

}  // namespace wedge::kernels
#endif
