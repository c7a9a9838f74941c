#include "kernels/conv.h"

#include "kernels/conv_transpose.h"
#include "kernels/kernel_test.h"
#include "kernels/reference_conv.h"
#include "kernels/windows.h"

namespace wedge {
namespace {

using kernels::Conv2d;
using kernels::WindowAxis;

WindowAxis transposed_axis(size_t input, size_t kernel, size_t stride, size_t dilation, size_t pad, size_t more) {
  WindowAxis result = axis(input, kernel, stride, dilation, pad);
  result.output = (input - 1) * stride + (kernel - 1) * dilation + 1 + more - 2 * pad;
  return result;
}

void clamp(std::vector<float>& values, kernels::Clamp bounds) {
  for (float& value : values) value = std::min(std::max(value, bounds.low), bounds.high);
}

void check_conv(const Conv2d& conv, kernels::Clamp bounds = {}) {
  SCOPED_TRACE(testing::Message() << conv.channels << "->" << conv.output_channels << " groups " << conv.groups << ", "
                                  << conv.height.input << "x" << conv.width.input << ", kernel " << conv.height.kernel
                                  << "x" << conv.width.kernel << ", stride " << conv.width.stride << ", dilation "
                                  << conv.width.dilation << ", pad " << conv.width.pad);
  const WindowAxis axes[] = {conv.height, conv.width};
  const size_t depth = conv.channels / conv.groups * reference::kernel_size(axes);
  const auto input = random_floats(conv.batch * conv.channels * reference::input_size(axes), 1);
  const auto weights = random_floats(conv.output_channels * depth, 2);
  const auto bias = random_floats(conv.output_channels, 3);
  std::vector<float> expected(conv.batch * conv.output_channels * reference::output_size(axes));
  reference::conv<float, double>(conv.batch, conv.channels, conv.output_channels, conv.groups, axes, input.data(),
                                 weights.data(), bias.data(), expected.data());
  clamp(expected, bounds);

  const auto packed = AlignedBuffer::allocate(kernels::conv2d_packed_weights_bytes(conv));
  kernels::conv2d_pack_weights(conv, weights.data(), packed.data());
  std::vector<float> results[3];
  for (unsigned threads = 1; threads <= 3; ++threads) {
    auto& result = results[threads - 1];
    result.resize(expected.size());
    const auto scratch = AlignedBuffer::allocate(kernels::conv2d_scratch_bytes(conv, Workers(threads)));
    kernels::conv2d(conv, input.data(), packed.data(), bias.data(), bounds, result.data(), scratch.data(),
                    Workers(threads));
  }
  expect_close(expected, results[0], 2e-6F * static_cast<float>(depth + 4));
  expect_same_bits(results[0], results[1]);
  expect_same_bits(results[0], results[2]);
}

TEST(Conv, KernelsStridesDilationsPads) {
  for (const size_t groups : {1U, 2U, 6U}) {
    for (const size_t kernel : {1U, 2U, 3U, 5U}) {
      for (const size_t stride : {1U, 2U, 3U}) {
        for (const size_t dilation : {1U, 2U}) {
          for (const size_t pad : {0U, 1U, 4U}) {
            Conv2d conv{.batch = 2, .channels = 6, .output_channels = 6, .groups = groups};
            conv.height = axis(9, kernel, stride, dilation, pad);
            conv.width = axis(37, kernel, stride, dilation, pad);
            check_conv(conv);
          }
        }
      }
    }
  }
}

TEST(Conv, OddWidths) {
  for (size_t width = 1; width < 40; ++width) {
    for (const size_t groups : {1U, 4U}) {
      Conv2d conv{.channels = 4, .output_channels = 4, .groups = groups};
      conv.height = axis(6, 3, 1, 1, 1);
      conv.width = axis(width, 3, 1, 1, 1);
      check_conv(conv, kernels::relu_clamp);
    }
  }
}

TEST(Conv, ManyChannelsCrossTheBlocksOfK) {
  Conv2d conv{.channels = 70, .output_channels = 33};
  conv.height = axis(14, 3, 1, 1, 1);
  conv.width = axis(14, 3, 1, 1, 1);
  check_conv(conv, {0.0F, 6.0F});
  conv.height = axis(1, 1, 1, 1, 0);
  conv.width = axis(200, 9, 2, 1, 4);
  check_conv(conv);
}

TEST(Conv, DifferentAxesAndManyGroups) {
  Conv2d conv{.batch = 3, .channels = 32, .output_channels = 64, .groups = 16};
  conv.height = axis(11, 3, 2, 1, 1);
  conv.width = axis(8, 5, 1, 2, 0);
  conv.width.output = 0;
  check_conv(conv);
  conv.width = axis(13, 5, 1, 2, 3);
  check_conv(conv);
}

TEST(Conv, TallDepthwisePlanesTakeSeveralBands) {
  Conv2d conv{.channels = 3, .output_channels = 3, .groups = 3};
  conv.height = axis(150, 5, 2, 1, 2);
  conv.width = axis(131, 5, 2, 1, 2);
  check_conv(conv);
  conv.height = axis(150, 3, 1, 1, 1);
  conv.width = axis(131, 3, 1, 1, 1);
  check_conv(conv, kernels::relu_clamp);
}

void check_conv_transpose(const Conv2d& conv) {
  SCOPED_TRACE(testing::Message() << "groups " << conv.groups << ", kernel " << conv.width.kernel << ", stride "
                                  << conv.width.stride << ", dilation " << conv.width.dilation << ", pad "
                                  << conv.width.pad << ", output " << conv.width.output);
  const WindowAxis axes[] = {conv.height, conv.width};
  const auto input = random_floats(conv.batch * conv.channels * reference::input_size(axes), 1);
  const auto weights =
      random_floats(conv.channels * (conv.output_channels / conv.groups) * reference::kernel_size(axes), 2);
  const auto bias = random_floats(conv.output_channels, 3);
  std::vector<float> expected(conv.batch * conv.output_channels * reference::output_size(axes));
  reference::conv_transpose<float, double>(conv.batch, conv.channels, conv.output_channels, conv.groups, axes,
                                           input.data(), weights.data(), bias.data(), expected.data());
  clamp(expected, kernels::relu_clamp);
  const auto packed = AlignedBuffer::allocate(kernels::conv_transpose2d_packed_weights_bytes(conv));
  kernels::conv_transpose2d_pack_weights(conv, weights.data(), packed.data());
  std::vector<float> results[3];
  for (unsigned threads = 1; threads <= 3; ++threads) {
    auto& result = results[threads - 1];
    result.resize(expected.size());
    const auto scratch = AlignedBuffer::allocate(kernels::conv_transpose2d_scratch_bytes(conv, Workers(threads)));
    kernels::conv_transpose2d(conv, input.data(), packed.data(), {.bias = bias.data(), .clamp = kernels::relu_clamp},
                              result.data(), scratch.data(), Workers(threads));
  }
  expect_close(expected, results[0], 1e-4F);
  expect_same_bits(results[0], results[1]);
  expect_same_bits(results[0], results[2]);
}

TEST(ConvTranspose, WindowsThatTileManyRows) {
  for (const size_t kernel : {2U, 3U}) {
    Conv2d conv{.batch = 2, .channels = 10, .output_channels = 46, .groups = 2};
    conv.height = transposed_axis(37, kernel, kernel, 1, 0, 0);
    conv.width = transposed_axis(131, kernel, kernel, 1, 0, 0);
    check_conv_transpose(conv);
    // One row makes more than a strip holds.
    conv.height = transposed_axis(1, 1, 1, 1, 0, 0);
    conv.width = transposed_axis(1500, kernel, kernel, 1, 0, 0);
    check_conv_transpose(conv);
  }
}

TEST(ConvTranspose, KernelsStridesDilationsPads) {
  for (const size_t groups : {1U, 2U}) {
    for (const size_t kernel : {1U, 2U, 3U}) {
      for (const size_t stride : {1U, 2U, 3U}) {
        for (const size_t dilation : {1U, 2U}) {
          for (const size_t pad : {0U, 1U}) {
            Conv2d conv{.batch = 2, .channels = 6, .output_channels = 4, .groups = groups};
            conv.height = transposed_axis(5, kernel, stride, dilation, pad, 0);
            conv.width = transposed_axis(7, kernel, stride, dilation, pad, stride - 1);
            check_conv_transpose(conv);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace wedge
