// Random numbers from a key and a counter: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy
// as 1, 2, 3", SC 2011). Element i of a stream needs no element before it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wedge {

class Philox {
 public:
  using Block = std::array<uint32_t, 4>;

  explicit Philox(uint64_t key) : key_(key) {}

  /// Four independent, evenly distributed numbers.
  [[nodiscard]] Block block(uint64_t counter) const {
    Block x = {static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32U), 0, 0};
    auto low = static_cast<uint32_t>(key_);
    auto high = static_cast<uint32_t>(key_ >> 32U);
    for (int round = 0; round < 10; ++round) {
      const uint64_t a = uint64_t{0xD2511F53} * x[0];
      const uint64_t b = uint64_t{0xCD9E8D57} * x[2];
      x = {static_cast<uint32_t>(b >> 32U) ^ x[1] ^ low, static_cast<uint32_t>(b),
           static_cast<uint32_t>(a >> 32U) ^ x[3] ^ high, static_cast<uint32_t>(a)};
      low += 0x9E3779B9;
      high += 0xBB67AE85;
    }
    return x;
  }

  /// Number `index` of the stream in [0, 1), with 53 random bits.
  [[nodiscard]] double uniform(uint64_t index) const {
    const Block x = block(index / 2);
    const size_t half = index % 2 * 2;
    const uint64_t bits = uint64_t{x[half]} << 32U | x[half + 1];
    return static_cast<double>(bits >> 11U) * 0x1p-53;
  }

 private:
  uint64_t key_;
};

}  // namespace wedge
