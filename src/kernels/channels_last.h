// Convolution of f32 images whose channels lie side by side (N, H, W, C): every product reads its operands where they
// are, and vectors run along the channels.
#pragma once

#include <cstdint>

#include "kernels/conv.h"
#include "kernels/elementwise.h"

namespace wedge::kernels {

/// What becomes of each sum: scale * activation(clamp(sum + bias + residual)) + shift.
struct ConvFinish {
  const float* bias = nullptr;      ///< one per output channel, or null
  const float* residual = nullptr;  ///< as large as the output, which it may be; or null
  Clamp clamp;
  UnaryLoopF32 activation = nullptr;  ///< none when null
  UnaryParameters parameters;
  float scale = 1;
  float shift = 0;

  [[nodiscard]] bool is_scaled() const { return scale != 1 || shift != 0; }
  /// Whether activate() does anything.
  [[nodiscard]] bool activates() const { return activation != nullptr || is_scaled(); }
};

/// What is done after the clamp, to `count` floats in place.
inline void activate(const ConvFinish& finish, float* values, size_t count) {
  if (finish.activation != nullptr) finish.activation(values, values, count, finish.parameters);
  if (finish.is_scaled()) unary_f32_of<UnaryFunction::affine>(values, values, count, {finish.scale, finish.shift});
}

/// The clamp, and what is done after it.
inline void clamp_and_activate(const ConvFinish& finish, float* values, size_t count) {
  if (finish.clamp.active()) {
    unary_f32_of<UnaryFunction::clip>(values, values, count, {finish.clamp.low, finish.clamp.high});
  }
  activate(finish, values, count);
}

enum class ConvMethod : uint8_t {
  direct,      ///< a sum over the taps of the kernel, each a matrix product with pixels read in place
  depthwise,   ///< every output channel sees one input channel of its own
  winograd_2,  ///< F(2x2, 3x3): 2.25 times fewer multiplications
  /// F(4x4, 3x3): 4 times fewer; rounding errors about ten times those of `direct`. F(4, 3) along the one axis of
  /// kernels that are 1x3 or 3x1: 2 times fewer.
  winograd_4,
};

/// The method expected to take the least time, Winograd's only where it is allowed.
ConvMethod choose_conv_method(const Conv2d& conv, bool allow_winograd);

/// Weights M, C/groups, KH, KW, at any alignment, packed once per method. `packed` is 64-byte aligned.
size_t channels_last_packed_bytes(const Conv2d& conv, ConvMethod method);
void channels_last_pack(const Conv2d& conv, ConvMethod method, const float* weights, std::byte* packed,
                        Workers workers = Workers());

/// Whether what channels_last_pack() made can be turned into the weights again.
bool channels_last_unpacks(const Conv2d& conv, ConvMethod method);
void channels_last_unpack(const Conv2d& conv, const std::byte* packed, float* weights);

size_t channels_last_scratch_bytes(const Conv2d& conv, ConvMethod method, Workers workers);

/// Input N,H,W,C; output N,OH,OW,M; dense. The output overlaps nothing but the residual. `scratch` is 64-byte aligned
/// and used by this call alone. The result does not depend on the number of workers.
void channels_last_conv2d(const Conv2d& conv, ConvMethod method, const float* input, const std::byte* packed,
                          const ConvFinish& finish, float* output, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
