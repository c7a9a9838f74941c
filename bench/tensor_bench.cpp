// Tensors, and the kernels that go over them once: GB/s of what is read and written.
#include <vector>

#include "bench/measured.h"
#include "kernels/elementwise.h"
#include "kernels/normalization.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "kernels/transpose.h"
#include "tensor/float_access.h"
#include "wedge/tensor.h"

namespace wedge {
namespace {

using bench::data;
using bench::floats;

void allocate(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Tensor::allocate(DType::f32, {state.range(0)}));
}

// A handle to a part: no elements move.
void slice(benchmark::State& state) {
  const Tensor tensor = Tensor::zeros(DType::f32, {64, 64, 64}).value();
  for (auto _ : state) benchmark::DoNotOptimize(tensor.slice(1, 3, 60, 2));
}

void clone_transposed(benchmark::State& state) {
  const int64_t size = state.range(0);
  const Tensor tensor = Tensor::zeros(DType::f32, {size, size}).value().transpose().value();
  for (auto _ : state) benchmark::DoNotOptimize(tensor.clone());
  bench::report_bytes(state, 8.0 * static_cast<double>(size * size));
}

// Images to channels last: as convolutions have them.
void transpose_images(benchmark::State& state) {
  const auto pixels = static_cast<size_t>(state.range(0));
  const auto channels = static_cast<size_t>(state.range(1));
  const auto from = floats(pixels * channels);
  const auto to = floats(pixels * channels);
  const size_t dims[] = {channels, pixels};
  const size_t order[] = {1, 0};
  for (auto _ : state) kernels::transpose(dims, order, sizeof(float), from.data(), to.data(), Workers());
  bench::report_bytes(state, 8.0 * static_cast<double>(pixels * channels));
}

void read_floats(benchmark::State& state, DType dtype) {
  const size_t count = 65536;
  const auto from = AlignedBuffer::allocate(count * byte_width(dtype));
  std::ranges::fill(from.bytes(), std::byte{});
  const auto to = floats(count);
  for (auto _ : state) {
    wedge::read_floats(dtype, from.data(), 0, count, data(to));
    benchmark::ClobberMemory();
  }
  bench::report_bytes(state, static_cast<double>(count * (byte_width(dtype) + sizeof(float))));
}

void unary(benchmark::State& state, kernels::UnaryFunction function) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto from = floats(count);
  const auto to = floats(count);
  for (auto _ : state) {
    kernels::unary_f32(function, data(from), data(to), count, {});
    benchmark::ClobberMemory();
  }
  bench::report_bytes(state, 8.0 * static_cast<double>(count));
}

void reduce(benchmark::State& state, size_t outer, size_t reduced, size_t inner) {
  const auto from = floats(outer * reduced * inner);
  const auto to = floats(outer * inner);
  for (auto _ : state) {
    kernels::reduce_f32(kernels::Reduction::mean, data(from), data(to), outer, reduced, inner, Workers());
    benchmark::ClobberMemory();
  }
  bench::report_bytes(state, 4.0 * static_cast<double>(outer * reduced * inner));
}

BENCHMARK(allocate)->Arg(16)->Arg(1 << 20);
BENCHMARK(slice);
BENCHMARK(clone_transposed)->Arg(64)->Arg(1024);
BENCHMARK(transpose_images)->Args({224 * 224, 3})->Args({56 * 56, 64})->Args({7 * 7, 512});
BENCHMARK_CAPTURE(read_floats, f16, DType::f16);
BENCHMARK_CAPTURE(read_floats, bf16, DType::bf16);
BENCHMARK_CAPTURE(read_floats, i8, DType::i8);
BENCHMARK_CAPTURE(unary, relu, kernels::UnaryFunction::relu)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK_CAPTURE(unary, gelu, kernels::UnaryFunction::gelu)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK_CAPTURE(unary, tanh, kernels::UnaryFunction::tanh)->Arg(1 << 12);
BENCHMARK_CAPTURE(unary, exp, kernels::UnaryFunction::exp)->Arg(1 << 12);
BENCHMARK_CAPTURE(reduce, rows, 512, 512, 1);
BENCHMARK_CAPTURE(reduce, columns, 1, 512, 512);

}  // namespace
}  // namespace wedge
