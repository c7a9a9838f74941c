// Pictures as the input of a network.
#pragma once

#include <array>

#include "ocr/image.h"
#include "wedge/tensor.h"

namespace wedge::ocr {

/// What a network expects of a channel: (value / 255 - mean) / deviation.
struct Normalisation {
  std::array<float, Image::channels> mean = {0.5F, 0.5F, 0.5F};
  std::array<float, Image::channels> deviation = {0.5F, 0.5F, 0.5F};
};

/// A picture as [1, 3, height, width]; columns from the picture's width up to `width` are zero.
Result<Tensor> to_tensor(const Image& image, const Normalisation& normalisation, size_t width);

}  // namespace wedge::ocr
