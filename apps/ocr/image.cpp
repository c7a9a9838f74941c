#include "ocr/image.h"

#include <algorithm>
#include <climits>
#include <memory>

#include "base/platform.h"
#include "base/result.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace wedge::ocr {

namespace {

constexpr int64_t max_pixels = 100'000'000;

}  // namespace

Result<Image> load_image(const std::string& path) {
  WEDGE_ASSIGN(const auto file, platform::FileBytes::open(path));
  const auto* data = reinterpret_cast<const stbi_uc*>(file->bytes().data());
  if (file->bytes().size() > INT_MAX) return fail(ErrorCode::invalid_argument, "'", path, "' is too large a picture");
  const int size = static_cast<int>(file->bytes().size());
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(data, size, &width, &height, &channels) == 0) {
    return fail(ErrorCode::invalid_argument, "'", path, "' is not a picture: ", stbi_failure_reason());
  }
  if (int64_t{width} * height > max_pixels) {
    return fail(ErrorCode::invalid_argument, "'", path, "' has ", width, " x ", height, " pixels; the limit is ",
                max_pixels);
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(data, size, &width, &height, &channels, STBI_rgb_alpha), stbi_image_free);
  if (!pixels) return fail(ErrorCode::invalid_argument, "'", path, "' is damaged: ", stbi_failure_reason());

  Image image(static_cast<size_t>(width), static_cast<size_t>(height));
  const stbi_uc* source = pixels.get();
  for (size_t i = 0; i < image.pixels.size(); i += Image::channels, source += 4) {
    const int alpha = source[3];
    for (size_t c = 0; c < Image::channels; ++c) {
      image.pixels[i + c] = static_cast<uint8_t>((source[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return image;
}

Result<> save_png(const std::string& path, const Image& image) {
  const int width = static_cast<int>(image.width);
  const int channels = static_cast<int>(Image::channels);
  if (stbi_write_png(path.c_str(), width, static_cast<int>(image.height), channels, image.pixels.data(),
                     width * channels) == 0) {
    return fail(ErrorCode::io, "cannot write '", path, "'");
  }
  return {};
}

Image rotate_half(const Image& image) {
  Image result(image.width, image.height);
  for (size_t y = 0; y < image.height; ++y) {
    for (size_t x = 0; x < image.width; ++x) {
      std::copy_n(image.at(x, y), Image::channels, result.at(image.width - 1 - x, image.height - 1 - y));
    }
  }
  return result;
}

}  // namespace wedge::ocr
