#include "base/checked.h"

namespace wedge {

size_t saturating_bytes(uint64_t count, uint64_t bytes, uint64_t times, uint64_t times_again) {
  constexpr uint64_t most = too_many_bytes;
  uint64_t product = 1;
  for (const uint64_t factor : {count, bytes, times, times_again}) {
    const bool fits = factor == 0 || product <= most / factor;
    product = fits ? product * factor : most;
  }
  return static_cast<size_t>(product);
}

}  // namespace wedge
