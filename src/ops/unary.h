// Element-wise operators of one operand.
#pragma once

#include "kernels/elementwise.h"
#include "ops/operator.h"

namespace wedge {

/// out[i] = f(in[i]) for `count` elements; in == out is allowed.
using UnaryLoop = void (*)(const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters parameters);

/// Runs the loop over input 0 into output 0, which has as many elements.
Result<Kernel> prepare_unary(PrepareContext& context, UnaryLoop loop, kernels::UnaryParameters parameters = {});

/// A vector function over f32, and over f16 and bf16 through float; null for other types.
template <kernels::UnaryFunction function>
UnaryLoop vector_unary_loop(DType dtype);

/// 16-bit floats go through a block of floats on the stack.
template <typename T>
void half_loop(kernels::UnaryLoopF32 loop, const std::byte* in, std::byte* out, size_t count,
               kernels::UnaryParameters parameters) {
  constexpr size_t block = 256;
  float values[block];
  const auto* source = reinterpret_cast<const T*>(in);
  auto* target = reinterpret_cast<T*>(out);
  for (size_t begin = 0; begin < count; begin += block) {
    const size_t length = count - begin < block ? count - begin : block;
    for (size_t i = 0; i < length; ++i) values[i] = static_cast<float>(source[begin + i]);
    loop(values, values, length, parameters);
    for (size_t i = 0; i < length; ++i) target[begin + i] = static_cast<T>(values[i]);
  }
}

template <kernels::UnaryFunction function>
UnaryLoop vector_unary_loop(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return [](const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters parameters) {
        kernels::unary_f32_of<function>(reinterpret_cast<const float*>(in), reinterpret_cast<float*>(out), count,
                                        parameters);
      };
    case DType::f16:
      return [](const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters parameters) {
        half_loop<Float16>(kernels::unary_f32_of<function>, in, out, count, parameters);
      };
    case DType::bf16:
      return [](const std::byte* in, std::byte* out, size_t count, kernels::UnaryParameters parameters) {
        half_loop<BFloat16>(kernels::unary_f32_of<function>, in, out, count, parameters);
      };
    default: return nullptr;
  }
}

}  // namespace wedge
