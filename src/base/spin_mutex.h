// The mutex of WebAssembly with threads.
#pragma once

#include <atomic>

namespace wedge {

/// Spins: a page's main thread must not wait.
class Mutex {
 public:
  void lock() {
    while (!try_lock()) {
    }
  }
  bool try_lock() { return !locked_.exchange(true, std::memory_order_acquire); }
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace wedge
