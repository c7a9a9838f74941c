// Pow: base and exponent may differ in type since opset 12; the result has the base's.
#include <algorithm>

#include "ops/arithmetic.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const SymbolicShape second, second_operand(context));
  WEDGE_ASSIGN(const SymbolicShape shape, broadcast_shapes(context.shape(0), second));
  context.set_output(0, context.dtype(0), shape);
  return {};
}

struct PowerF32 {
  static constexpr auto vector = kernels::BinaryFunction::power;
};

// Integer powers of integers are exact, modulo the type; a negative exponent leaves only 1 and -1 above zero.
template <std::integral Base, std::integral Exponent>
Base integer_power(Base base, Exponent exponent) {
  if constexpr (std::signed_integral<Exponent>) {
    if (exponent < 0) {
      if (base == 1) return 1;
      return base != -1 ? 0 : exponent % 2 == 0 ? 1 : -1;
    }
  }
  Wrapping<Base> factor = static_cast<Wrapping<Base>>(base);
  Wrapping<Base> result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= factor;
    factor *= factor;
  }
  return static_cast<Base>(result);
}

template <typename Base, typename Exponent>
void loop(const std::byte* a, int64_t a_step, const std::byte* b, int64_t b_step, std::byte* out, size_t count) {
  const auto* bases = reinterpret_cast<const Base*>(a);
  const auto* exponents = reinterpret_cast<const Exponent*>(b);
  auto* results = reinterpret_cast<Base*>(out);
  for (size_t i = 0; i < count; ++i) {
    const auto at = static_cast<int64_t>(i);
    const Base base = bases[at * a_step];
    const Exponent exponent = exponents[at * b_step];
    if constexpr (std::integral<Base> && std::integral<Exponent>) {
      results[i] = integer_power(base, exponent);
    } else if constexpr (std::integral<Base>) {
      const double power =
          std::pow(static_cast<double>(base), static_cast<double>(static_cast<ArithmeticType<Exponent>>(exponent)));
      const double low = static_cast<double>(std::numeric_limits<Base>::min());
      const double high = static_cast<double>(std::numeric_limits<Base>::max());
      results[i] = power >= high ? std::numeric_limits<Base>::max()
                   : power > low ? static_cast<Base>(power)
                                 : (std::isnan(power) ? Base{0} : std::numeric_limits<Base>::min());
    } else if constexpr (std::same_as<Base, double>) {
      results[i] = std::pow(base, static_cast<double>(static_cast<ArithmeticType<Exponent>>(exponent)));
    } else {
      results[i] = static_cast<Base>(std::pow(static_cast<float>(base), static_cast<float>(exponent)));
    }
  }
}

template <typename Base>
BinaryLoop loop_for(DType exponent) {
  BinaryLoop chosen = nullptr;
  visit_numbers(exponent, [&]<typename Exponent>() { chosen = loop<Base, Exponent>; });
  return chosen;
}

Result<Kernel> prepare(PrepareContext& context) {
  const DType base = context.dtype(0);
  const DType exponent = context.dtype(1);
  if (base == DType::f32 && exponent == DType::f32) return prepare_binary(context, vector_loop<PowerF32>);
  BinaryLoop chosen = nullptr;
  switch (base) {
    case DType::f32: chosen = loop_for<float>(exponent); break;
    case DType::f64: chosen = loop_for<double>(exponent); break;
    case DType::i32: chosen = loop_for<int32_t>(exponent); break;
    case DType::i64: chosen = loop_for<int64_t>(exponent); break;
    case DType::f16: chosen = loop_for<Float16>(exponent); break;
    case DType::bf16: chosen = loop_for<BFloat16>(exponent); break;
    default: break;
  }
  if (chosen == nullptr) return fail(ErrorCode::unsupported, base, " to the power of ", exponent);
  return prepare_binary(context, chosen);
}

}  // namespace

WEDGE_OPERATOR(onnx, Pow) = {.infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
