// Few planes brought together so that their elements lie side by side, as the channels of an image.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wedge::kernels {

inline constexpr size_t most_interleaved = 4;

/// to[i * planes + p] = from[p * stride + i] for i < count; two to most_interleaved planes.
void interleave(const uint8_t* from, size_t stride, size_t planes, size_t count, uint8_t* to);
void interleave(const uint16_t* from, size_t stride, size_t planes, size_t count, uint16_t* to);
void interleave(const uint32_t* from, size_t stride, size_t planes, size_t count, uint32_t* to);

}  // namespace wedge::kernels
