#include "kernels/integer_conv.h"

#include <algorithm>

#include "kernels/kernel_test.h"
#include "kernels/reference_conv.h"
#include "kernels/windows.h"

namespace wedge {
namespace {

using kernels::IntegerConv;
using kernels::IntegerResult;
using kernels::WindowAxis;

// Zero points of weights.
enum class Zeros { none, middle, mixed };

void check(IntegerConv conv, int32_t x_zero, Zeros of_weights, float largest_scale = 1e-2F) {
  const kernels::Conv2d& shape = conv.conv;
  SCOPED_TRACE(testing::Message() << shape.channels << "->" << shape.output_channels << " groups " << shape.groups
                                  << ", kernel " << shape.width.kernel << ", stride " << shape.width.stride
                                  << ", signed " << conv.x_is_signed << conv.w_is_signed << ", zero " << x_zero);
  const WindowAxis axes[] = {shape.height, shape.width};
  const size_t depth = shape.channels / shape.groups * reference::kernel_size(axes);
  const size_t in_pixels = reference::input_size(axes);
  const size_t out_pixels = reference::output_size(axes);
  const auto x = random_bytes(shape.batch * in_pixels * shape.channels, 1);
  const auto w = random_bytes(shape.output_channels * depth, 2);
  std::vector<int32_t> zeros(shape.output_channels);
  std::vector<int32_t> bias(shape.output_channels);
  for (size_t i = 0; i < zeros.size(); ++i) {
    if (of_weights == Zeros::mixed) zeros[i] = static_cast<int32_t>(i % 5) - 2;
    if (of_weights == Zeros::middle) zeros[i] = conv.w_is_signed ? 0 : 128;
    bias[i] = static_cast<int32_t>(i) * 3000 - 4000;
  }
  const auto number = [](uint8_t byte, bool is_signed) {
    return is_signed ? int32_t{static_cast<int8_t>(byte)} : byte;
  };
  std::vector<int32_t> wide_x(x.size());
  for (size_t n = 0; n < shape.batch; ++n) {
    for (size_t p = 0; p < in_pixels; ++p) {
      for (size_t c = 0; c < shape.channels; ++c) {
        wide_x[(n * shape.channels + c) * in_pixels + p] =
            number(x[(n * in_pixels + p) * shape.channels + c], conv.x_is_signed) - x_zero;
      }
    }
  }
  std::vector<int32_t> wide_w(w.size());
  for (size_t i = 0; i < w.size(); ++i) wide_w[i] = number(w[i], conv.w_is_signed) - zeros[i / depth];
  std::vector<int32_t> planes(shape.batch * shape.output_channels * out_pixels);
  reference::conv<int32_t, uint32_t>(shape.batch, shape.channels, shape.output_channels, shape.groups, axes,
                                     wide_x.data(), wide_w.data(), bias.data(), planes.data());

  const auto scales = random_floats(shape.output_channels, 3, 1e-3F, largest_scale);
  kernels::IntegerConvOperands operands{.x = reinterpret_cast<const std::byte*>(x.data()),
                                        .x_zero = x_zero,
                                        .w_zeros = of_weights != Zeros::none ? zeros.data() : nullptr,
                                        .bias = bias.data(),
                                        .scales = scales.data(),
                                        .y_zero = 4};
  const auto run = [&](IntegerResult result, void* y, unsigned threads) {
    conv.result = result;
    operands.y = y;
    const auto packed = AlignedBuffer::allocate(kernels::integer_conv_packed_bytes(conv));
    kernels::integer_conv_pack(conv, reinterpret_cast<const std::byte*>(w.data()), packed.data());
    operands.packed_w = packed.data();
    const auto scratch = AlignedBuffer::allocate(kernels::integer_conv_scratch_bytes(conv, Workers(threads)));
    kernels::integer_conv2d(conv, operands, scratch.data(), Workers(threads));
  };
  std::vector<int32_t> sums(planes.size());
  std::vector<uint8_t> u8(planes.size());
  std::vector<int8_t> i8(planes.size());
  std::vector<float> floats(planes.size());
  run(IntegerResult::sums, sums.data(), 1);
  run(IntegerResult::u8, u8.data(), 2);
  run(IntegerResult::i8, i8.data(), 3);
  if (!floats.empty()) run(IntegerResult::floats, floats.data(), 2);
  for (size_t n = 0; n < shape.batch; ++n) {
    for (size_t p = 0; p < out_pixels; ++p) {
      for (size_t c = 0; c < shape.output_channels; ++c) {
        const size_t at = (n * out_pixels + p) * shape.output_channels + c;
        const int32_t expected = planes[(n * shape.output_channels + c) * out_pixels + p];
        ASSERT_EQ(expected, sums[at]);
        ASSERT_EQ(static_cast<float>(expected) * scales[c], floats[at]);
        const float rounded = std::nearbyint(static_cast<float>(expected) * scales[c]) + 4;
        ASSERT_EQ(static_cast<int>(std::clamp(rounded, 0.0F, 255.0F)), u8[at]);
        ASSERT_EQ(static_cast<int>(std::clamp(rounded, -128.0F, 127.0F)), i8[at]);
      }
    }
  }
}

TEST(IntegerConv, KernelsStridesPadsGroupsAndTypes) {
  for (const size_t groups : {1U, 3U, 21U}) {
    for (const size_t kernel : {1U, 3U}) {
      for (const size_t stride : {1U, 2U}) {
        for (const size_t pad : {0U, 1U}) {
          for (const unsigned types : {0U, 1U, 2U, 3U}) {
            IntegerConv conv{.conv = {.batch = 2, .channels = 21, .output_channels = 21, .groups = groups},
                             .x_is_signed = (types & 1U) != 0,
                             .w_is_signed = (types & 2U) != 0};
            conv.conv.height = axis(7, kernel, stride, 1, pad);
            conv.conv.width = axis(11, kernel, stride, 1, pad);
            check(conv, conv.x_is_signed ? -3 : 120, types == 0 || types == 3 ? Zeros::mixed : Zeros::none);
          }
        }
      }
    }
  }
}

TEST(IntegerConv, DilatedAndOneAxis) {
  IntegerConv conv{.conv = {.channels = 5, .output_channels = 40}, .w_is_signed = true};
  conv.conv.height = axis(12, 3, 1, 2, 2);
  conv.conv.width = axis(13, 3, 2, 2, 2);
  check(conv, 128, Zeros::none);
  conv.conv.height = {};
  check(conv, 0, Zeros::none);
}

// Tiles that the image does not fill, rows of tiles that go on in another block, panels that are not full.
TEST(IntegerConv, ThreeByThreeOfManyChannels) {
  uint32_t round = 0;
  for (const size_t channels : {16U, 24U}) {
    for (const size_t outputs : {16U, 35U}) {
      for (const size_t height : {2U, 7U, 13U}) {
        for (const size_t width : {5U, 12U, 45U}) {
          const size_t pad = height < 3 || width < 3 ? 1 : round % 3;
          ++round;
          IntegerConv conv{.conv = {.batch = 1 + round % 2, .channels = channels, .output_channels = outputs},
                           .x_is_signed = round % 5 < 2,
                           .w_is_signed = round % 4 != 0};
          conv.conv.height = axis(height, 3, 1, 1, pad);
          conv.conv.width = axis(width, 3, 1, 1, pad);
          check(conv, conv.x_is_signed ? -3 : 120, Zeros(round % 3));
        }
      }
    }
  }
  IntegerConv conv{.conv = {.channels = 24, .output_channels = 20}, .w_is_signed = true};
  conv.conv.height = {.input = 9, .output = 6, .kernel = 3, .pad = -1};
  conv.conv.width = {.input = 12, .output = 7, .kernel = 3, .pad = -2};
  check(conv, 7, Zeros::none);
}

// The largest sums there are, with the most channels for which four times a sum fits 32 bits, and with more.
TEST(IntegerConv, LargestSums) {
  for (const size_t channels : {1824U, 1832U}) {
    IntegerConv conv{.conv = {.channels = channels, .output_channels = 16}, .w_is_signed = true};
    conv.conv.height = axis(10, 3, 1, 1, 0);
    conv.conv.width = axis(10, 3, 1, 1, 0);
    const std::vector<uint8_t> x(100 * channels, 255);
    const std::vector<uint8_t> w(16 * channels * 9, 128);
    const auto packed = AlignedBuffer::allocate(kernels::integer_conv_packed_bytes(conv));
    kernels::integer_conv_pack(conv, reinterpret_cast<const std::byte*>(w.data()), packed.data());
    const auto scratch = AlignedBuffer::allocate(kernels::integer_conv_scratch_bytes(conv, Workers()));
    std::vector<int32_t> y(64 * size_t{16});
    const kernels::IntegerConvOperands operands{
        .x = reinterpret_cast<const std::byte*>(x.data()), .packed_w = packed.data(), .y = y.data()};
    kernels::integer_conv2d(conv, operands, scratch.data(), Workers());
    const auto expected = static_cast<int32_t>(channels) * 9 * 255 * -128;
    for (const int32_t sum : y) ASSERT_EQ(expected, sum);
  }
}

// Channels by vectors, the last of them overlapping; windows that lie partly or wholly in the padding.
TEST(IntegerConv, DepthwiseOfManyChannels) {
  uint32_t round = 0;
  for (const size_t channels : {32U, 35U, 64U, 112U}) {
    for (const size_t kernel : {1U, 2U, 3U, 5U}) {
      for (const size_t stride : {1U, 2U, 3U}) {
        for (const size_t pad : {0U, 1U, 4U}) {
          ++round;
          IntegerConv conv{.conv = {.batch = 2, .channels = channels, .output_channels = channels, .groups = channels},
                           .x_is_signed = round % 3 == 0,
                           .w_is_signed = round % 4 != 0};
          conv.conv.height = axis(6, kernel, stride, 1 + round % 2, pad);
          conv.conv.width = axis(9 + round % 5, kernel, stride, 1 + round / 2 % 2, pad);
          check(conv, conv.x_is_signed ? -3 : 120, Zeros(round % 5 % 3));
        }
      }
    }
  }
  IntegerConv conv{.conv = {.channels = 40, .output_channels = 40, .groups = 40}, .w_is_signed = true};
  conv.conv.height = {.input = 3, .output = 2, .kernel = 3, .pad = -1};
  conv.conv.width = {.input = 12, .output = 9, .kernel = 3, .pad = -2};
  check(conv, 7, Zeros::none);
  check(conv, 7, Zeros::none, 1e30F);
  conv.conv.groups = 1;
  check(conv, 7, Zeros::none, 1e30F);
}

}  // namespace
}  // namespace wedge
