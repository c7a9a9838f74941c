// A mutex where there are threads. WebAssembly has no std::mutex.
#pragma once

#if defined(__wasm__)
#include <atomic>

namespace wedge {

/// Locks nothing in modules for one thread: what a module is for is decided when it is linked.
class Mutex {
 public:
  void lock();
  bool try_lock();
  void unlock();

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace wedge
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
