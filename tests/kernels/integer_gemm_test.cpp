#include "kernels/integer_gemm.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/integer_tile.h"
#include "kernels/kernel_test.h"

namespace wedge {
namespace {

using kernels::IntegerProduct;
using kernels::IntegerResult;

enum class Weights { any, small, few_large };

struct Operands {
  bool a_signed, b_signed;
  int32_t a_zero;
  bool has_b_zeros;
  Weights weights = Weights::any;
};

// Signed weights: small ones within 64 of zero, large ones side by side along the depth, so few that of the groups of
// 32 columns less than an eighth has any.
std::vector<uint8_t> random_weights(size_t depth, size_t n, Weights weights) {
  auto bytes = random_bytes(depth * n, 2);
  if (weights == Weights::any) return bytes;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(byte % 129 - 64);
  for (size_t i = 0; weights == Weights::few_large && i < depth / 2 * n; i += 1201) {
    const uint8_t large = i % 2 == 0 ? 127 : 128;
    const size_t first = i / n * 2 * n + i % n;
    bytes[first] = bytes[first + n] = large;
  }
  return bytes;
}

int32_t number(uint8_t byte, bool is_signed) { return is_signed ? static_cast<int8_t>(byte) : byte; }

void check(size_t m, size_t n, size_t k, const Operands& with) {
  SCOPED_TRACE(testing::Message() << m << "x" << n << "x" << k << ", signed " << with.a_signed << with.b_signed
                                  << ", zeros " << with.a_zero << " " << with.has_b_zeros);
  const auto a = random_bytes(m * k, 1);
  auto b = random_weights(k, n, with.weights);
  if (!with.b_signed && with.weights != Weights::any) {
    for (uint8_t& byte : b) byte ^= kernels::sign_bit;
  }
  std::vector<int32_t> zeros(n);
  std::vector<int32_t> bias(n);
  for (size_t j = 0; j < n; ++j) {
    zeros[j] = static_cast<int32_t>(j % 7) - (with.b_signed ? 3 : 0);
    bias[j] = static_cast<int32_t>(j * 1000) - 5000;
  }
  const auto scales = random_floats(n, 3, 1e-4F, 1e-3F);
  const auto float_bias = random_floats(n, 4);
  std::vector<int32_t> sums(m * n);
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      int32_t sum = bias[j];
      for (size_t p = 0; p < k; ++p) {
        sum += (number(a[i * k + p], with.a_signed) - with.a_zero) *
               (number(b[p * n + j], with.b_signed) - (with.has_b_zeros ? zeros[j] : 0));
      }
      sums[i * n + j] = sum;
    }
  }

  const auto packed = AlignedBuffer::allocate(kernels::integer_packed_bytes(1, k, n));
  kernels::integer_pack({.data = reinterpret_cast<const std::byte*>(b.data()),
                         .is_signed = with.b_signed,
                         .depth = k,
                         .n = n,
                         .row_stride = static_cast<ptrdiff_t>(n)},
                        packed.data());
  if (with.weights != Weights::any) {
    EXPECT_EQ(&kernels::integer_tile_kind(), &kernels::IntegerPackedB::kind_of(packed.data()));
  } else if (kernels::integer_tile_kind().cuts_pairs && k >= 18) {
    EXPECT_EQ(&kernels::pairs_tile_kind(), &kernels::IntegerPackedB::kind_of(packed.data()));
  }
  IntegerProduct product{.m = m,
                         .n = n,
                         .depth = k,
                         .a_is_signed = with.a_signed,
                         .b_is_signed = with.b_signed,
                         .a_zero = with.a_zero,
                         .packed_b = packed.data(),
                         .b_zeros = with.has_b_zeros ? zeros.data() : nullptr,
                         .bias = bias.data(),
                         .c_stride = n,
                         .scales = scales.data(),
                         .float_bias = float_bias.data(),
                         .clamp = with.a_signed ? kernels::Clamp{-2, 3} : kernels::Clamp{},
                         .c_zero = 3};
  const auto multiply = [&](IntegerResult result, void* c, unsigned threads) {
    product.result = result;
    product.c = c;
    const auto scratch = AlignedBuffer::allocate(kernels::integer_scratch_bytes(product, Workers(threads)));
    const kernels::MatrixRows rows{reinterpret_cast<const std::byte*>(a.data()), k};
    kernels::integer_gemm(product, rows, scratch.data(), Workers(threads));
  };
  for (unsigned threads = 1; threads <= 3; ++threads) {
    std::vector<int32_t> actual(m * n);
    multiply(IntegerResult::sums, actual.data(), threads);
    ASSERT_EQ(sums, actual);
  }
  std::vector<float> floats(m * n);
  multiply(IntegerResult::floats, floats.data(), 1);
  std::vector<uint8_t> u8(m * n);
  multiply(IntegerResult::u8, u8.data(), 2);
  std::vector<int8_t> i8(m * n);
  multiply(IntegerResult::i8, i8.data(), 1);
  for (size_t i = 0; i < m * n; ++i) {
    const float scaled = static_cast<float>(sums[i]) * scales[i % n];
    const float wanted = std::clamp(scaled + float_bias[i % n], product.clamp.low, product.clamp.high);
    ASSERT_NEAR(wanted, floats[i], 1e-6F * (std::abs(scaled) + 1));
    const float rounded = std::nearbyint(scaled) + 3;
    ASSERT_EQ(static_cast<int>(std::clamp(rounded, 0.0F, 255.0F)), u8[i]);
    ASSERT_EQ(static_cast<int>(std::clamp(rounded, -128.0F, 127.0F)), i8[i]);
  }
}

TEST(IntegerGemm, OddSizesOfEveryKindOfOperand) {
  for (const bool a_signed : {false, true}) {
    for (const bool b_signed : {false, true}) {
      for (const bool has_b_zeros : {false, true}) {
        for (const Weights weights : {Weights::any, Weights::small}) {
          const Operands operands{a_signed, b_signed, a_signed ? -5 : 130, has_b_zeros, weights};
          for (const size_t m : {1U, 2U, 7U, 8U, 19U}) {
            for (const size_t n : {1U, 15U, 32U, 33U, 70U}) {
              for (const size_t k : {1U, 3U, 4U, 18U, 65U}) check(m, n, k, operands);
            }
          }
        }
      }
    }
  }
}

// Where sums of two products are cut to 16 bits these weights are in two groups.
TEST(IntegerGemm, FewLargeWeights) {
  for (const bool a_signed : {false, true}) {
    for (const bool b_signed : {false, true}) {
      const Operands operands{a_signed, b_signed, a_signed ? -5 : 130, false, Weights::few_large};
      for (const size_t m : {1U, 6U, 19U}) {
        for (const size_t n : {16U, 70U}) {
          for (const size_t k : {200U, 518U}) check(m, n, k, operands);
        }
      }
    }
  }
}

// Packed weights come from files, too: wherever extras are said to be, nothing else is read.
TEST(IntegerGemm, DamagedPackedWeights) {
  constexpr size_t m = 6, n = 70, k = 518;
  const auto a = random_bytes(m * k, 1);
  const auto b = random_weights(k, n, Weights::few_large);
  const auto packed = AlignedBuffer::allocate(kernels::integer_packed_bytes(1, k, n));
  kernels::integer_pack({.data = reinterpret_cast<const std::byte*>(b.data()),
                         .is_signed = true,
                         .depth = k,
                         .n = n,
                         .row_stride = static_cast<ptrdiff_t>(n)},
                        packed.data());
  const kernels::IntegerPackedB parts(packed.data(), 1, k, n);
  std::vector<int32_t> sums(m * n);
  const IntegerProduct product{.m = m,
                               .n = n,
                               .depth = k,
                               .b_is_signed = true,
                               .packed_b = packed.data(),
                               .c = sums.data(),
                               .c_stride = n,
                               .clamp = {}};
  const auto scratch = AlignedBuffer::allocate(kernels::integer_scratch_bytes(product, Workers()));
  std::minstd_rand generator(3);
  for (size_t at = parts.extras_at(); at + 4 <= parts.extra_at(0); at += 4) {
    const uint32_t number = generator() % 3 == 0 ? 0xFFFFFFFFU : static_cast<uint32_t>(generator() >> 4U);
    std::memcpy(packed.data() + at, &number, sizeof number);
    const kernels::MatrixRows rows{reinterpret_cast<const std::byte*>(a.data()), k};
    kernels::integer_gemm(product, rows, scratch.data(), Workers());
  }
  EXPECT_EQ(&kernels::integer_tile_kind(), &parts.kind);
}

TEST(IntegerGemm, ManyTasks) {
  check(200, 150, 300, {false, true, 7, false});
  check(3, 2000, 700, {true, true, 0, false});
  check(1, 1, 0, {false, false, 9, true});
}

// Two taps that lie apart, each a row of its own.
void check_taps(size_t depth, Weights weights) {
  SCOPED_TRACE(depth);
  constexpr size_t m = 9, n = 20, taps = 2;
  const auto a = random_bytes(m * depth * taps, 5);
  const auto rows_of_b = random_weights(taps * depth, n, weights);
  std::vector<uint8_t> b(rows_of_b.size());
  for (size_t tap = 0; tap < taps; ++tap) {
    for (size_t p = 0; p < depth; ++p) {
      for (size_t j = 0; j < n; ++j) b[(j * depth + p) * taps + tap] = rows_of_b[(tap * depth + p) * n + j];
    }
  }
  const auto packed = AlignedBuffer::allocate(kernels::integer_packed_bytes(taps, depth, n));
  // Weights as convolutions have them: column, product, tap.
  kernels::integer_pack({.data = reinterpret_cast<const std::byte*>(b.data()),
                         .is_signed = true,
                         .taps = taps,
                         .depth = depth,
                         .n = n,
                         .tap_stride = 1,
                         .row_stride = ptrdiff_t{taps},
                         .column_stride = static_cast<ptrdiff_t>(taps * depth)},
                        packed.data());
  std::vector<int32_t> actual(m * n);
  const IntegerProduct product{.m = m,
                               .n = n,
                               .taps = taps,
                               .depth = depth,
                               .b_is_signed = true,
                               .a_zero = 100,
                               .packed_b = packed.data(),
                               .c = actual.data(),
                               .c_stride = n,
                               .clamp = {}};
  const auto rows = [&](size_t first, size_t count, const std::byte** pointers) {
    for (size_t tap = 0; tap < taps; ++tap) {
      for (size_t i = 0; i < count; ++i) {
        pointers[tap * kernels::most_integer_rows + i] =
            reinterpret_cast<const std::byte*>(a.data()) + (tap * m + first + i) * depth;
      }
    }
  };
  const auto scratch = AlignedBuffer::allocate(kernels::integer_scratch_bytes(product, Workers()));
  kernels::integer_gemm(product, rows, scratch.data(), Workers());
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      int32_t sum = 0;
      for (size_t tap = 0; tap < taps; ++tap) {
        for (size_t p = 0; p < depth; ++p) {
          sum += (a[(tap * m + i) * depth + p] - 100) * static_cast<int8_t>(b[(j * depth + p) * taps + tap]);
        }
      }
      ASSERT_EQ(sum, actual[i * n + j]);
    }
  }
}

TEST(IntegerGemm, SumsOverTaps) {
  check_taps(5, Weights::any);
  check_taps(5, Weights::small);
  check_taps(130, Weights::few_large);
}

}  // namespace
}  // namespace wedge
