// Reading the weights of the next block of a matrix product while this one is computed.
#pragma once

#include <hwy/base.h>
#include <hwy/cache_control.h>

#include <cstddef>
#include <cstdint>

namespace wedge::kernels {

/// There is no instruction for it in WebAssembly.
inline constexpr bool prefetches = HWY_ARCH_X86 != 0 || HWY_ARCH_ARM != 0;

/// Where the block that comes next reads its panels of B. Each row of tiles of this block asks the memory for its
/// share, so that reading and computing overlap: B of a few rows of A takes as long to be read as to be used, and
/// processors do not look that far ahead by themselves.
struct NextPanels {
  ptrdiff_t distance = 0;  ///< bytes from a panel to its counterpart in the next block
  size_t step = 0;         ///< bytes to ask for with each row of B; 0 for nothing

  NextPanels() = default;

  /// is_next: whether the thread goes on to other panels after this block, not to other rows of A.
  /// row_bytes: of a row of a panel. block_bytes: of all panels of the next block. tiles: the rows of tiles of this
  /// block. One alone reads B as fast as the memory gives it, and small blocks stay in the cache.
  NextPanels(bool is_next, ptrdiff_t to_next, size_t row_bytes, size_t block_bytes, size_t tiles) {
    constexpr size_t cached_bytes = size_t{32} << 10U;
    if (!prefetches || !is_next || tiles < 2 || block_bytes < cached_bytes) return;
    distance = to_next;
    step = row_bytes / tiles;
  }

  /// How many rows of B, 4 at most, ask for no more than a line of the cache together.
  [[nodiscard]] size_t rows_of_a_line() const { return 4 * step <= 64 ? 4 : 2 * step <= 64 ? 2 : 1; }
};

/// Asks for the share of one row of tiles, as the k rows of its panels pass by.
/// panels: how many of them. rows_of_a_line: so many rows ask once.
template <size_t panels, size_t rows_of_a_line>
class Prefetcher {
 public:
  /// b: the first panel. tile: the number of the row of tiles.
  HWY_INLINE Prefetcher(const NextPanels& next, const void* b, ptrdiff_t panel_bytes, size_t k, size_t tile)
      : address_(reinterpret_cast<uintptr_t>(b) + static_cast<uintptr_t>(next.distance) + tile * k * next.step),
        panel_bytes_(static_cast<uintptr_t>(panel_bytes)),
        step_(next.step) {}

  /// At a row of those since the last move().
  HWY_INLINE void ask(size_t row) const {
    if (row % rows_of_a_line != 0) return;
    HWY_UNROLL(2) for (size_t panel = 0; panel < panels; ++panel) {
      hwy::Prefetch(reinterpret_cast<const std::byte*>(address_ + row * step_ + panel * panel_bytes_));
    }
  }
  HWY_INLINE void move(size_t rows) { address_ += rows * step_; }

 private:
  uintptr_t address_;  ///< not a pointer, since it may lie past the end
  uintptr_t panel_bytes_;
  size_t step_;
};

/// Asks for nothing.
struct NoPrefetcher {
  HWY_INLINE void ask(size_t /*row*/) const {}
  HWY_INLINE void move(size_t /*rows*/) {}
};

}  // namespace wedge::kernels
