// ImageDecoder: the pixels of an encoded picture. PNG, JPEG, BMP and PNM are decoded by stb_image; JPEG 2000, TIFF and
// WebP are refused.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "ops/operator.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_FAILURE_STRINGS
// What a picture that ends early leaves open is zero.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(memory, size) std::realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace wedge {
namespace {

enum class PixelFormat : uint8_t { rgb, bgr, grayscale };

Result<PixelFormat> format_of(const NodeView& node) {
  WEDGE_ASSIGN(const auto word, node.attributes().string("pixel_format", "RGB"));
  if (word == "RGB") return PixelFormat::rgb;
  if (word == "BGR") return PixelFormat::bgr;
  if (word == "Grayscale") return PixelFormat::grayscale;
  return fail(ErrorCode::invalid_model, "attribute 'pixel_format' is '", word, "'");
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::u8}));
  WEDGE_TRY(context.expect_rank(0, 1, 1));
  WEDGE_ASSIGN(const PixelFormat format, format_of(context));
  SymbolicShape shape = SymbolicShape::of_rank(3);
  shape[2] = format == PixelFormat::grayscale ? 1 : 3;
  context.set_output(0, DType::u8, shape);
  return {};
}

void store(const stbi_uc* rgb, PixelFormat format, std::span<uint8_t> out, size_t pixel) {
  switch (format) {
    case PixelFormat::rgb: std::copy_n(rgb, 3, out.data() + 3 * pixel); break;
    case PixelFormat::bgr: std::reverse_copy(rgb, rgb + 3, out.data() + 3 * pixel); break;
    // Luma of ITU-R BT.601.
    case PixelFormat::grayscale:
      out[pixel] = static_cast<uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 0x8000U) >> 16U);
      break;
  }
}

Result<> decode(RunContext& run, PixelFormat format) {
  const auto bytes = run.input<uint8_t>(0);
  int width = 0;
  int height = 0;
  int present = 0;
  const auto size = static_cast<int>(std::min<size_t>(bytes.size(), INT32_MAX));
  if (bytes.empty() || stbi_info_from_memory(bytes.data(), size, &width, &height, &present) == 0) {
    return fail(ErrorCode::unsupported, "the ", bytes.size(), " bytes are no PNG, JPEG, BMP or PNM picture");
  }
  // stb does not look whether all pixels of a PNM are there.
  constexpr size_t smallest_header = 9;
  const size_t count = static_cast<size_t>(width) * static_cast<size_t>(height);
  if (bytes[0] == 'P' && bytes.size() < smallest_header + count * static_cast<size_t>(present)) {
    return fail(ErrorCode::invalid_argument, "the picture ends early");
  }
  // The memory limit speaks before the decoder takes its own.
  const bool gray = format == PixelFormat::grayscale;
  WEDGE_TRY(run.allocate_output(0, Shape{height, width, gray ? 1 : 3}));
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(bytes.data(), size, &width, &height, &present, 3), stbi_image_free);
  const auto out = run.output<uint8_t>(0);
  if (!pixels || count * (gray ? 1 : 3) != out.size()) {
    return fail(ErrorCode::invalid_argument, "the picture is damaged");
  }
  for (size_t i = 0; i < count; ++i) store(pixels.get() + 3 * i, format, out, i);
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const PixelFormat format, format_of(context));
  return Kernel([=](RunContext& run) { return decode(run, format); });
}

}  // namespace

WEDGE_OPERATOR(onnx, ImageDecoder) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
