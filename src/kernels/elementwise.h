// Functions of f32 elements over contiguous memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wedge::kernels {

enum class UnaryFunction : uint8_t {
  abs,
  affine,  // alpha * x + beta
  ceil,
  clip,  // min(max(x, alpha), beta)
  elu,   // x < 0 ? alpha * (exp(x) - 1) : x
  erf,
  exp,
  floor,
  gelu,          // x / 2 * (1 + erf(x / sqrt(2)))
  gelu_tanh,     // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  hard_sigmoid,  // clip(alpha * x + beta, 0, 1)
  hard_swish,    // x * clip(x / 6 + 0.5, 0, 1)
  leaky_relu,    // x < 0 ? alpha * x : x
  log,
  mish,  // x * tanh(log(1 + exp(x)))
  neg,
  reciprocal,
  relu,
  round,  // to nearest, ties to even
  sigmoid,
  silu,      // x * sigmoid(x)
  softplus,  // log(1 + exp(x))
  softsign,  // x / (1 + |x|)
  sqrt,
  square,
  tanh,
};

struct UnaryParameters {
  float alpha = 0.0F;
  float beta = 0.0F;
};

/// out[i] = function(in[i]). in == out is allowed, other overlap is not. NaN and infinities give what <cmath> gives.
/// An element's result does not depend on where it stands, so a span may be cut for threads anywhere.
void unary_f32(UnaryFunction function, const float* in, float* out, size_t n, UnaryParameters parameters = {});

/// The same of a function known while compiling: a program has those that it names.
template <UnaryFunction function>
void unary_f32_of(const float* in, float* out, size_t n, UnaryParameters parameters);

using UnaryLoopF32 = void (*)(const float* in, float* out, size_t n, UnaryParameters parameters);

/// maximum and minimum are NaN when either operand is; power is <cmath>'s.
enum class BinaryFunction : uint8_t { add, subtract, multiply, divide, maximum, minimum, power };

/// Which operand is one float, used for all elements.
enum class BinaryForm : uint8_t { vector_vector, vector_scalar, scalar_vector };

/// out[i] = function(a[i], b[i]), or with a[0] or b[0] as the form says. out may be a or b; other overlap is not
/// allowed, nor is out where a scalar lies. A program has the functions that it names.
template <BinaryFunction function>
void binary_f32_of(BinaryForm form, const float* a, const float* b, float* out, size_t n);

using BinaryLoopF32 = void (*)(BinaryForm form, const float* a, const float* b, float* out, size_t n);

}  // namespace wedge::kernels
