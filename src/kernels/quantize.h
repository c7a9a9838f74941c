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

/// Scale and zero point of 8-bit numbers.
struct Quantization {
  float scale = 1;
  int32_t zero = 0;
};

/// out[i] = the sum of what a[i] and b[i] stand for, in the output's numbers: to nearest, ties to even, saturated. In
/// place is allowed.
void add_quantized(const uint8_t* a, Quantization of_a, const uint8_t* b, Quantization of_b, uint8_t* out,
                   Quantization of_out, size_t n);
void add_quantized(const int8_t* a, Quantization of_a, const int8_t* b, Quantization of_b, int8_t* out,
                   Quantization of_out, size_t n);

}  // namespace wedge::kernels
