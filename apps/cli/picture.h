// Pictures as feeds.
#pragma once

#include <string>
#include <vector>

#include "wedge/session.h"

namespace wedge::cli {

/// What a model expects of a channel: (value / 255 - mean) / deviation. One number for all channels or one for each.
struct ChannelScale {
  std::vector<float> mean = {0};
  std::vector<float> deviation = {1};
};

/// A picture as float32 [1, channels, height, width] or [1, height, width, channels], with one or three channels.
/// It is scaled to `shape`; where `free_size` is set, what the input leaves open takes the picture's own size.
/// Errors: invalid_argument when the input or the scale does not fit; those of reading the picture.
Result<Tensor> picture_tensor(const std::string& path, const ValueInfo& input, Shape shape, bool free_size,
                              const ChannelScale& scale);

}  // namespace wedge::cli
