#include "kernels/gemm.h"

#include "kernels/kernel_test.h"
#include "kernels/reference.h"
#include "wedge/float16.h"

namespace wedge {
namespace {

using kernels::GemmArguments;

enum class Storage { rows, columns, packed, packed_f16, packed_bf16, written };

struct Case {
  size_t m, n, k;
  Storage a = Storage::rows, b = Storage::rows;
  float alpha = 1.0F;
  bool row_bias = false, column_bias = false, accumulate = false;
  kernels::Clamp clamp;
};

kernels::MatrixView view(const std::vector<float>& data, Storage storage, size_t rows, size_t columns) {
  if (storage == Storage::columns) return {data.data(), 1, static_cast<ptrdiff_t>(rows)};
  return {data.data(), static_cast<ptrdiff_t>(columns), 1};
}

// Rounded to what a 16-bit float has.
template <typename Half>
void round_to(std::vector<float>& data) {
  for (float& value : data) value = static_cast<float>(Half(value));
}

template <typename Half>
std::vector<uint16_t> bits_of(const std::vector<float>& data) {
  std::vector<uint16_t> bits;
  for (const float value : data) bits.push_back(Half(value).bits);
  return bits;
}

struct Problem {
  explicit Problem(const Case& test)
      : test(test),
        a(random_floats(test.m * test.k, 1)),
        b(random_floats(test.k * test.n, 2)),
        c(random_floats(test.m * (test.n + 3), 3)),
        row_bias(random_floats(test.m, 4)),
        column_bias(random_floats(test.n, 5)) {
    if (test.b == Storage::packed_f16) round_to<Float16>(b);
    if (test.b == Storage::packed_bf16) round_to<BFloat16>(b);
  }

  [[nodiscard]] std::vector<float> expected() const {
    std::vector<float> result = c;
    const auto a_view = view(a, test.a, test.m, test.k);
    const auto b_view = view(b, test.b, test.k, test.n);
    const size_t stride = test.n + 3;
    reference::gemm<float, double>(test.m, test.n, test.k, a_view.data, a_view.row_stride, a_view.column_stride,
                                   b_view.data, b_view.row_stride, b_view.column_stride, result.data(),
                                   static_cast<ptrdiff_t>(stride), test.alpha, test.accumulate);
    for (size_t i = 0; i < test.m; ++i) {
      for (size_t j = 0; j < test.n; ++j) {
        float& value = result[i * stride + j];
        if (test.row_bias) value += row_bias[i];
        if (test.column_bias) value += column_bias[j];
        if (value < test.clamp.low) value = test.clamp.low;
        if (value > test.clamp.high) value = test.clamp.high;
      }
    }
    return result;
  }

  [[nodiscard]] std::vector<float> actual(unsigned threads) const {
    std::vector<float> result = c;
    GemmArguments g{.m = test.m, .n = test.n, .k = test.k, .c = result.data(), .alpha = test.alpha};
    g.a = view(a, test.a, test.m, test.k);
    g.b = view(b, test.b, test.k, test.n);
    g.c_stride = static_cast<ptrdiff_t>(test.n + 3);
    g.row_bias = test.row_bias ? row_bias.data() : nullptr;
    g.column_bias = test.column_bias ? column_bias.data() : nullptr;
    g.accumulate = test.accumulate;
    g.clamp = test.clamp;
    const auto packed_a = AlignedBuffer::allocate(kernels::gemm_packed_a_bytes(test.m, test.k));
    const auto packed_b = AlignedBuffer::allocate(kernels::gemm_packed_b_bytes(test.k, test.n));
    if (test.a == Storage::packed) {
      kernels::gemm_pack_a(g.a, test.m, test.k, packed_a.data());
      g.packed_a = packed_a.data();
    }
    if (test.b == Storage::packed) {
      const Unaligned unaligned(b);
      const kernels::MatrixView from{unaligned.data(), g.b.row_stride, g.b.column_stride};
      kernels::gemm_pack_b(from, test.k, test.n, packed_b.data(), Workers(3));
      g.packed_b = packed_b.data();
    }
    if (test.b == Storage::packed_f16 || test.b == Storage::packed_bf16) {
      const bool is_f16 = test.b == Storage::packed_f16;
      const auto bits = is_f16 ? bits_of<Float16>(b) : bits_of<BFloat16>(b);
      const Unaligned unaligned(bits);
      const kernels::HalfMatrixView half{unaligned.data(), g.b.row_stride, g.b.column_stride};
      kernels::gemm_pack_half_b(half, test.k, test.n, packed_b.data());
      g.packed_b = packed_b.data();
      g.packed_b_type = is_f16 ? kernels::PackedType::f16 : kernels::PackedType::bf16;
    }
    const auto write = [&](size_t k_begin, size_t k_end, size_t n_begin, size_t n_end, float* panels) {
      const kernels::MatrixView block{g.b.data + k_begin * test.n + n_begin, g.b.row_stride, 1};
      kernels::gemm_pack_b(block, k_end - k_begin, n_end - n_begin, reinterpret_cast<std::byte*>(panels));
    };
    const kernels::PanelWriter writer = write;
    if (test.b == Storage::written) g.write_b = &writer;
    const Workers workers(threads);
    const auto scratch = AlignedBuffer::allocate(kernels::gemm_scratch_bytes(g, workers));
    kernels::gemm(g, scratch.data(), workers);
    return result;
  }

  void check() const {
    SCOPED_TRACE(testing::Message() << test.m << " x " << test.n << " x " << test.k << ", a "
                                    << static_cast<int>(test.a) << ", b " << static_cast<int>(test.b));
    const auto one = actual(1);
    expect_close(expected(), one, 1e-6F * static_cast<float>(test.k + 4));
    expect_same_bits(one, actual(2));
    expect_same_bits(one, actual(3));
  }

  Case test;
  std::vector<float> a, b, c, row_bias, column_bias;
};

TEST(Gemm, UnpacksWhatItPacked) {
  for (const size_t n : {1U, 15U, 16U, 70U}) {
    for (const size_t k : {1U, 9U, 40U}) {
      const auto b = random_floats(k * n, 1);
      for (const bool transposed : {false, true}) {
        const auto row_stride = static_cast<ptrdiff_t>(transposed ? 1 : n);
        const auto column_stride = static_cast<ptrdiff_t>(transposed ? k : 1);
        const auto packed = AlignedBuffer::allocate(kernels::gemm_packed_b_bytes(k, n));
        kernels::gemm_pack_b({Unaligned(b).data(), row_stride, column_stride}, k, n, packed.data());
        std::vector<float> unpacked(b.size());
        kernels::gemm_unpack_b(packed.data(), k, n, unpacked.data(), row_stride, column_stride);
        expect_same_bits(b, unpacked);
      }
    }
  }
}

TEST(Gemm, EverySmallSizeAndStorage) {
  for (const size_t m : {1U, 2U, 5U, 8U, 15U}) {
    for (const size_t n : {1U, 3U, 16U, 31U, 65U}) {
      for (const size_t k : {0U, 1U, 7U, 33U}) {
        for (const Storage a : {Storage::rows, Storage::columns, Storage::packed}) {
          for (const Storage b : {Storage::rows, Storage::columns, Storage::packed, Storage::packed_f16,
                                  Storage::packed_bf16, Storage::written}) {
            Problem({.m = m, .n = n, .k = k, .a = a, .b = b, .alpha = 0.5F, .column_bias = true}).check();
          }
        }
      }
    }
  }
}

TEST(Gemm, EpiloguesAcrossBlocks) {
  for (const size_t m : {1U, 3U, 61U}) {
    for (const size_t n : {1U, 77U, 1100U}) {
      for (const size_t k : {19U, 300U, 601U}) {
        for (const Storage b : {Storage::rows, Storage::columns, Storage::packed, Storage::packed_f16}) {
          Problem({.m = m, .n = n, .k = k, .b = b, .row_bias = true, .clamp = kernels::relu_clamp}).check();
          Problem({.m = m, .n = n, .k = k, .a = Storage::columns, .b = b, .alpha = -2.0F, .accumulate = true}).check();
          Problem({.m = m, .n = n, .k = k, .a = Storage::packed, .b = b, .column_bias = true, .clamp = {-0.1F, 0.3F}})
              .check();
        }
      }
    }
  }
}

TEST(Gemm, OneRowTimesAWideMatrix) {
  for (const size_t n : {4096U, 4099U, 9001U}) {
    Problem({.m = 1, .n = n, .k = 77, .alpha = 3.0F, .column_bias = true, .accumulate = true}).check();
  }
}

TEST(Gemm, OneColumnIntoAContiguousColumn) {
  const size_t m = 57;
  const size_t k = 91;
  const auto a = random_floats(m * k, 1);
  const auto b = random_floats(k, 2);
  std::vector<float> expected(m);
  std::vector<float> actual(m);
  reference::gemm<float, double>(m, 1, k, a.data(), k, 1, b.data(), 1, 1, expected.data(), 1);
  const GemmArguments g{
      .m = m, .n = 1, .k = k, .a = {a.data(), k, 1}, .b = {b.data(), 1, 1}, .c = actual.data(), .c_stride = 1};
  EXPECT_EQ(0U, kernels::gemm_scratch_bytes(g, Workers()));
  kernels::gemm(g, nullptr, Workers());
  expect_close(expected, actual, 1e-5F);
}

TEST(Gemm, NanPassesTheClamp) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> a(64, nan);
  const std::vector<float> b(64 * 40, 1.0F);
  for (const size_t m : {1U, 9U}) {
    std::vector<float> c(m * 40);
    GemmArguments g{.m = m, .n = 40, .k = 64, .a = {a.data(), 0, 1}, .b = {b.data(), 40, 1}};
    g.c = c.data();
    g.c_stride = 40;
    g.clamp = kernels::relu_clamp;
    const auto scratch = AlignedBuffer::allocate(kernels::gemm_scratch_bytes(g, Workers()));
    kernels::gemm(g, scratch.data(), Workers());
    for (const float value : c) EXPECT_TRUE(std::isnan(value));
  }
}

}  // namespace
}  // namespace wedge
