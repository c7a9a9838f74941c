#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fork_join.h"
#include "base/platform.h"

namespace wedge {
namespace {

// Helpers sleep between jobs after a short spin, since the next step of a plan usually follows within microseconds.
// A job is published by raising epoch_; the helpers it has shares for join it while it is open, and the caller waits
// for those that did. A helper is the same worker in every job, so that its shares follow each other, too.
class Pool {
 public:
  static Pool& shared() {
    static Pool pool;
    return pool;
  }

  bool try_run(Job& job, unsigned threads) {
    if (busy_.exchange(true, std::memory_order_acquire)) return false;
    grow(threads - 1);
    job.shares = std::span(shares_).first(threads);
    job.deal();
    job_ = &job;
    // Open before helpers learn of it, who would go away again otherwise.
    open_.store(true, std::memory_order_seq_cst);
    {
      // The lock orders the new epoch against a helper that is about to sleep.
      const std::lock_guard lock(sleep_);
      epoch_.fetch_add(1, std::memory_order_release);
    }
    if (sleeping_.load(std::memory_order_relaxed) != 0) wake_.notify_all();
    job.work(0);
    // No helper may enter any more; those inside finish the blocks they hold.
    open_.store(false, std::memory_order_seq_cst);
    while (active_.load(std::memory_order_acquire) != 0) pause_processor();
    job_ = nullptr;
    busy_.store(false, std::memory_order_release);
    return true;
  }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  Pool() = default;
  ~Pool() {
    {
      const std::lock_guard lock(sleep_);
      stop_ = true;
      epoch_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (auto& helper : helpers_) helper.join();
  }

  void grow(size_t count) {
    if (shares_.size() <= count) shares_ = std::vector<Share>(count + 1);
    while (helpers_.size() < count) {
      const auto worker = static_cast<unsigned>(helpers_.size() + 1);
      helpers_.emplace_back([this, worker, seen = epoch_.load(std::memory_order_acquire)] { live(worker, seen); });
    }
  }

  void live(unsigned worker, uint64_t seen) {
    while (true) {
      seen = wait_for_change(seen);
      if (stop_.load(std::memory_order_relaxed)) return;
      // active_ before open_: the caller reads them in the opposite order, so one of the two sees the other.
      active_.fetch_add(1, std::memory_order_seq_cst);
      if (open_.load(std::memory_order_seq_cst)) {
        Job& job = *job_.load(std::memory_order_relaxed);
        if (worker < job.shares.size()) job.work(worker);
      }
      active_.fetch_sub(1, std::memory_order_release);
    }
  }

  uint64_t wait_for_change(uint64_t seen) {
    // By the clock: a pause takes 10 to 50 ns, depending on the processor.
    constexpr uint64_t nanoseconds = 200'000;
    constexpr int pauses_per_look = 64;
    const uint64_t start = platform::now_nanoseconds();
    do {
      for (int i = 0; i < pauses_per_look; ++i) {
        const uint64_t now = epoch_.load(std::memory_order_acquire);
        if (now != seen) return now;
        pause_processor();
      }
    } while (platform::now_nanoseconds() - start < nanoseconds);
    std::unique_lock lock(sleep_);
    sleeping_.fetch_add(1, std::memory_order_relaxed);
    wake_.wait(lock, [&] { return epoch_.load(std::memory_order_acquire) != seen; });
    sleeping_.fetch_sub(1, std::memory_order_relaxed);
    return epoch_.load(std::memory_order_acquire);
  }

  std::atomic<bool> busy_{false};
  std::vector<std::thread> helpers_;
  std::vector<Share> shares_;
  // What helpers look at all the time and what they write lie in lines of the cache of their own.
  alignas(64) std::atomic<uint64_t> epoch_{0};
  alignas(64) std::atomic<Job*> job_{nullptr};
  std::atomic<bool> open_{false};
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> active_{0};
  alignas(64) std::mutex sleep_;
  std::condition_variable wake_;
  std::atomic<int> sleeping_{0};
};

}  // namespace

void Workers::run(size_t count, size_t grain, Body body) const {
  fork_join(count_, count, grain, body,
            [](Job& job, unsigned threads) { return Pool::shared().try_run(job, threads); });
}

}  // namespace wedge
