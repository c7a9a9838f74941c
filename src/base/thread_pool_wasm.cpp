// Threads of WebAssembly: workers of the host that have entered wedge_worker_run(), each on a stack of its own.
#include <array>
#include <atomic>
#include <cstdint>

#include "base/fork_join.h"
#include "wedge/wedge.h"

namespace wedge {
namespace {

constexpr unsigned most_threads = 64;

// As the native pool, but for how helpers sleep: a change of epoch_ wakes them. Shares of helpers that have not come
// yet are done by the others. The caller spins, since a page's main thread must not wait.
class Pool {
 public:
  bool try_run(Job& job, unsigned threads) {
    if (busy_.exchange(true, std::memory_order_acquire)) return false;
    job.shares = std::span(shares_).first(std::min(threads, most_threads));
    job.deal();
    job_ = &job;
    open_.store(true);
    publish();
    job.work(0);
    open_.store(false);
    while (active_.load() != 0) pause_processor();
    job_ = nullptr;
    busy_.store(false, std::memory_order_release);
    return true;
  }

  void live(unsigned worker) {
    for (uint32_t seen = epoch_.load(); !stop_.load();) {
      // active_ before open_: the caller reads them in the opposite order, so one of the two sees the other.
      active_.fetch_add(1);
      if (open_.load()) {
        Job& job = *job_.load();
        if (worker < job.shares.size()) job.work(worker);
      }
      active_.fetch_sub(1);
      seen = wait_for_change(seen);
    }
  }

  void stop() {
    stop_.store(true);
    publish();
  }

 private:
  void publish() {
    epoch_.fetch_add(1);
    if (sleeping_.load() != 0) __builtin_wasm_memory_atomic_notify(epoch_address(), most_threads);
  }

  uint32_t wait_for_change(uint32_t seen) {
    constexpr int spins = 20000;
    for (int i = 0; i < spins; ++i) {
      const uint32_t now = epoch_.load();
      if (now != seen) return now;
    }
    sleeping_.fetch_add(1);
    __builtin_wasm_memory_atomic_wait32(epoch_address(), static_cast<int32_t>(seen), -1);
    sleeping_.fetch_sub(1);
    return epoch_.load();
  }

  int32_t* epoch_address() { return reinterpret_cast<int32_t*>(&epoch_); }

  std::atomic<bool> busy_{false};
  std::array<Share, most_threads> shares_;
  std::atomic<Job*> job_{nullptr};
  std::atomic<int> active_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> stop_{false};
  std::atomic<int> sleeping_{0};
  std::atomic<uint32_t> epoch_{0};
};

Pool& pool() {
  static Pool shared;
  return shared;
}

}  // namespace

void Workers::run(size_t count, size_t grain, Body body) const {
  fork_join(count_, count, grain, body, [](Job& job, unsigned threads) { return pool().try_run(job, threads); });
}

}  // namespace wedge

void wedge_worker_run(uint32_t index) { wedge::pool().live(index); }
void wedge_worker_stop() { wedge::pool().stop(); }
