#include "ocr/image_tensor.h"

#include "base/result.h"

namespace wedge::ocr {

Result<Tensor> to_tensor(const Image& image, const Normalisation& normalisation, size_t width) {
  WEDGE_ASSIGN(Tensor tensor,
               Tensor::zeros(DType::f32, {1, static_cast<int64_t>(Image::channels), static_cast<int64_t>(image.height),
                                          static_cast<int64_t>(width)}));
  WEDGE_ASSIGN(const auto values, tensor.mutable_view<float>());
  for (size_t c = 0; c < Image::channels; ++c) {
    const float scale = 1 / (255 * normalisation.deviation[c]);
    const float offset = normalisation.mean[c] / normalisation.deviation[c];
    for (size_t y = 0; y < image.height; ++y) {
      float* row = &values[(c * image.height + y) * width];
      for (size_t x = 0; x < image.width; ++x) {
        row[x] = static_cast<float>(image.at(x, y)[c]) * scale - offset;
      }
    }
  }
  return tensor;
}

}  // namespace wedge::ocr
