// The methods behind channels_last.h.
#pragma once

#include "kernels/channels_last.h"

namespace wedge::kernels {

struct ConvRun {
  const Conv2d& conv;
  const float* input;
  const std::byte* packed;
  const ConvFinish& finish;
  float* output;
  std::byte* scratch;
  Workers workers;
};

size_t direct_packed_bytes(const Conv2d& conv);
/// Whether direct_unpack() gives the weights back.
bool direct_unpacks(const Conv2d& conv);
void direct_unpack(const Conv2d& conv, const std::byte* packed, float* weights);
void direct_pack(const Conv2d& conv, const float* weights, std::byte* packed, Workers workers);
size_t direct_scratch_bytes(const Conv2d& conv, Workers workers);
void direct_conv2d(const ConvRun& run);

size_t depthwise_packed_bytes(const Conv2d& conv);
void depthwise_pack(const Conv2d& conv, const float* weights, std::byte* packed);
void depthwise_conv2d(const ConvRun& run);

/// Along one axis of three taps, or both. tile: the outputs that one transformed tile gives along each: 4, or 2 of
/// both.
bool suits_winograd(const Conv2d& conv);
size_t winograd_tiles(const Conv2d& conv, size_t tile);
/// Products that one tile takes for each pair of channels.
size_t winograd_points(const Conv2d& conv, size_t tile);
size_t winograd_packed_bytes(const Conv2d& conv, size_t tile);
void winograd_pack(const Conv2d& conv, size_t tile, const float* weights, std::byte* packed, Workers workers);
size_t winograd_scratch_bytes(const Conv2d& conv, size_t tile, Workers workers);
void winograd_conv2d(const ConvRun& run, size_t tile);

}  // namespace wedge::kernels
