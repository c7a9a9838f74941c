// gemm(): GFLOP/s and the share of the machine's own limit, the rate of independent multiply-adds in registers. A row
// times a matrix: GB/s and the share of what the machine reads from memory.
#include "bench/measured.h"
#include "kernels/gemm.h"

namespace wedge {
namespace {

using bench::data;
using bench::floats;

enum Form { raw, packed, packed_f16, packed_bf16, transposed };

struct Product {
  size_t m, n, k;
  AlignedBuffer a, b, c, panels, scratch;
  kernels::GemmArguments arguments;

  Product(const benchmark::State& state, Form form, Workers workers)
      : m(static_cast<size_t>(state.range(0))),
        n(static_cast<size_t>(state.range(1))),
        k(static_cast<size_t>(state.range(2))),
        a(floats(m * k)),
        b(floats(k * n)),
        c(floats(m * n)),
        arguments{.m = m, .n = n, .k = k, .c = data(c)} {
    arguments.c_stride = static_cast<ptrdiff_t>(n);
    arguments.a = {data(a), static_cast<ptrdiff_t>(k), 1};
    arguments.b = {data(b), static_cast<ptrdiff_t>(n), 1};
    if (form == transposed) arguments.b = {data(b), 1, static_cast<ptrdiff_t>(k)};
    if (form == packed) {
      panels = AlignedBuffer::allocate(kernels::gemm_packed_b_bytes(k, n));
      kernels::gemm_pack_b(arguments.b, k, n, panels.data());
      arguments.packed_b = panels.data();
    }
    if (form == packed_f16 || form == packed_bf16) {
      const std::vector<uint16_t> bits(k * n, 0x3C01);
      panels = AlignedBuffer::allocate(kernels::gemm_packed_half_b_bytes(k, n));
      kernels::gemm_pack_half_b({bits.data(), static_cast<ptrdiff_t>(n), 1}, k, n, panels.data());
      arguments.packed_b = panels.data();
      arguments.packed_b_type = form == packed_f16 ? kernels::PackedType::f16 : kernels::PackedType::bf16;
    }
    scratch = AlignedBuffer::allocate(kernels::gemm_scratch_bytes(arguments, workers));
  }
};

void gemm(benchmark::State& state, Form form, unsigned threads) {
  const Workers workers(threads);
  const Product product(state, form, workers);
  for (auto _ : state) {
    kernels::gemm(product.arguments, product.scratch.data(), workers);
    benchmark::ClobberMemory();
  }
  bench::report_operations(
      state, 2.0 * static_cast<double>(product.m) * static_cast<double>(product.n) * static_cast<double>(product.k),
      threads);
}

void gemv(benchmark::State& state, Form form, unsigned threads) {
  const Workers workers(threads);
  const Product product(state, form, workers);
  for (auto _ : state) {
    kernels::gemm(product.arguments, product.scratch.data(), workers);
    benchmark::ClobberMemory();
  }
  const size_t element = form == packed_f16 || form == packed_bf16 ? sizeof(uint16_t) : sizeof(float);
  bench::report_bytes(state, static_cast<double>(element * product.n * product.k), threads);
}

void cubes(benchmark::internal::Benchmark* suite) {
  for (const int64_t size : {64, 96, 128, 192, 256, 384, 512, 768, 1024}) suite->Args({size, size, size});
}
void others(benchmark::internal::Benchmark* suite) {
  suite->Args({4, 1024, 1024})->Args({128, 1536, 384})->Args({64, 3136, 64})->Args({512, 49, 4608});
}

BENCHMARK_CAPTURE(gemm, packed, packed, 1)->Apply(cubes)->Apply(others);
BENCHMARK_CAPTURE(gemm, packed_f16, packed_f16, 1)->Apply(cubes)->Apply(others);
BENCHMARK_CAPTURE(gemm, packed_bf16, packed_bf16, 1)->Apply(cubes)->Apply(others);
BENCHMARK_CAPTURE(gemm, raw, raw, 1)->Apply(cubes)->Apply(others);
BENCHMARK_CAPTURE(gemm, transposed, transposed, 1)->Apply(cubes)->Apply(others);
BENCHMARK_CAPTURE(gemm, packed_two_threads, packed, 2)->Apply(cubes)->UseRealTime();
BENCHMARK_CAPTURE(gemv, packed, packed, 1)->Args({1, 4096, 4096})->Args({1, 1024, 1024});
BENCHMARK_CAPTURE(gemv, packed_f16, packed_f16, 1)->Args({1, 4096, 4096})->Args({1, 1024, 1024});
BENCHMARK_CAPTURE(gemv, packed_bf16, packed_bf16, 1)->Args({1, 4096, 4096})->Args({1, 1024, 1024});
BENCHMARK_CAPTURE(gemv, raw, raw, 1)->Args({1, 4096, 4096})->Args({1, 1024, 1024});
BENCHMARK_CAPTURE(gemv, transposed, transposed, 1)->Args({1, 4096, 4096})->Args({1, 1024, 1024});
BENCHMARK_CAPTURE(gemv, packed_two_threads, packed, 2)->Args({1, 4096, 4096})->UseRealTime();

}  // namespace
}  // namespace wedge
