// The mutex of modules for several threads.
#include "base/mutex.h"

namespace wedge {

// Spins: a page's main thread must not wait.
void Mutex::lock() {
  while (!try_lock()) {
  }
}

bool Mutex::try_lock() { return !locked_.exchange(true, std::memory_order_acquire); }

void Mutex::unlock() { locked_.store(false, std::memory_order_release); }

}  // namespace wedge
