// A range of blocks that several threads work on: what the thread pools of all platforms share.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>

#include "base/checked.h"
#include "base/thread_pool.h"

namespace wedge {

inline void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// The blocks of a job that are one worker's to begin with. Ranges lie one after the other, so that what a worker wrote
// in one step of a plan is, for the most part, what it reads in the next, and still in its cache.
struct alignas(64) Share {
  std::atomic<size_t> next{0};
  size_t end = 0;
};

struct Job {
  size_t count;
  size_t grain;
  const Workers::Body* body;
  std::span<Share> shares;

  void deal() {
    const size_t blocks = ceil_div(count, grain);
    for (size_t i = 0; i < shares.size(); ++i) {
      shares[i].next.store(i == 0 ? 0 : share_end(blocks, i - 1, shares.size()), std::memory_order_relaxed);
      shares[i].end = share_end(blocks, i, shares.size());
    }
  }

  // A worker does its own share, then helps the others with theirs.
  void work(unsigned worker) {
    for (size_t i = 0; i < shares.size(); ++i) {
      Share& share = shares[(worker + i) % shares.size()];
      for (;;) {
        const size_t block = share.next.fetch_add(1, std::memory_order_relaxed);
        if (block >= share.end) break;
        (*body)(block* grain, std::min(count, (block + 1) * grain), worker);
      }
    }
  }
};

/// What Workers::run() does where there are threads: `try_run(job, threads)` says whether it did the job with so many.
template <typename TryRun>
void fork_join(unsigned most_threads, size_t count, size_t grain, Workers::Body body, TryRun try_run) {
  if (count == 0) return;
  if (grain == 0) grain = 1;
  const auto threads = static_cast<unsigned>(std::min<size_t>(most_threads, ceil_div(count, grain)));
  if (threads > 1) {
    Job job{.count = count, .grain = grain, .body = &body, .shares = {}};
    if (try_run(job, threads)) return;
  }
  for (size_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain), 0);
}

}  // namespace wedge
