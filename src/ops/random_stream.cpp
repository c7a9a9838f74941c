#include "ops/random_stream.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/platform.h"

namespace wedge {

Result<RandomStream> RandomStream::of(const NodeView& node) {
  RandomStream stream;
  const Attribute* seed = node.attributes().find("seed");
  if (seed == nullptr) return stream;
  stream.seeded_ = true;
  if (const auto* whole = std::get_if<int64_t>(&seed->value)) {
    stream.key_ = static_cast<uint64_t>(*whole);
    return stream;
  }
  WEDGE_ASSIGN(const float number, node.attributes().number("seed", 0.0F));
  stream.key_ = std::bit_cast<uint32_t>(number);
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
