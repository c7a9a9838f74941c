#include "ocr/ocr.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/checked.h"
#include "base/result.h"
#include "ocr/image_tensor.h"

namespace wedge::ocr {

namespace {

// ImageNet's. The models are published with blue as the first channel; they read as well or better with red first.
constexpr Normalisation detection_input{.mean = {0.485F, 0.456F, 0.406F}, .deviation = {0.229F, 0.224F, 0.225F}};
constexpr size_t detection_multiple = 32;

constexpr size_t line_height = 48;
constexpr size_t direction_width = 192;
// The model was trained on lines padded to this width; steps above it keep the number of distinct plans small.
constexpr size_t recognition_min_width = 320;
constexpr size_t recognition_multiple = 32;

size_t detection_side(size_t side, double scale) {
  const double multiples = std::round(static_cast<double>(side) * scale / detection_multiple);
  return std::max<size_t>(static_cast<size_t>(multiples), 1) * detection_multiple;
}

// The line at the height that the models take, no wider than `max_width`.
Image fit_height(const Image& line, size_t max_width) {
  const double ratio = static_cast<double>(line.width) / static_cast<double>(line.height);
  const auto width = static_cast<size_t>(std::ceil(ratio * line_height));
  return resize(line, std::clamp<size_t>(width, 1, max_width), line_height);
}

}  // namespace

TextReader::TextReader(Session detection, Session direction, Session recognition, Alphabet alphabet)
    : detection_(std::move(detection)),
      direction_(std::move(direction)),
      recognition_(std::move(recognition)),
      alphabet_(std::move(alphabet)) {}

TextReaderFiles TextReaderFiles::in(const std::string& folder) {
  return {.detection = folder + "/ch_PP-OCRv4_det_infer.onnx",
          .direction = folder + "/ch_ppocr_mobile_v2.0_cls_infer.onnx",
          .recognition = folder + "/ch_PP-OCRv4_rec_infer.onnx",
          .alphabet = folder + "/ppocr_keys_v1.txt"};
}

Result<TextReader> TextReader::load(const TextReaderFiles& files, const SessionOptions& options) {
  WEDGE_ASSIGN(auto detection, Session::load(files.detection, options));
  WEDGE_ASSIGN(auto direction, Session::load(files.direction, options));
  WEDGE_ASSIGN(auto recognition, Session::load(files.recognition, options));
  WEDGE_ASSIGN(auto alphabet, Alphabet::load(files.alphabet));
  return TextReader(std::move(detection), std::move(direction), std::move(recognition), std::move(alphabet));
}

Result<std::vector<TextLine>> TextReader::read(const Image& image, const OcrOptions& options) const {
  if (image.width == 0 || image.height == 0) return fail(ErrorCode::invalid_argument, "the picture is empty");
  WEDGE_ASSIGN(const auto boxes, detect(image, options));
  std::vector<TextLine> lines;
  for (const Quad& box : boxes) {
    Image line = crop(image, box);
    WEDGE_ASSIGN(const bool upside_down, is_upside_down(line, options.upside_down_score));
    if (upside_down) line = rotate_half(line);
    WEDGE_ASSIGN(auto reading, recognise(line));
    if (reading.text.empty() || reading.score < options.min_score) continue;
    lines.push_back({.text = std::move(reading.text), .score = reading.score, .box = box});
  }
  return lines;
}

Result<std::vector<Quad>> TextReader::detect(const Image& image, const OcrOptions& options) const {
  const size_t longest = std::max(image.width, image.height);
  const double scale = std::min(1.0, static_cast<double>(options.max_side) / static_cast<double>(longest));
  const Image scaled = resize(image, detection_side(image.width, scale), detection_side(image.height, scale));
  WEDGE_ASSIGN(const Tensor input, to_tensor(scaled, detection_input, scaled.width));
  WEDGE_ASSIGN(const Tensor output, detection_.run(input));
  WEDGE_ASSIGN(const auto values, output.view<float>());
  if (values.size() != scaled.width * scaled.height) {
    return fail(ErrorCode::invalid_model, "the detection model gives ", output.shape(), ", expected [1, 1, ",
                scaled.height, ", ", scaled.width, "]");
  }
  auto boxes = find_text_boxes({.values = values, .width = scaled.width, .height = scaled.height}, options.boxes);
  const float scale_x = static_cast<float>(image.width) / static_cast<float>(scaled.width);
  const float scale_y = static_cast<float>(image.height) / static_cast<float>(scaled.height);
  for (Quad& box : boxes) {
    for (Point& corner : box) corner = {.x = corner.x * scale_x, .y = corner.y * scale_y};
  }
  return boxes;
}

Result<bool> TextReader::is_upside_down(const Image& line, float min_score) const {
  const Image fitted = fit_height(line, direction_width);
  WEDGE_ASSIGN(const Tensor input, to_tensor(fitted, {}, direction_width));
  WEDGE_ASSIGN(const Tensor output, direction_.run(input));
  WEDGE_ASSIGN(const auto scores, output.view<float>());
  if (scores.size() != 2) {
    return fail(ErrorCode::invalid_model, "the direction model gives ", output.shape(), ", expected [1, 2]");
  }
  return scores[1] > scores[0] && scores[1] > min_score;
}

Result<Reading> TextReader::recognise(const Image& line) const {
  const Image fitted = fit_height(line, line_height * 100);
  const size_t width = std::max(recognition_min_width, round_up(fitted.width, recognition_multiple));
  WEDGE_ASSIGN(const Tensor input, to_tensor(fitted, {}, width));
  WEDGE_ASSIGN(const Tensor output, recognition_.run(input));
  WEDGE_ASSIGN(const auto probabilities, output.view<float>());
  if (output.rank() != 3 || std::cmp_not_equal(output.shape()[2], alphabet_.size())) {
    return fail(ErrorCode::invalid_model, "the recognition model gives ", output.shape(), ", but the alphabet has ",
                alphabet_.size(), " characters");
  }
  return decode_greedily(probabilities, alphabet_);
}

}  // namespace wedge::ocr
