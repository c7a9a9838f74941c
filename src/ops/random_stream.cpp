#include "ops/random_stream.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/platform.h"

namespace wedge {

Result<RandomStream> RandomStream::of(const NodeView& node) {
  RandomStream stream;
  WEDGE_ASSIGN(const float seed, node.attributes().number("seed", 0.0F));
  stream.seeded_ = node.attributes().has("seed");
  stream.key_ = std::bit_cast<uint32_t>(seed);
  return stream;
}

Philox RandomStream::start() const {
  if (seeded_) return Philox(key_);
  static std::atomic<uint64_t> runs = platform::now_nanoseconds();
  return Philox(runs.fetch_add(1, std::memory_order_relaxed));
}

double draw_normal(const Philox& random, uint64_t index) {
  // Of 1 - u, which is never 0, the logarithm is finite.
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform(index / 2 * 2)));
  const double angle = 2 * std::numbers::pi * random.uniform(index / 2 * 2 + 1);
  return radius * (index % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

}  // namespace wedge
