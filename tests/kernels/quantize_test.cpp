#include "kernels/quantize.h"

#include <algorithm>

#include "kernels/kernel_test.h"

namespace wedge {
namespace {

std::vector<float> samples(size_t count) {
  auto values = random_floats(count, 1, -4.0F, 4.0F);
  if (count > 3) values[3] = std::numeric_limits<float>::quiet_NaN();
  if (count > 5) values[5] = 1e30F;
  if (count > 6) values[6] = -std::numeric_limits<float>::infinity();
  if (count > 8) values[8] = 0.25F;  // a tie
  return values;
}

template <typename T>
void check(int32_t zero) {
  for (size_t count = 0; count < 70; ++count) {
    const auto in = samples(count);
    const float scale = 0.5F / 16;
    std::vector<T> out(count);
    kernels::quantize_f32(in.data(), scale, zero, out.data(), count);
    std::vector<float> back(count);
    kernels::dequantize_f32(out.data(), scale, zero, back.data(), count);
    for (size_t i = 0; i < count; ++i) {
      const float whole = std::nearbyint(in[i] / scale) + static_cast<float>(zero);
      const float bounded = std::clamp(whole, static_cast<float>(std::numeric_limits<T>::lowest()),
                                       static_cast<float>(std::numeric_limits<T>::max()));
      const int expected = std::isnan(in[i]) ? 0 : static_cast<int>(bounded);
      ASSERT_EQ(expected, out[i]) << in[i];
      ASSERT_EQ(static_cast<float>(out[i] - zero) * scale, back[i]);
    }
  }
}

TEST(Quantize, EveryLengthAndSpecialValues) {
  check<uint8_t>(0);
  check<uint8_t>(128);
  check<int8_t>(0);
  check<int8_t>(-7);
}

// Quotients close to the middle between two integers, and scales at the ends of what floats can say.
TEST(Quantize, RoundsAsDivisionDoes) {
  const auto scales = random_floats(200, 5, 1e-3F, 1e-1F);
  std::vector<float> in(512);
  std::vector<uint8_t> out(in.size());
  const auto check = [&](float scale) {
    for (size_t i = 0; i < in.size(); ++i) {
      const size_t below = i / 2;
      const float middle = (static_cast<float>(below) + 0.5F) * scale;
      in[i] = i % 2 == 0 ? std::nextafter(middle, 0.0F) : middle;
    }
    kernels::quantize_f32(in.data(), scale, 0, out.data(), in.size());
    for (size_t i = 0; i < in.size(); ++i) {
      ASSERT_EQ(static_cast<int>(std::clamp(std::nearbyint(in[i] / scale), 0.0F, 255.0F)), out[i]) << in[i] << scale;
    }
  };
  for (const float scale : scales) check(scale);
  for (const float scale : {1e-38F, 1e-41F, 1e-29F, 1e29F, 1e36F}) check(scale);
}

TEST(Quantize, RangesHoldZeroAndPassOverNaN) {
  for (size_t count = 0; count < 40; ++count) {
    auto in = random_floats(count, 2, 1.0F, 2.0F);
    if (count > 2) in[2] = std::numeric_limits<float>::quiet_NaN();
    float high = 0;
    for (const float x : in) high = x > high ? x : high;
    const kernels::Range range = kernels::range_f32(in.data(), count);
    EXPECT_EQ(0.0F, range.low);
    EXPECT_EQ(high, range.high);
  }
}

template <typename T>
void check_add() {
  const kernels::Quantization of_a{0.03F, 5}, of_b{0.05F, -2}, of_out{0.07F, 9};
  for (size_t count = 0; count < 70; ++count) {
    std::vector<T> a(count), b(count), out(count);
    for (size_t i = 0; i < count; ++i) {
      a[i] = static_cast<T>(i * 37);
      b[i] = static_cast<T>(i * 91 + 3);
    }
    kernels::add_quantized(a.data(), of_a, b.data(), of_b, out.data(), of_out, count);
    for (size_t i = 0; i < count; ++i) {
      const double sum = (a[i] - 5) * (0.03F / 0.07F) + (b[i] + 2) * (0.05F / 0.07F);
      const double whole =
          std::clamp<double>(std::nearbyint(sum) + 9, std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max());
      ASSERT_EQ(static_cast<int>(whole), out[i]);
    }
  }
}

TEST(Quantize, Sums) {
  check_add<uint8_t>();
  check_add<int8_t>();
}

}  // namespace
}  // namespace wedge
