#include "kernels/split_product.h"

#include "kernels/channels_last.h"
#include "kernels/kernel_test.h"
#include "kernels/reference.h"
#include "kernels/reference_conv.h"
#include "kernels/windows.h"

namespace wedge {
namespace {

using kernels::GemmArguments;

// A product of packed weights, with the errors that its sums may have.
struct Product {
  Product(size_t m, size_t n, size_t k)
      : m(m), n(n), k(k), a(random_floats(m * k, 1)), b(random_floats(k * n, 2)), bias(random_floats(n, 3)) {}

  [[nodiscard]] std::vector<float> run(unsigned threads) const {
    std::vector<float> c(m * n);
    const auto packed = AlignedBuffer::allocate(kernels::gemm_packed_b_bytes(k, n));
    kernels::gemm_pack_b({b.data(), static_cast<ptrdiff_t>(n), 1}, k, n, packed.data());
    GemmArguments g{.m = m, .n = n, .k = k, .packed_b = packed.data(), .c = c.data(), .column_bias = bias.data()};
    g.a = {a.data(), static_cast<ptrdiff_t>(k), 1};
    g.c_stride = static_cast<ptrdiff_t>(n);
    const auto scratch = AlignedBuffer::allocate(kernels::gemm_scratch_bytes(g, Workers(threads)));
    kernels::gemm(g, scratch.data(), Workers(threads));
    return c;
  }

  // A sum of floats, one after the other, may be off by k roundings of the sum of the products' magnitudes. These are
  // nearer.
  void check() const {
    SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k);
    const auto one = run(1);
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j < n; ++j) {
        double sum = bias[j];
        double magnitude = std::abs(sum);
        for (size_t p = 0; p < k; ++p) {
          const double product = double{a[i * k + p]} * double{b[p * n + j]};
          sum += product;
          magnitude += std::abs(product);
        }
        const float actual = one[i * n + j];
        if (!std::isfinite(sum)) {
          ASSERT_EQ(std::isnan(sum), std::isnan(actual)) << i << ", " << j;
          if (!std::isnan(sum)) {
            ASSERT_EQ(static_cast<float>(sum), actual) << i << ", " << j;
          }
        } else {
          const double rounding = std::ldexp(8 + static_cast<double>(k) / 8, -24);
          ASSERT_NEAR(sum, double{actual}, magnitude * rounding) << i << ", " << j;
        }
      }
    }
    expect_same_bits(one, run(2));
    expect_same_bits(one, run(3));
  }

  size_t m, n, k;
  std::vector<float> a, b, bias;
};

TEST(SplitProduct, OddSizes) {
  for (const size_t m : {95U, 113U, 270U}) {
    for (const size_t n : {128U, 141U}) {
      for (const size_t k : {127U, 130U, 521U}) Product(m, n, k).check();
    }
  }
}

TEST(SplitProduct, EveryMagnitude) {
  Product product(100, 130, 200);
  std::minstd_rand generator(7);
  for (float& value : product.a) value = std::ldexp(value, static_cast<int>(generator() % 100) - 50);
  for (float& value : product.b) value = std::ldexp(value, static_cast<int>(generator() % 100) - 50);
  product.check();
}

TEST(SplitProduct, WhatIsNoFiniteNumber) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Product product(130, 160, 256);
  product.a[3 * product.k + 7] = infinity;
  product.a[40 * product.k + 255] = -infinity;
  product.a[129 * product.k] = std::numeric_limits<float>::quiet_NaN();
  product.b[9 * product.n + 159] = infinity;
  product.check();
}

TEST(SplitProduct, TheLargestNumbers) {
  constexpr float largest = std::numeric_limits<float>::max();
  Product product(96, 128, 128);
  for (size_t p = 0; p < product.k; ++p) {
    product.a[5 * product.k + p] = p == 3 ? largest : 0.0F;
    product.b[p * product.n + 6] = p == 3 ? 1.0F : 0.0F;
  }
  product.check();
}

// Against the sums of convolutions that are parts of others, which are made of floats.
void check_conv(kernels::Conv2d conv) {
  SCOPED_TRACE(testing::Message() << conv.channels << "->" << conv.output_channels << ", kernel " << conv.height.kernel
                                  << "x" << conv.width.kernel);
  const kernels::WindowAxis axes[] = {conv.height, conv.width};
  const size_t depth = conv.channels * reference::kernel_size(axes);
  const size_t outputs = conv.batch * conv.height.output * conv.width.output * conv.output_channels;
  const auto input = random_floats(conv.batch * conv.channels * reference::input_size(axes), 1);
  const auto weights = random_floats(conv.output_channels * depth, 2);
  const auto bias = random_floats(conv.output_channels, 3);
  const auto residual = random_floats(outputs, 4);
  constexpr auto method = kernels::ConvMethod::direct;
  const auto packed = AlignedBuffer::allocate(kernels::channels_last_packed_bytes(conv, method));
  kernels::channels_last_pack(conv, method, weights.data(), packed.data());
  kernels::ConvFinish finish{.bias = bias.data(), .residual = residual.data()};
  finish.clamp.low = -1.0F;
  finish.activation = kernels::unary_f32_of<kernels::UnaryFunction::abs>;
  const auto run = [&](bool is_part, unsigned threads) {
    conv.is_part = is_part;
    std::vector<float> result(outputs);
    const Workers workers(threads);
    const auto scratch = AlignedBuffer::allocate(kernels::channels_last_scratch_bytes(conv, method, workers));
    kernels::channels_last_conv2d(conv, method, input.data(), packed.data(), finish, result.data(), scratch.data(),
                                  workers);
    return result;
  };
  const auto one = run(false, 1);
  expect_close(run(true, 1), one, 1e-6F * static_cast<float>(depth));
  expect_same_bits(one, run(false, 2));
  expect_same_bits(one, run(false, 3));
}

TEST(SplitProduct, Convolutions) {
  for (const size_t channels : {17U, 70U, 600U}) {
    for (const size_t stride : {1U, 2U}) {
      kernels::Conv2d conv{.channels = channels, .output_channels = 129};
      const size_t kernel = channels > 500 ? 1 : 3;
      conv.height = axis(11 * stride, kernel, stride, 1, kernel / 2);
      conv.width = axis(9 * stride, kernel, stride, 1, kernel / 2);
      check_conv(conv);
    }
  }
  kernels::Conv2d images{.batch = 2, .channels = 130, .output_channels = 128};
  images.height = axis(24, 1, 1, 1, 0);
  images.width = axis(12, 1, 1, 1, 0);
  check_conv(images);
  // Few channels, whose rows of taps lie side by side.
  kernels::Conv2d conv{.channels = 3, .output_channels = 130};
  conv.height = axis(20, 7, 2, 1, 3);
  conv.width = axis(20, 7, 2, 1, 3);
  check_conv(conv);
}

}  // namespace
}  // namespace wedge
