// Fork-join parallelism: one pool for the process, shared by all sessions.
#pragma once

#include <cstddef>

#include "base/function_ref.h"

namespace wedge {

/// Where the blocks end that are a worker's to begin with, of so many that `workers` share.
inline size_t share_end(size_t blocks, size_t worker, size_t workers) { return blocks * (worker + 1) / workers; }

/// The threads one call may use. Kernels take it by value; a default one runs everything on the calling thread.
///
/// Work is a range [0, count). Blocks of it run in any order on any worker, each exactly once, so a kernel whose
/// output elements are each computed wholly inside one block gives bit-identical results for every thread count.
class Workers {
 public:
  /// begin, end: the block of the range to do. worker: in [0, count()), unique among blocks that run at the same
  /// time: an index for per-worker scratch.
  using Body = FunctionRef<void(size_t begin, size_t end, unsigned worker)>;

  Workers() = default;
  /// At most `count` threads, the calling one among them.
  explicit Workers(unsigned count) : count_(count == 0 ? 1 : count) {}

  [[nodiscard]] unsigned count() const { return may_share ? count_ : 1; }

  /// Runs body over [0, count) in blocks of `grain` (the last may be shorter) and returns when all is done. Runs
  /// on the calling thread alone when there is one block, one worker, or the pool is busy with another call.
  void run(size_t count, size_t grain, Body body) const;

  /// Whether a block is the last of its worker's own, of a range of so many, each of one.
  [[nodiscard]] bool ends_share(size_t block, size_t blocks, unsigned worker) const {
    return block + 1 == share_end(blocks, worker, count() < blocks ? count() : blocks);
  }

 private:
#ifdef WEDGE_ONE_THREAD
  // Builds for models that have modules for one thread alone do without what cuts and shares work.
  static constexpr bool may_share = false;
#else
  static constexpr bool may_share = true;
#endif
  unsigned count_ = 1;
};

}  // namespace wedge
