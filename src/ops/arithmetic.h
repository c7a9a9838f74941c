// The arithmetic functions that operators share, defined for every input: integers wrap, a division by zero gives 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include "kernels/elementwise.h"
#include "ops/binary.h"

namespace wedge {

// Arithmetic on the unsigned type of at least 32 bits, where overflow is defined.
template <std::integral T>
using Wrapping = std::conditional_t<sizeof(T) < 4, uint32_t, std::make_unsigned_t<T>>;

struct Add {
  static constexpr auto vector = kernels::BinaryFunction::add;
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::integral<T>)
      return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
    else
      return a + b;
  }
};

struct Subtract {
  static constexpr auto vector = kernels::BinaryFunction::subtract;
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::integral<T>)
      return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
    else
      return a - b;
  }
};

struct Multiply {
  static constexpr auto vector = kernels::BinaryFunction::multiply;
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::integral<T>)
      return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
    else
      return a * b;
  }
};

struct Divide {
  static constexpr auto vector = kernels::BinaryFunction::divide;
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::integral<T>) {
      if (b == 0) return 0;
      if constexpr (std::signed_integral<T>) {
        // The one quotient that does not fit wraps to itself.
        if (b == -1) return Subtract::apply<T>(0, a);
      }
      return static_cast<T>(a / b);
    } else {
      return a / b;
    }
  }
};

struct Maximum {
  static constexpr auto vector = kernels::BinaryFunction::maximum;
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::floating_point<T>)
      return std::isnan(a) || a > b ? a : b;
    else
      return a > b ? a : b;
  }
};

struct Minimum {
  static constexpr auto vector = kernels::BinaryFunction::minimum;
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::floating_point<T>)
      return std::isnan(a) || a < b ? a : b;
    else
      return a < b ? a : b;
  }
};

/// The loop for f32, in vectors.
template <typename Function>
void vector_loop(const std::byte* a, int64_t a_step, const std::byte* b, int64_t b_step, std::byte* out, size_t count) {
  using Form = kernels::BinaryForm;
  const auto form = a_step == b_step ? Form::vector_vector : a_step == 0 ? Form::scalar_vector : Form::vector_scalar;
  auto* to = reinterpret_cast<float*>(out);
  // Both stand still where a third operand has more elements.
  const bool is_single = a_step == 0 && b_step == 0;
  kernels::binary_f32_of<Function::vector>(form, reinterpret_cast<const float*>(a), reinterpret_cast<const float*>(b),
                                           to, is_single ? std::min<size_t>(count, 1) : count);
  if (is_single && count > 1) std::fill_n(to + 1, count - 1, *to);
}

/// The loop of an arithmetic function for a number type, null for others.
template <typename Function>
BinaryLoop arithmetic_loop(DType dtype) {
  if (dtype == DType::f32) return vector_loop<Function>;
  BinaryLoop loop = nullptr;
  visit_numbers(dtype, [&]<typename T>() {
    if constexpr (!std::same_as<T, float>) loop = binary_loop<Function, T>;
  });
  return loop;
}

}  // namespace wedge
