// From the map of a text detection model to boxes around lines of text.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ocr/geometry.h"
#include "ocr/image.h"

namespace wedge::ocr {

/// How sure the model is, pixel by pixel, that there is text.
struct TextMap {
  std::span<const float> values;
  size_t width = 0;
  size_t height = 0;

  [[nodiscard]] float at(size_t x, size_t y) const { return values[y * width + x]; }
};

/// What counts as text. The defaults are those PP-OCRv4 is published with.
struct BoxOptions {
  float pixel_threshold = 0.3F;  ///< pixels above it belong to text
  float box_threshold = 0.6F;    ///< boxes whose pixels are less sure on average are dropped
  float expansion = 2.0F;        ///< the model marks the core of a line; the box grows by area * this / perimeter
  float min_side = 3;            ///< boxes thinner than this many pixels are dropped
};

/// Boxes in the pixels of the map, in reading order.
std::vector<Quad> find_text_boxes(const TextMap& map, const BoxOptions& options);

/// Sorts boxes from top to bottom, and from left to right those that share a line.
void sort_in_reading_order(std::vector<Quad>& boxes);

/// The upright picture of what a box covers; a box much taller than wide is laid on its side.
Image crop(const Image& image, const Quad& box);

}  // namespace wedge::ocr
