// GFLOP/s of gemm() beside the machine's own limit: the rate of independent multiply-adds in registers.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "base/aligned_buffer.h"
#include "kernels/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gemm_bench.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Returns the floating-point operations done.
double multiply_add(size_t rounds, float scale, float* result) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, scale);
  const auto term = hn::Set(d, 1.0F);
  auto s0 = hn::Iota(d, 0.0F), s1 = hn::Iota(d, 1.0F), s2 = hn::Iota(d, 2.0F), s3 = hn::Iota(d, 3.0F);
  auto s4 = hn::Iota(d, 4.0F), s5 = hn::Iota(d, 5.0F), s6 = hn::Iota(d, 6.0F), s7 = hn::Iota(d, 7.0F);
  auto s8 = hn::Iota(d, 8.0F), s9 = hn::Iota(d, 9.0F);
  for (size_t i = 0; i < rounds; ++i) {
    s0 = hn::MulAdd(s0, factor, term);
    s1 = hn::MulAdd(s1, factor, term);
    s2 = hn::MulAdd(s2, factor, term);
    s3 = hn::MulAdd(s3, factor, term);
    s4 = hn::MulAdd(s4, factor, term);
    s5 = hn::MulAdd(s5, factor, term);
    s6 = hn::MulAdd(s6, factor, term);
    s7 = hn::MulAdd(s7, factor, term);
    s8 = hn::MulAdd(s8, factor, term);
    s9 = hn::MulAdd(s9, factor, term);
  }
  s0 = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  *result = hn::GetLane(hn::Add(s0, hn::Add(s8, s9)));
  return 20.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

}  // namespace wedge::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge {
namespace {

HWY_EXPORT(multiply_add);

void report(benchmark::State& state, double operations) {
  state.counters["GFLOP/s"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void peak(benchmark::State& state) {
  float result = 0;
  float scale = 0.75F;
  benchmark::DoNotOptimize(scale);
  double operations = 0;
  for (auto _ : state) {
    operations = HWY_DYNAMIC_DISPATCH(multiply_add)(1000000, scale, &result);
    benchmark::DoNotOptimize(result);
  }
  report(state, operations);
}

enum Form { raw, packed, transposed };

void gemm(benchmark::State& state, Form form, unsigned threads) {
  const auto m = static_cast<size_t>(state.range(0));
  const auto n = static_cast<size_t>(state.range(1));
  const auto k = static_cast<size_t>(state.range(2));
  const auto a = AlignedBuffer::allocate(m * k * sizeof(float));
  const auto b = AlignedBuffer::allocate(k * n * sizeof(float));
  const auto c = AlignedBuffer::allocate(m * n * sizeof(float));
  auto* a_data = reinterpret_cast<float*>(a.data());
  auto* b_data = reinterpret_cast<float*>(b.data());
  std::fill_n(a_data, m * k, 0.5F);
  std::fill_n(b_data, k * n, 0.25F);

  kernels::GemmArguments g{.m = m, .n = n, .k = k, .c = reinterpret_cast<float*>(c.data())};
  g.c_stride = static_cast<ptrdiff_t>(n);
  g.a = {a_data, static_cast<ptrdiff_t>(k), 1};
  g.b = {b_data, static_cast<ptrdiff_t>(n), 1};
  if (form == transposed) g.b = {b_data, 1, static_cast<ptrdiff_t>(k)};
  const auto panels = AlignedBuffer::allocate(kernels::gemm_packed_b_bytes(k, n));
  if (form == packed) {
    kernels::gemm_pack_b(g.b, k, n, panels.data());
    g.packed_b = panels.data();
  }
  const Workers workers(threads);
  const auto scratch = AlignedBuffer::allocate(kernels::gemm_scratch_bytes(g, workers));
  for (auto _ : state) {
    kernels::gemm(g, scratch.data(), workers);
    benchmark::ClobberMemory();
  }
  report(state, 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k));
}

void shapes(benchmark::internal::Benchmark* bench) {
  for (const int64_t size : {64, 128, 256, 512, 1024}) bench->Args({size, size, size});
  bench->Args({1, 1024, 1024})
      ->Args({4, 1024, 1024})
      ->Args({128, 1536, 384})
      ->Args({64, 3136, 64})
      ->Args({512, 49, 4608});
}

BENCHMARK(peak);
BENCHMARK_CAPTURE(gemm, packed, packed, 1)->Apply(shapes);
BENCHMARK_CAPTURE(gemm, raw, raw, 1)->Apply(shapes);
BENCHMARK_CAPTURE(gemm, transposed, transposed, 1)->Apply(shapes);
BENCHMARK_CAPTURE(gemm, packed_two_threads, packed, 2)->Apply(shapes)->UseRealTime();
BENCHMARK(peak)->Name("peak_again");

}  // namespace
}  // namespace wedge
#endif
