// Mod: the remainder with the divisor's sign, or with fmod = 1 the dividend's.
#include "ops/arithmetic.h"

namespace wedge {
namespace {

struct Floored {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::integral<T>) {
      if (b == 0) return 0;
      if constexpr (std::signed_integral<T>) {
        if (b == -1) return 0;
      }
      const T rest = static_cast<T>(a % b);
      return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
    } else {
      const T rest = std::fmod(a, b);
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
  }
};

struct Truncated {
  template <typename T>
  static T apply(T a, T b) {
    if constexpr (std::integral<T>) {
      if (b == 0) return 0;
      if constexpr (std::signed_integral<T>) {
        if (b == -1) return 0;
      }
      return static_cast<T>(a % b);
    } else {
      return std::fmod(a, b);
    }
  }
};

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const bool truncated, context.attributes().flag("fmod", false));
  BinaryLoop loop = nullptr;
  visit_numbers(context.dtype(0),
                [&]<typename T>() { loop = truncated ? binary_loop<Truncated, T> : binary_loop<Floored, T>; });
  return prepare_binary(context, loop);
}

}  // namespace

WEDGE_OPERATOR(onnx, Mod) = {
    .infer = infer_same_type_binary, .prepare = prepare, .min_inputs = 2, .max_inputs = 2, .since = 7};

}  // namespace wedge
