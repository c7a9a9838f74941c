// Measuring how fast the machine is.
#include <algorithm>
#include <atomic>

#include "base/aligned_buffer.h"
#include "base/platform.h"
#include "base/thread_pool.h"
#include "kernels/peak.h"
#include "wedge/profile.h"

namespace wedge {
namespace {

constexpr double nanoseconds_per_measurement = 2e7;

// The best of many short rounds. `round(worker)` returns what it did; all workers do as much.
template <typename Round>
double best_rate(const Workers& workers, Round round) {
  std::vector<double> done(workers.count());
  double best = 0;
  const uint64_t start = platform::now_nanoseconds();
  uint64_t before = start;
  while (static_cast<double>(before - start) < nanoseconds_per_measurement) {
    workers.run(workers.count(), 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) done[i] = round(i);
    });
    const uint64_t now = platform::now_nanoseconds();
    double total = 0;
    for (const double part : done) total += part;
    best = std::max(best, total / static_cast<double>(std::max<uint64_t>(now - before, 1)));
    before = now;
  }
  return best;
}

// Keeps a result from being left out.
template <typename T>
void keep(T result) {
  static std::atomic<T> kept;
  kept.store(result, std::memory_order_relaxed);
}

double reading_rate(const Workers& workers, std::span<const float> values) {
  const size_t part = values.size() / workers.count();
  // Small buffers are read many times, so that the clock does not count.
  const size_t times = std::max<size_t>((size_t{1} << 20U) / values.size_bytes(), 1);
  return best_rate(workers, [&](size_t worker) {
    for (size_t i = 0; i < times; ++i) keep(kernels::read_all(values.subspan(worker * part, part)));
    return static_cast<double>(times * part * sizeof(float));
  });
}

}  // namespace

MachinePeak measure_machine(unsigned threads) {
  const Workers workers(threads);
  MachinePeak peak{.threads = workers.count()};
  constexpr size_t rounds = 20000;
  peak.f32_per_ns = best_rate(workers, [](size_t) {
    double operations = 0;
    keep(kernels::multiply_add_f32(rounds, 0.75F, operations));
    return operations;
  });
  peak.f32_per_ns = std::max(peak.f32_per_ns, best_rate(workers, [](size_t) {
                               double operations = 0;
                               keep(kernels::multiply_split_f32(rounds, operations));
                               return operations;
                             }));
  peak.int8_per_ns = best_rate(workers, [](size_t) {
    double operations = 0;
    keep(kernels::multiply_add_int8(rounds, 3, operations));
    return operations;
  });
  constexpr size_t sizes[] = {size_t{1} << 14U, size_t{1} << 18U, size_t{1} << 20U,
                              size_t{1} << 22U, size_t{1} << 24U, size_t{1} << 27U};
  const auto buffer = AlignedBuffer::allocate(std::ranges::max(sizes));
  const std::span values(reinterpret_cast<float*>(buffer.data()), buffer.size() / sizeof(float));
  std::ranges::fill(values, 1.0F);
  for (const size_t size : sizes) {
    if (size > buffer.size()) break;
    peak.readings.push_back({.bytes = size, .bytes_per_ns = reading_rate(workers, values.first(size / sizeof(float)))});
  }
  return peak;
}

double MachinePeak::bytes_per_ns(double bytes) const {
  for (const Reading& reading : readings) {
    if (bytes <= static_cast<double>(reading.bytes)) return reading.bytes_per_ns;
  }
  return readings.empty() ? 0 : readings.back().bytes_per_ns;
}

double Profile::least_nanoseconds(const ProfiledStep& step, const MachinePeak& peak) const {
  const auto time = [](double amount, double rate) { return rate > 0 ? amount / rate : 0; };
  const double passing = step.bytes - step.constant_bytes;
  double constants = 0;
  for (const ProfiledStep& each : steps) constants += each.constant_bytes;
  return std::max(
      time(step.operations, step.is_int8 ? peak.int8_per_ns : peak.f32_per_ns),
      time(step.constant_bytes, peak.bytes_per_ns(constants)) + time(passing, peak.bytes_per_ns(step.bytes)));
}

}  // namespace wedge
