#include "kernels/pool.h"

#include "kernels/kernel_test.h"
#include "kernels/reference_pool.h"

namespace wedge {
namespace {

using kernels::Pool2d;
using kernels::WindowAxis;

WindowAxis axis(size_t input, size_t kernel, size_t stride, size_t dilation, ptrdiff_t pad, bool ceil) {
  const size_t room = input + 2 * static_cast<size_t>(pad) - ((kernel - 1) * dilation + 1);
  WindowAxis result{.input = input, .output = room / stride + 1, .kernel = kernel, .stride = stride};
  result.dilation = dilation;
  result.pad = pad;
  result.pad_end = pad;
  // A window that would start in the padding at the end is not added.
  if (ceil && room % stride != 0 && result.output * stride < input + static_cast<size_t>(pad)) ++result.output;
  return result;
}

void check(const Pool2d& pool) {
  SCOPED_TRACE(testing::Message() << "kernel " << pool.width.kernel << ", stride " << pool.width.stride << ", dilation "
                                  << pool.width.dilation << ", pad " << pool.width.pad << ", output "
                                  << pool.width.output);
  const WindowAxis axes[] = {pool.height, pool.width};
  const auto input = random_floats(pool.planes * reference::input_size(axes), 1);
  const size_t count = pool.planes * reference::output_size(axes);
  std::vector<float> expected(count);
  std::vector<int64_t> expected_indices(count);
  std::vector<float> out(count);
  for (const unsigned threads : {1U, 3U}) {
    const Workers workers(threads);
    const auto scratch = AlignedBuffer::allocate(kernels::pool2d_scratch_bytes(pool, workers));
    reference::max_pool(pool.planes, axes, input.data(), expected.data(), expected_indices.data());
    kernels::max_pool2d(pool, input.data(), out.data(), scratch.data(), workers);
    expect_same_bits(expected, out);
    std::vector<int64_t> indices(count);
    kernels::max_pool2d_with_indices(pool, input.data(), out.data(), indices.data(), workers);
    expect_same_bits(expected, out);
    EXPECT_EQ(expected_indices, indices);
    for (const bool count_padding : {false, true}) {
      reference::average_pool<float, double>(pool.planes, axes, count_padding, input.data(), expected.data());
      kernels::average_pool2d(pool, count_padding, input.data(), out.data(), scratch.data(), workers);
      expect_close(expected, out, 1e-6F);
    }
  }
}

TEST(Pool, KernelsStridesDilationsPads) {
  for (const size_t kernel : {2U, 3U, 5U}) {
    for (const size_t stride : {1U, 2U, 3U}) {
      for (const size_t dilation : {1U, 2U}) {
        for (const ptrdiff_t pad : {0, 1}) {
          for (const bool ceil : {false, true}) {
            Pool2d pool{.planes = 5};
            pool.height = axis(12, kernel, stride, dilation, pad, ceil);
            pool.width = axis(41, kernel, stride, dilation, pad, ceil);
            check(pool);
          }
        }
      }
    }
  }
}

TEST(Pool, TallPlanesTakeSeveralBands) {
  Pool2d pool{.planes = 2, .height = axis(113, 3, 2, 1, 1, false), .width = axis(112, 3, 2, 1, 1, false)};
  check(pool);
}

}  // namespace
}  // namespace wedge
