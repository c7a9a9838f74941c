// Convolutions as networks have them: GFLOP/s of the plain sum, whatever the method does.
#include "bench/measured.h"
#include "kernels/channels_last.h"

namespace wedge {
namespace {

using kernels::Conv2d;
using kernels::ConvMethod;

using bench::data;
using bench::floats;

kernels::WindowAxis axis(size_t input, size_t kernel, size_t stride) {
  const size_t pad = kernel / 2;
  return {.input = input,
          .output = (input + 2 * pad - kernel) / stride + 1,
          .kernel = kernel,
          .stride = stride,
          .pad = static_cast<ptrdiff_t>(pad)};
}

// Arguments: size, channels, output channels, kernel, stride, groups.
Conv2d conv_of(const benchmark::State& state) {
  const auto at = [&](size_t i) { return static_cast<size_t>(state.range(i)); };
  Conv2d conv{.channels = at(1), .output_channels = at(2), .groups = at(5)};
  conv.height = conv.width = axis(at(0), at(3), at(4));
  return conv;
}

void report(benchmark::State& state, const Conv2d& conv) {
  const double products = static_cast<double>(conv.height.output * conv.width.output * conv.output_channels) *
                          static_cast<double>(conv.channels / conv.groups * conv.height.kernel * conv.width.kernel);
  bench::report_operations(state, 2 * products);
}

void planes(benchmark::State& state) {
  const Conv2d conv = conv_of(state);
  const auto input = floats(conv.channels * conv.height.input * conv.width.input);
  const auto weights =
      floats(conv.channels / conv.groups * conv.output_channels * conv.height.kernel * conv.width.kernel);
  const auto output = floats(conv.output_channels * conv.height.output * conv.width.output);
  const auto packed = AlignedBuffer::allocate(kernels::conv2d_packed_weights_bytes(conv));
  kernels::conv2d_pack_weights(conv, data(weights), packed.data());
  const auto scratch = AlignedBuffer::allocate(kernels::conv2d_scratch_bytes(conv, Workers()));
  for (auto _ : state) {
    kernels::conv2d(conv, data(input), packed.data(), nullptr, {}, data(output), scratch.data(), Workers());
  }
  report(state, conv);
}

void channels_last(benchmark::State& state, ConvMethod method, bool along_width = false) {
  Conv2d conv = conv_of(state);
  if (along_width) conv.height = axis(conv.height.input, 1, 1);
  const auto input = floats(conv.channels * conv.height.input * conv.width.input);
  const auto weights =
      floats(conv.channels / conv.groups * conv.output_channels * conv.height.kernel * conv.width.kernel);
  const auto output = floats(conv.output_channels * conv.height.output * conv.width.output);
  const auto packed = AlignedBuffer::allocate(kernels::channels_last_packed_bytes(conv, method));
  kernels::channels_last_pack(conv, method, data(weights), packed.data());
  const auto scratch = AlignedBuffer::allocate(kernels::channels_last_scratch_bytes(conv, method, Workers()));
  for (auto _ : state) {
    kernels::channels_last_conv2d(conv, method, data(input), packed.data(), {}, data(output), scratch.data(),
                                  Workers());
  }
  report(state, conv);
}

void products(benchmark::internal::Benchmark* suite) {
  suite->Args({224, 3, 64, 7, 2, 1})
      ->Args({56, 64, 64, 1, 1, 1})
      ->Args({56, 64, 256, 1, 1, 1})
      ->Args({56, 256, 128, 1, 1, 1})
      ->Args({14, 1024, 256, 1, 1, 1})
      ->Args({7, 2048, 512, 1, 1, 1})
      ->Args({7, 512, 2048, 1, 1, 1})
      ->Args({28, 128, 128, 3, 2, 1});
}
void threes(benchmark::internal::Benchmark* suite) {
  suite->Args({56, 64, 64, 3, 1, 1})
      ->Args({28, 128, 128, 3, 1, 1})
      ->Args({14, 256, 256, 3, 1, 1})
      ->Args({7, 512, 512, 3, 1, 1});
}
void depthwise(benchmark::internal::Benchmark* suite) {
  suite->Args({112, 32, 32, 3, 1, 32})->Args({56, 144, 144, 3, 1, 144})->Args({14, 576, 576, 5, 1, 576});
}

BENCHMARK(planes)->Apply(products)->Apply(threes)->Apply(depthwise);
BENCHMARK_CAPTURE(channels_last, direct, ConvMethod::direct)->Apply(products)->Apply(threes);
BENCHMARK_CAPTURE(channels_last, winograd_2, ConvMethod::winograd_2)->Apply(threes);
BENCHMARK_CAPTURE(channels_last, winograd_4, ConvMethod::winograd_4)->Apply(threes);
BENCHMARK_CAPTURE(channels_last, line_direct, ConvMethod::direct, true)->Apply(threes);
BENCHMARK_CAPTURE(channels_last, line_winograd_4, ConvMethod::winograd_4, true)->Apply(threes);
BENCHMARK_CAPTURE(channels_last, depthwise, ConvMethod::depthwise)->Apply(depthwise);

}  // namespace
}  // namespace wedge
