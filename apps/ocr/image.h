// Pictures in memory: eight bits per channel, red, green, blue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wedge/error.h"

namespace wedge::ocr {

struct Image {
  static constexpr size_t channels = 3;

  Image() = default;
  Image(size_t width, size_t height) : width(width), height(height), pixels(width * height * channels) {}

  [[nodiscard]] const uint8_t* at(size_t x, size_t y) const { return &pixels[(y * width + x) * channels]; }
  [[nodiscard]] uint8_t* at(size_t x, size_t y) { return &pixels[(y * width + x) * channels]; }

  size_t width = 0;
  size_t height = 0;
  std::vector<uint8_t> pixels;
};

/// Reads PNG, JPEG, BMP, GIF, PSD, TGA or PNM; transparent pixels lie on white. Errors: not_found, io,
/// invalid_argument for what is no picture or has more than 100 million pixels.
Result<Image> load_image(const std::string& path);

/// Error: io.
Result<> save_png(const std::string& path, const Image& image);

/// Another size: shrinking averages the area a pixel covers, growing interpolates linearly.
/// The picture and the new size must not be empty.
Image resize(const Image& image, size_t width, size_t height);

/// The picture upside down.
Image rotate_half(const Image& image);

}  // namespace wedge::ocr
