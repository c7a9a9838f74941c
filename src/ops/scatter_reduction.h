// How ScatterElements and ScatterND combine an update with what is there.
#pragma once

#include <algorithm>
#include <cstring>

#include "ops/strided_copy.h"
#include "tensor/visit.h"

namespace wedge {

enum class ScatterReduction { none, add, mul, max, min };

/// The attribute `reduction`, checked against the type of the data.
inline Result<ScatterReduction> scatter_reduction(const NodeView& node) {
  WEDGE_ASSIGN(const auto name, node.attributes().string("reduction", "none"));
  if (name == "none") return ScatterReduction::none;
  const DType dtype = node.dtype(0);
  if (!is_float(dtype) && !is_integer(dtype) && dtype != DType::undefined) {
    return fail(ErrorCode::unsupported, "reduction '", name, "' of ", dtype);
  }
  if (name == "add") return ScatterReduction::add;
  if (name == "mul") return ScatterReduction::mul;
  if (name == "max") return ScatterReduction::max;
  if (name == "min") return ScatterReduction::min;
  return fail(ErrorCode::invalid_model, "unknown reduction '", name, "'");
}

template <typename T>
T scatter_combined(ScatterReduction reduction, T old_value, T update) {
  // Unsigned arithmetic wraps where the signed one must not overflow; the product needs at least an int's width.
  using A = ArithmeticType<T>;
  const auto old_number = static_cast<A>(old_value);
  const auto number = static_cast<A>(update);
  const auto wrapping = [&](auto combine) {
    if constexpr (std::is_integral_v<A>) {
      return static_cast<T>(combine(static_cast<uint64_t>(old_number), static_cast<uint64_t>(number)));
    } else {
      return static_cast<T>(combine(old_number, number));
    }
  };
  switch (reduction) {
    case ScatterReduction::none: break;
    case ScatterReduction::add: return wrapping([](auto a, auto b) { return a + b; });
    case ScatterReduction::mul: return wrapping([](auto a, auto b) { return a * b; });
    case ScatterReduction::max: return static_cast<T>(std::max(old_number, number));
    case ScatterReduction::min: return static_cast<T>(std::min(old_number, number));
  }
  return update;
}

/// Calls visitor.operator()<T>() with the type that elements move or combine as.
template <typename Visitor>
void visit_scattered(DType dtype, ScatterReduction reduction, Visitor visitor) {
  if (reduction == ScatterReduction::none) {
    visit_width(dtype, visitor);
  } else {
    visit_numbers(dtype, visitor);
  }
}

/// The output starts as the data, which it may have taken the memory of.
inline void copy_data(RunContext& run) {
  const auto source = run.input(0).bytes();
  if (run.output(0).data != source.data() && !source.empty()) {
    std::memcpy(run.output(0).data, source.data(), source.size());
  }
}

}  // namespace wedge
