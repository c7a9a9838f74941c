#include "plan/arena_layout.h"

#include <algorithm>
#include <numeric>

#include "base/aligned_buffer.h"
#include "base/checked.h"

namespace wedge {

ArenaLayout lay_out_arena(std::span<const Lifetime> lifetimes) {
  std::vector<uint32_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto comes_first = [&](uint32_t a, uint32_t b) {
    return lifetimes[a].size != lifetimes[b].size ? lifetimes[a].size > lifetimes[b].size : a < b;
  };
  // Less code than std::sort.
  std::ranges::make_heap(order, comes_first);
  std::ranges::sort_heap(order, comes_first);

  ArenaLayout layout{.offsets = std::vector<size_t>(lifetimes.size()), .size = 0};
  std::vector<uint32_t> placed;  // by offset
  for (const uint32_t item : order) {
    const Lifetime& wanted = lifetimes[item];
    const size_t size = round_up(wanted.size, AlignedBuffer::alignment);
    size_t best = SIZE_MAX;
    size_t best_gap = SIZE_MAX;
    size_t end = 0;
    for (const uint32_t other : placed) {
      const Lifetime& there = lifetimes[other];
      if (there.last < wanted.first || wanted.last < there.first) continue;
      const size_t start = layout.offsets[other];
      if (start > end && start - end >= size && start - end < best_gap) {
        best = end;
        best_gap = start - end;
      }
      end = std::max(end, start + round_up(there.size, AlignedBuffer::alignment));
    }
    const size_t offset = best != SIZE_MAX ? best : end;
    layout.offsets[item] = offset;
    layout.size = std::max(layout.size, offset + size);
    placed.insert(std::ranges::upper_bound(placed, offset, {}, [&](uint32_t i) { return layout.offsets[i]; }), item);
  }
  return layout;
}

}  // namespace wedge
