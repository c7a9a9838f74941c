// Where there are no threads.
#include "base/mutex.h"

namespace wedge {

void Mutex::lock() {}

bool Mutex::try_lock() { return true; }

void Mutex::unlock() {}

}  // namespace wedge
