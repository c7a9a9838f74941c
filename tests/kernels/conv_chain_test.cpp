#include "kernels/conv_chain.h"

#include "kernels/kernel_test.h"
#include "kernels/windows.h"

namespace wedge {
namespace {

using kernels::ChainedConv;
using kernels::Conv2d;
using kernels::ConvFinish;

struct Link {
  Conv2d conv;
  std::vector<float> bias;
  AlignedBuffer packed;
  ConvFinish finish;
};

size_t outputs(const Conv2d& conv) {
  return conv.batch * conv.height.output * conv.width.output * conv.output_channels;
}

// One after the other is the reference; cut into strips they make the same bits, whatever the number of workers.
void check(const std::vector<Conv2d>& convs) {
  std::vector<Link> links(convs.size());
  std::vector<ChainedConv> chain;
  std::vector<const std::byte*> packed;
  for (size_t i = 0; i < convs.size(); ++i) {
    const Conv2d& conv = convs[i];
    ASSERT_TRUE(kernels::suits_chain(conv, i == 0));
    chain.push_back({conv, kernels::chained_method(conv)});
    const size_t depth = conv.channels / conv.groups * conv.height.kernel * conv.width.kernel;
    const auto weights = random_floats(conv.output_channels * depth, static_cast<unsigned>(2 * i));
    Link& link = links[i];
    link.bias = random_floats(conv.output_channels, static_cast<unsigned>(2 * i + 1));
    link.packed = AlignedBuffer::allocate(kernels::channels_last_packed_bytes(conv, chain[i].method));
    kernels::channels_last_pack(conv, chain[i].method, weights.data(), link.packed.data());
    packed.push_back(link.packed.data());
    link.finish = {.bias = link.bias.data()};
    if (i == 0) link.finish.clamp = {.low = -0.5F, .high = 4.0F};
    if (i == 1) link.finish.activation = kernels::unary_f32_of<kernels::UnaryFunction::abs>;
  }
  const Conv2d& first = convs.front();
  const auto input = random_floats(first.batch * first.height.input * first.width.input * first.channels, 100);
  const auto residual = random_floats(outputs(convs.back()), 101);
  links.back().finish.residual = residual.data();
  std::vector<ConvFinish> finishes;
  for (const Link& link : links) finishes.push_back(link.finish);

  std::vector<float> expected = input;
  for (size_t i = 0; i < convs.size(); ++i) {
    std::vector<float> next(outputs(convs[i]));
    const auto scratch =
        AlignedBuffer::allocate(kernels::channels_last_scratch_bytes(convs[i], chain[i].method, Workers()));
    kernels::channels_last_conv2d(convs[i], chain[i].method, expected.data(), packed[i], finishes[i], next.data(),
                                  scratch.data(), Workers());
    expected = std::move(next);
  }
  for (unsigned threads = 1; threads <= 3; ++threads) {
    SCOPED_TRACE(threads);
    std::vector<float> result(expected.size());
    const auto scratch = AlignedBuffer::allocate(kernels::conv_chain_scratch_bytes(chain, Workers(threads)));
    kernels::conv_chain2d(chain, {.packed = packed, .finish = finishes}, input.data(), result.data(), scratch.data(),
                          Workers(threads));
    expect_same_bits(expected, result);
  }
}

// The next convolution of a chain, of as many groups as channels or of one.
Conv2d after(const Conv2d& before, size_t output_channels, size_t kernel, size_t stride, size_t dilation, size_t pad) {
  Conv2d conv{.batch = before.batch, .channels = before.output_channels, .output_channels = output_channels};
  if (kernel > 1) conv.groups = conv.output_channels = conv.channels;
  conv.height = axis(before.height.output, kernel, stride, dilation, pad);
  conv.width = axis(before.width.output, kernel, stride, dilation, pad);
  return conv;
}

Conv2d image(size_t height, size_t width, size_t channels, size_t output_channels, size_t kernel, size_t stride) {
  Conv2d conv{.batch = 2, .channels = channels, .output_channels = output_channels};
  conv.height = axis(height, kernel, stride, 1, kernel / 2);
  conv.width = axis(width, kernel, stride, 1, kernel / 2);
  return conv;
}

TEST(ConvChain, IsItsConvolutionsOneByOne) {
  for (const size_t kernel : {3U, 5U}) {
    for (const size_t stride : {1U, 2U, 3U}) {
      for (const size_t dilation : {1U, 2U}) {
        for (const size_t pad : {0U, 1U, 4U, 9U}) {
          SCOPED_TRACE(testing::Message() << kernel << " " << stride << " " << dilation << " " << pad);
          const Conv2d expand = image(41, 13, 7, 35, 1, 1);
          const Conv2d filter = after(expand, 35, kernel, stride, dilation, pad);
          check({expand, filter, after(filter, 9, 1, 1, 1, 0)});
        }
      }
    }
  }
}

// Images of more bytes than a strip may have.
TEST(ConvChain, ManyStrips) {
  const Conv2d first = image(131, 120, 3, 32, 3, 2);
  const Conv2d filter = after(first, 32, 3, 1, 1, 1);
  const Conv2d project = after(filter, 16, 1, 1, 1, 0);
  // So many rows are several bands of a worker, the next of which goes on with what the one before has left.
  check({first, filter, project});
  const Conv2d expand = after(project, 96, 1, 1, 1, 0);
  const Conv2d skip = after(expand, 96, 3, 2, 1, 1);
  check({first, filter, project, expand, skip, after(skip, 24, 1, 1, 1, 0)});
  const Conv2d wide = image(9, 700, 16, 200, 1, 1);
  check({wide, after(wide, 200, 7, 1, 1, 3)});
}

TEST(ConvChain, TakesConvolutionsThatSeeOnePixelOrOneChannel) {
  EXPECT_TRUE(kernels::suits_chain(image(9, 9, 3, 8, 3, 2), true));
  EXPECT_FALSE(kernels::suits_chain(image(9, 9, 3, 8, 3, 2), false));
  EXPECT_TRUE(kernels::suits_chain(image(9, 9, 3, 8, 1, 1), false));
  Conv2d grouped = image(9, 9, 4, 8, 1, 1);
  grouped.groups = 2;
  EXPECT_FALSE(kernels::suits_chain(grouped, true));
}

}  // namespace
}  // namespace wedge
