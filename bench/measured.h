// What the suites share: buffers, and the machine's own limits to compare with.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>

#include "base/aligned_buffer.h"
#include "wedge/profile.h"

namespace wedge::bench {

inline AlignedBuffer floats(size_t count) {
  auto buffer = AlignedBuffer::allocate(count * sizeof(float));
  std::fill_n(reinterpret_cast<float*>(buffer.data()), count, 0.5F);
  return buffer;
}

inline float* data(const AlignedBuffer& buffer) { return reinterpret_cast<float*>(buffer.data()); }

/// What the machine does with so many threads at best, measured on first use.
inline const MachinePeak& machine(unsigned threads) {
  static const MachinePeak peaks[] = {measure_machine(1), measure_machine(2)};
  return peaks[threads > 1 ? 1 : 0];
}

/// Additions and multiplications of f32 in one iteration, with the share of what the machine does in registers.
inline void report_operations(benchmark::State& state, double operations, unsigned threads = 1) {
  using benchmark::Counter;
  constexpr auto rate = Counter::kIsIterationInvariantRate;
  state.counters["GFLOP/s"] = Counter(operations * 1e-9, rate);
  state.counters["of peak"] = Counter(operations * 1e-9 / machine(threads).f32_per_ns, rate);
}

/// Bytes read and written in one iteration, with the share of what the machine reads from a buffer as large.
inline void report_bytes(benchmark::State& state, double bytes, unsigned threads = 1) {
  using benchmark::Counter;
  constexpr auto rate = Counter::kIsIterationInvariantRate;
  state.counters["GB/s"] = Counter(bytes * 1e-9, rate);
  state.counters["of reading"] = Counter(bytes * 1e-9 / machine(threads).bytes_per_ns(bytes), rate);
}

}  // namespace wedge::bench
