#include "cli/picture.h"

#include "base/result.h"
#include "ocr/image.h"

namespace wedge::cli {
namespace {

struct PictureAxes {
  size_t channels = 1;
  size_t height = 2;
  size_t width = 3;
};

constexpr PictureAxes channels_first{.channels = 1, .height = 2, .width = 3};
constexpr PictureAxes channels_last{.channels = 3, .height = 1, .width = 2};

bool is_open(const ValueInfo& input, size_t axis) { return axis >= input.dims.size() || input.dims[axis].value < 0; }

Result<PictureAxes> axes_of(const ValueInfo& input, const Shape& shape, bool free_size) {
  if (shape.rank() == 4 && input.dtype == DType::f32 && shape[0] == 1 && shape.numel() != 0) {
    const auto holds_channels = [&](size_t axis) {
      return (shape[axis] == 1 || shape[axis] == 3) && !(free_size && is_open(input, axis));
    };
    for (const PictureAxes& axes : {channels_first, channels_last}) {
      if (holds_channels(axes.channels)) return axes;
    }
  }
  return fail(ErrorCode::invalid_argument, "a picture does not fit input '", input.name, "', ", to_string(input),
              "; it needs float32 [1, channels, height, width] or [1, height, width, channels] with 1 or 3 channels");
}

Result<> check(const ChannelScale& scale, size_t channels) {
  for (const auto* numbers : {&scale.mean, &scale.deviation}) {
    if (numbers->size() != 1 && numbers->size() != channels) {
      return fail(ErrorCode::invalid_argument, "--mean and --std take one number or one for each of the ", channels,
                  " channels, got ", numbers->size());
    }
  }
  for (const float deviation : scale.deviation) {
    if (deviation == 0) return fail(ErrorCode::invalid_argument, "--std must not be 0");
  }
  return {};
}

}  // namespace

Result<Tensor> picture_tensor(const std::string& path, const ValueInfo& input, Shape shape, bool free_size,
                              const ChannelScale& scale) {
  WEDGE_ASSIGN(const PictureAxes axes, axes_of(input, shape, free_size));
  const auto channels = static_cast<size_t>(shape[axes.channels]);
  WEDGE_TRY(check(scale, channels));
  WEDGE_ASSIGN(ocr::Image image, ocr::load_image(path));
  if (free_size && is_open(input, axes.height)) shape[axes.height] = static_cast<int64_t>(image.height);
  if (free_size && is_open(input, axes.width)) shape[axes.width] = static_cast<int64_t>(image.width);
  WEDGE_ASSIGN(Tensor tensor, Tensor::zeros(DType::f32, shape));
  const auto height = static_cast<size_t>(shape[axes.height]);
  const auto width = static_cast<size_t>(shape[axes.width]);
  image = ocr::resize(image, width, height);
  WEDGE_ASSIGN(const auto out, tensor.mutable_view<float>());
  const bool planes = axes.channels == channels_first.channels;
  for (size_t c = 0; c < channels; ++c) {
    const float mean = scale.mean[scale.mean.size() == 1 ? 0 : c];
    const float deviation = scale.deviation[scale.deviation.size() == 1 ? 0 : c];
    for (size_t pixel = 0; pixel < width * height; ++pixel) {
      const uint8_t* color = &image.pixels[pixel * ocr::Image::channels];
      const int value = channels == 1 ? (color[0] + color[1] + color[2]) / 3 : color[c];
      out[planes ? c * width * height + pixel : pixel * channels + c] =
          (static_cast<float>(value) / 255.0F - mean) / deviation;
    }
  }
  return tensor;
}

}  // namespace wedge::cli
