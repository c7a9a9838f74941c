// Element-wise operators of two broadcast operands. Each brings an inner loop per type; the walk around it is shared.
#pragma once

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {

/// out[i] = f(a[i * a_step], b[i * b_step]); steps are 0 or 1. out may be a or b where that one's step is 1.
using BinaryLoop = void (*)(const std::byte* a, int64_t a_step, const std::byte* b, int64_t b_step, std::byte* out,
                            size_t count);

/// Elements of work below which a step is not worth splitting among threads.
inline constexpr size_t elementwise_grain = size_t{8} << 10U;

/// The loop that applies Function::apply(T, T) → R to each pair.
template <typename Function, typename T, typename R = T>
void binary_loop(const std::byte* a, int64_t a_step, const std::byte* b, int64_t b_step, std::byte* out, size_t count) {
  using Compute = ArithmeticType<T>;
  const auto* left = reinterpret_cast<const T*>(a);
  const auto* right = reinterpret_cast<const T*>(b);
  auto* result = reinterpret_cast<R*>(out);
  for (size_t i = 0; i < count; ++i) {
    const auto at = static_cast<int64_t>(i);
    result[i] = static_cast<R>(
        Function::apply(static_cast<Compute>(left[at * a_step]), static_cast<Compute>(right[at * b_step])));
  }
}

/// Runs the loop over inputs 0 and 1, which have the widths given, into output 0.
Result<Kernel> prepare_binary(PrepareContext& context, BinaryLoop loop);
/// The same with another shape for input 1, of as many elements.
Result<Kernel> prepare_binary(PrepareContext& context, BinaryLoop loop, const Shape& second);

/// Output 0 has the common type of inputs 0 and 1 and their broadcast shape.
Result<> infer_same_type_binary(InferContext& context);
/// As above, the output being bool.
Result<> infer_comparison(InferContext& context);

}  // namespace wedge
