#include "kernels/channels_last.h"

#include "kernels/kernel_test.h"
#include "kernels/reference_conv.h"
#include "kernels/windows.h"

namespace wedge {
namespace {

using kernels::Conv2d;
using kernels::ConvFinish;
using kernels::ConvMethod;
using kernels::WindowAxis;

// N,C,P to N,P,C, or back with the two counts exchanged.
std::vector<float> exchanged(const std::vector<float>& from, size_t batch, size_t rows, size_t columns) {
  std::vector<float> to(from.size());
  for (size_t n = 0; n < batch; ++n) {
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < columns; ++j) {
        to[(n * columns + j) * rows + i] = from[(n * rows + i) * columns + j];
      }
    }
  }
  return to;
}

// The greatest error is a small multiple of the sum of the products' sizes; Winograd's transforms enlarge it.
void check(const Conv2d& conv, ConvMethod method, float tolerance, bool with_residual = false) {
  SCOPED_TRACE(testing::Message() << "method " << static_cast<int>(method) << ", " << conv.batch << "x" << conv.channels
                                  << "->" << conv.output_channels << " groups " << conv.groups << ", "
                                  << conv.height.input << "x" << conv.width.input << ", kernel " << conv.height.kernel
                                  << "x" << conv.width.kernel << ", stride " << conv.width.stride << ", dilation "
                                  << conv.width.dilation << ", pad " << conv.width.pad);
  const WindowAxis axes[] = {conv.height, conv.width};
  const size_t depth = conv.channels / conv.groups * reference::kernel_size(axes);
  const size_t pixels = conv.height.output * conv.width.output;
  const auto input = random_floats(conv.batch * conv.channels * reference::input_size(axes), 1);
  const auto weights = random_floats(conv.output_channels * depth, 2);
  const auto bias = random_floats(conv.output_channels, 3);
  const auto residual = random_floats(conv.batch * pixels * conv.output_channels, 4);
  std::vector<float> planes(conv.batch * conv.output_channels * pixels);
  reference::conv<float, double>(conv.batch, conv.channels, conv.output_channels, conv.groups, axes, input.data(),
                                 weights.data(), bias.data(), planes.data());
  std::vector<float> expected = exchanged(planes, conv.batch, conv.output_channels, pixels);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (with_residual) expected[i] = std::abs(std::max(-1.0F, expected[i] + residual[i]));
  }

  const auto image = exchanged(input, conv.batch, conv.channels, conv.height.input * conv.width.input);
  const auto packed = AlignedBuffer::allocate(kernels::channels_last_packed_bytes(conv, method));
  kernels::channels_last_pack(conv, method, Unaligned(weights).data(), packed.data(), Workers(2));
  if (kernels::channels_last_unpacks(conv, method)) {
    std::vector<float> unpacked(weights.size());
    kernels::channels_last_unpack(conv, packed.data(), unpacked.data());
    expect_same_bits(weights, unpacked);
  }
  ConvFinish finish{.bias = bias.data()};
  if (with_residual) {
    finish.residual = residual.data();
    finish.clamp.low = -1.0F;
    finish.activation = kernels::unary_f32_of<kernels::UnaryFunction::abs>;
  }
  std::vector<float> results[3];
  for (unsigned threads = 1; threads <= 3; ++threads) {
    auto& result = results[threads - 1];
    result.resize(expected.size());
    const auto scratch = AlignedBuffer::allocate(kernels::channels_last_scratch_bytes(conv, method, Workers(threads)));
    kernels::channels_last_conv2d(conv, method, image.data(), packed.data(), finish, result.data(), scratch.data(),
                                  Workers(threads));
  }
  expect_close(expected, results[0], tolerance * static_cast<float>(depth + 4));
  expect_same_bits(results[0], results[1]);
  expect_same_bits(results[0], results[2]);
}

TEST(ChannelsLast, KernelsStridesDilationsPads) {
  for (const size_t groups : {1U, 2U, 6U}) {
    for (const size_t kernel : {1U, 2U, 3U, 5U}) {
      for (const size_t stride : {1U, 2U, 3U}) {
        for (const size_t dilation : {1U, 2U}) {
          for (const size_t pad : {0U, 1U, 4U}) {
            Conv2d conv{.batch = 2, .channels = 6, .output_channels = 6, .groups = groups};
            conv.height = axis(9, kernel, stride, dilation, pad);
            conv.width = axis(21, kernel, stride, dilation, pad);
            check(conv, groups == 6 ? ConvMethod::depthwise : ConvMethod::direct, 2e-6F, kernel == 3);
          }
        }
      }
    }
  }
}

TEST(ChannelsLast, OddChannels) {
  for (const size_t channels : {1U, 3U, 8U, 17U, 40U}) {
    for (const size_t outputs : {1U, 15U, 16U, 33U, 70U}) {
      Conv2d conv{.channels = channels, .output_channels = outputs};
      conv.height = axis(7, 3, 1, 1, 1);
      conv.width = axis(11, 3, 1, 1, 1);
      check(conv, ConvMethod::direct, 2e-6F, true);
      check(conv, ConvMethod::winograd_2, 4e-6F, true);
      check(conv, ConvMethod::winograd_4, 2e-5F, true);
    }
    Conv2d conv{.channels = channels, .output_channels = channels, .groups = channels};
    conv.height = axis(7, 3, 1, 1, 1);
    conv.width = axis(11, 5, 2, 1, 2);
    check(conv, ConvMethod::depthwise, 2e-6F, true);
  }
}

TEST(ChannelsLast, DepthwiseWindowsOfEveryWidth) {
  for (const size_t kernel : {3U, 5U, 7U}) {
    for (const size_t stride : {1U, 2U}) {
      for (const size_t channels : {5U, 16U, 67U}) {
        Conv2d conv{.batch = 2, .channels = channels, .output_channels = channels, .groups = channels};
        conv.height = axis(6, kernel, stride, 1, kernel / 2);
        conv.width = axis(29, kernel, stride, 1, kernel / 2);
        check(conv, ConvMethod::depthwise, 2e-6F, stride == 1);
      }
    }
  }
}

TEST(ChannelsLast, WinogradOnRaggedTilesAndManyChunks) {
  for (const size_t pad : {0U, 1U, 2U}) {
    for (size_t size = 3; size < 15; ++size) {
      Conv2d conv{.batch = 3, .channels = 5, .output_channels = 7};
      conv.height = axis(size, 3, 1, 1, pad);
      conv.width = axis(17 - size, 3, 1, 1, pad);
      check(conv, ConvMethod::winograd_2, 4e-6F);
      check(conv, ConvMethod::winograd_4, 2e-5F);
    }
  }
  Conv2d conv{.channels = 130, .output_channels = 100};
  conv.height = axis(41, 3, 1, 1, 1);
  conv.width = axis(37, 3, 1, 1, 1);
  check(conv, ConvMethod::winograd_2, 4e-6F);
  check(conv, ConvMethod::winograd_4, 2e-5F, true);
}

// Conv2d of a kernel of three taps along one axis only.
Conv2d lines(bool down, size_t size, size_t other_size, size_t pad) {
  Conv2d conv{.batch = 2, .channels = 5, .output_channels = 7};
  conv.height = axis(size, 3, 1, 1, pad);
  conv.width = axis(other_size, 1, 1, 1, 0);
  if (!down) std::swap(conv.height, conv.width);
  return conv;
}

TEST(ChannelsLast, WinogradAlongOneAxis) {
  for (const bool down : {false, true}) {
    for (const size_t pad : {0U, 1U, 2U}) {
      for (size_t size = 3; size < 15; ++size) check(lines(down, size, 17 - size, pad), ConvMethod::winograd_4, 4e-6F);
    }
    for (const size_t channels : {1U, 3U, 8U, 17U, 40U}) {
      for (const size_t outputs : {1U, 15U, 16U, 33U, 70U}) {
        Conv2d conv = lines(down, 11, 6, 1);
        conv.channels = channels;
        conv.output_channels = outputs;
        check(conv, ConvMethod::winograd_4, 4e-6F, true);
      }
    }
    Conv2d conv = lines(down, 30, 41, 1);
    conv.channels = 130;
    conv.output_channels = 100;
    check(conv, ConvMethod::winograd_4, 4e-6F, true);
  }
}

TEST(ChannelsLast, ChoosesWinogradWhereItIsAllowedAndSuits) {
  Conv2d conv = lines(true, 32, 16, 1);
  conv.channels = conv.output_channels = 64;
  EXPECT_EQ(kernels::choose_conv_method(conv, true), ConvMethod::winograd_4);
  EXPECT_EQ(kernels::choose_conv_method(conv, false), ConvMethod::direct);
  conv.width = axis(16, 3, 1, 1, 1);
  EXPECT_EQ(kernels::choose_conv_method(conv, true), ConvMethod::winograd_4);
  conv.width = axis(16, 3, 2, 1, 1);
  EXPECT_EQ(kernels::choose_conv_method(conv, true), ConvMethod::direct);
  conv.height = conv.width = axis(16, 1, 1, 1, 0);
  EXPECT_EQ(kernels::choose_conv_method(conv, true), ConvMethod::direct);
}

TEST(ChannelsLast, WeightsInSeveralBlocks) {
  Conv2d conv{.channels = 200, .output_channels = 150};
  conv.height = axis(9, 3, 2, 1, 1);
  conv.width = axis(9, 3, 2, 1, 1);
  check(conv, ConvMethod::direct, 2e-6F);
}

TEST(ChannelsLast, OneAxis) {
  Conv2d conv{.batch = 2, .channels = 20, .output_channels = 30};
  conv.width = axis(100, 9, 2, 1, 4);
  check(conv, ConvMethod::direct, 2e-6F, true);
}

TEST(ChannelsLast, NegativePads) {
  Conv2d conv{.channels = 3, .output_channels = 4};
  conv.height = axis(9, 3, 1, 1, 0);
  conv.width = {.input = 12, .output = 7, .kernel = 3, .pad = -2};
  check(conv, ConvMethod::direct, 2e-6F);
}

}  // namespace
}  // namespace wedge
