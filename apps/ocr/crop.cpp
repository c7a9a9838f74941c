#include <algorithm>
#include <cmath>

#include "ocr/text_boxes.h"

namespace wedge::ocr {

namespace {

// The colour between four pixels; outside the picture its edge goes on.
void sample(const Image& image, float x, float y, uint8_t* pixel) {
  x = std::clamp(x, 0.0F, static_cast<float>(image.width - 1));
  y = std::clamp(y, 0.0F, static_cast<float>(image.height - 1));
  const auto left = static_cast<size_t>(x);
  const auto top = static_cast<size_t>(y);
  const size_t right = std::min(left + 1, image.width - 1);
  const size_t bottom = std::min(top + 1, image.height - 1);
  const float part_x = x - static_cast<float>(left);
  const float part_y = y - static_cast<float>(top);
  for (size_t c = 0; c < Image::channels; ++c) {
    const auto between = [&](size_t row) {
      const auto a = static_cast<float>(image.at(left, row)[c]);
      const auto b = static_cast<float>(image.at(right, row)[c]);
      return a + (b - a) * part_x;
    };
    const float value = between(top) + (between(bottom) - between(top)) * part_y;
    pixel[c] = static_cast<uint8_t>(std::lround(value));
  }
}

}  // namespace

Image crop(const Image& image, const Quad& box) {
  Quad corners = box;
  // Chinese is also written downwards; the recognition model reads lines.
  if (distance(box[0], box[3]) >= 1.5F * distance(box[0], box[1])) {
    std::ranges::rotate(corners, corners.begin() + 1);
  }
  const auto side = [](Point a, Point b) { return static_cast<size_t>(std::max(1.0F, std::round(distance(a, b)))); };
  Image result(side(corners[0], corners[1]), side(corners[0], corners[3]));
  const auto [origin, right, opposite, down] = corners;
  for (size_t y = 0; y < result.height; ++y) {
    const float v = (static_cast<float>(y) + 0.5F) / static_cast<float>(result.height);
    for (size_t x = 0; x < result.width; ++x) {
      const float u = (static_cast<float>(x) + 0.5F) / static_cast<float>(result.width);
      sample(image, origin.x + u * (right.x - origin.x) + v * (down.x - origin.x) - 0.5F,
             origin.y + u * (right.y - origin.y) + v * (down.y - origin.y) - 0.5F, result.at(x, y));
    }
  }
  return result;
}

}  // namespace wedge::ocr
