// What the conversions of Cast share.
#pragma once

#include <cmath>
#include <concepts>
#include <limits>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {

/// Toward zero; what does not fit saturates and NaN becomes 0, where C++ leaves it undefined. Integers wrap.
template <typename From, typename To>
To convert(From from) {
  const auto x = static_cast<ArithmeticType<From>>(from);
  using X = decltype(x);
  if constexpr (std::same_as<To, bool>) {
    return x != 0;
  } else if constexpr (std::integral<To> && !std::integral<std::remove_const_t<X>>) {
    constexpr auto lowest = std::numeric_limits<To>::min();
    constexpr auto highest = std::numeric_limits<To>::max();
    // The bounds round to powers of two, outside of which nothing fits.
    if (x >= static_cast<X>(highest)) return highest;
    if (x <= static_cast<X>(lowest)) return lowest;
    return std::isnan(x) ? To{0} : static_cast<To>(x);
  } else {
    return static_cast<To>(static_cast<ArithmeticType<To>>(x));
  }
}

using ConvertLoop = void (*)(const std::byte* in, std::byte* out, size_t count);

/// The loop from one type to another by convert(); null when C++ has no type for one of them.
ConvertLoop find_convert_loop(DType from, DType to);

/// Between any two types of which one at least is small (see is_small()). Error: unsupported.
Result<Kernel> prepare_small_cast(PrepareContext& context);
/// Numbers and bools to strings: the shortest digits that read back as the same number.
Result<Kernel> prepare_to_string(PrepareContext& context);
/// Strings to numbers, in decimal or scientific notation, or the words inf and nan in any case.
Result<Kernel> prepare_from_string(PrepareContext& context);

}  // namespace wedge
