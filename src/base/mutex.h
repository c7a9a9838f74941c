// A mutex where there are threads, nothing where there are none (WebAssembly has no std::mutex).
#pragma once

#if defined(__wasm__) && !defined(__wasm_atomics__)

namespace wedge {
class Mutex {
 public:
  void lock() {}
  bool try_lock() { return true; }
  void unlock() {}
};
}  // namespace wedge
#elif defined(__wasm__)
#include "base/spin_mutex.h"
#else
#include <mutex>

namespace wedge {
using Mutex = std::mutex;
}  // namespace wedge

#endif

namespace wedge {

/// Holds a Mutex for a scope.
class [[nodiscard]] Lock {
 public:
  explicit Lock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace wedge
