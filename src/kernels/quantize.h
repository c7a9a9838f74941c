// Between floats and 8-bit integers that have one scale and zero point for all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wedge::kernels {

struct Range {
  float low = 0;
  float high = 0;
};

/// The smallest range with zero and all elements in it; NaN is passed over.
Range range_f32(const float* in, size_t n);

/// out[i] = in[i] / scale to nearest, ties to even, plus zero, saturated; NaN becomes 0.
void quantize_f32(const float* in, float scale, int32_t zero, uint8_t* out, size_t n);
void quantize_f32(const float* in, float scale, int32_t zero, int8_t* out, size_t n);

/// out[i] = (in[i] - zero) * scale.
void dequantize_f32(const uint8_t* in, float scale, int32_t zero, float* out, size_t n);
void dequantize_f32(const int8_t* in, float scale, int32_t zero, float* out, size_t n);

}  // namespace wedge::kernels
