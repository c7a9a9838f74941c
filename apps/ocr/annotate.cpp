#include "ocr/annotate.h"

#include <algorithm>
#include <cmath>

namespace wedge::ocr {

namespace {

constexpr std::array<uint8_t, Image::channels> red = {220, 30, 30};

void draw_dot(Image& image, Point center) {
  for (const float dy : {0.0F, 1.0F}) {
    for (const float dx : {0.0F, 1.0F}) {
      const float x = std::floor(center.x + dx - 0.5F);
      const float y = std::floor(center.y + dy - 0.5F);
      if (x < 0 || y < 0 || x >= static_cast<float>(image.width) || y >= static_cast<float>(image.height)) continue;
      std::ranges::copy(red, image.at(static_cast<size_t>(x), static_cast<size_t>(y)));
    }
  }
}

void draw_side(Image& image, Point from, Point to) {
  const float steps = std::max(1.0F, std::ceil(distance(from, to)));
  for (float step = 0; step <= steps; step += 1) {
    const float part = step / steps;
    draw_dot(image, {.x = from.x + (to.x - from.x) * part, .y = from.y + (to.y - from.y) * part});
  }
}

}  // namespace

Image annotate(Image image, std::span<const TextLine> lines) {
  for (const TextLine& line : lines) {
    for (size_t i = 0; i < line.box.size(); ++i) draw_side(image, line.box[i], line.box[(i + 1) % line.box.size()]);
  }
  return image;
}

}  // namespace wedge::ocr
