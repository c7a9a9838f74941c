#include "base/checked.h"

#include <algorithm>

namespace wedge {

size_t saturating_bytes(size_t count, size_t bytes, size_t times, size_t times_again) {
  size_t product = 1;
  for (const size_t factor : {count, bytes, times, times_again}) {
    product = std::min(checked_mul(product, factor).value_or(too_many_bytes), too_many_bytes);
  }
  return product;
}

}  // namespace wedge
