// Where there are no threads.
#include <algorithm>

#include "base/thread_pool.h"

namespace wedge {

void Workers::run(size_t count, size_t grain, Body body) const {
  for (size_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain), 0);
}

}  // namespace wedge
