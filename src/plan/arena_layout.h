// Where each intermediate value lies in the arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wedge {

/// Memory needed from step `first` to step `last`, both included.
struct Lifetime {
  size_t size = 0;
  uint32_t first = 0;
  uint32_t last = 0;
};

struct ArenaLayout {
  std::vector<size_t> offsets;  ///< one per lifetime, multiples of 64
  size_t size = 0;
};

/// Greedy by size, best fit (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020):
/// the largest first, each into the smallest gap it fits among those whose lifetimes meet its own.
ArenaLayout lay_out_arena(std::span<const Lifetime> lifetimes);

}  // namespace wedge
