#include <algorithm>
#include <cmath>

#include "ocr/image.h"

namespace wedge::ocr {

namespace {

// The source pixels that make up one destination pixel along an axis.
struct Taps {
  size_t first = 0;
  std::vector<float> weights;
};

Taps averaging(double from, double to) {
  Taps taps{.first = static_cast<size_t>(from), .weights = {}};
  for (auto i = static_cast<double>(taps.first); i < to - 1e-6; i += 1) {
    taps.weights.push_back(static_cast<float>((std::min(i + 1, to) - std::max(i, from)) / (to - from)));
  }
  return taps;
}

Taps interpolating(double center, size_t size) {
  const double position = std::clamp(center - 0.5, 0.0, static_cast<double>(size - 1));
  const double whole = std::floor(position);
  const auto part = static_cast<float>(position - whole);
  Taps taps{.first = static_cast<size_t>(whole), .weights = {1 - part}};
  if (part > 0) taps.weights.push_back(part);
  return taps;
}

std::vector<Taps> taps_of_axis(size_t from, size_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Taps> taps;
  taps.reserve(to);
  for (size_t i = 0; i < to; ++i) {
    const auto start = static_cast<double>(i);
    taps.push_back(scale > 1 ? averaging(start * scale, std::min((start + 1) * scale, static_cast<double>(from)))
                             : interpolating((start + 0.5) * scale, from));
  }
  return taps;
}

}  // namespace

Image resize(const Image& image, size_t width, size_t height) {
  if (width == image.width && height == image.height) return image;
  const auto columns = taps_of_axis(image.width, width);
  const auto rows = taps_of_axis(image.height, height);
  const size_t row_size = width * Image::channels;
  Image result(width, height);
  std::vector<float> sum(image.width * Image::channels);
  for (size_t y = 0; y < height; ++y) {
    std::ranges::fill(sum, 0.0F);
    for (size_t tap = 0; tap < rows[y].weights.size(); ++tap) {
      const uint8_t* source = image.at(0, rows[y].first + tap);
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += rows[y].weights[tap] * static_cast<float>(source[i]);
    }
    for (size_t i = 0; i < row_size; ++i) {
      const Taps& column = columns[i / Image::channels];
      float value = 0;
      for (size_t tap = 0; tap < column.weights.size(); ++tap) {
        value += column.weights[tap] * sum[(column.first + tap) * Image::channels + i % Image::channels];
      }
      result.pixels[y * row_size + i] = static_cast<uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
    }
  }
  return result;
}

}  // namespace wedge::ocr
