#include "tensor/float_access.h"

#include <cmath>
#include <limits>

#include "tensor/visit.h"

namespace wedge {
namespace {

template <typename T>
T rounded(float value) {
  if constexpr (std::integral<T>) {
    // The bounds round to powers of two, outside of which nothing fits.
    const float whole = std::nearbyint(value);
    if (whole >= static_cast<float>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    if (whole <= static_cast<float>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    return std::isnan(whole) ? T{0} : static_cast<T>(whole);
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace

bool has_float_access(DType dtype) {
  return is_small(dtype) || visit_numbers(dtype, []<typename T>() {});
}

void read_floats(DType dtype, const std::byte* elements, size_t first, size_t count, float* to) {
  if (is_small(dtype)) return decode_small(dtype, elements, first, count, to);
  visit_numbers(dtype, [&]<typename T>() {
    const T* from = reinterpret_cast<const T*>(elements) + first;
    for (size_t i = 0; i < count; ++i) to[i] = static_cast<float>(static_cast<ArithmeticType<T>>(from[i]));
  });
}

void write_floats(DType dtype, const float* from, size_t first, size_t count, std::byte* elements,
                  SmallRounding rounding) {
  if (is_small(dtype)) return encode_small(dtype, from, first, count, elements, rounding);
  visit_numbers(dtype, [&]<typename T>() {
    T* to = reinterpret_cast<T*>(elements) + first;
    for (size_t i = 0; i < count; ++i) to[i] = rounded<T>(from[i]);
  });
}

}  // namespace wedge
