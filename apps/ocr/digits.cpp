#include "ocr/digits.h"

#include <algorithm>

#include "base/result.h"
#include "ocr/text_boxes.h"

namespace wedge::ocr {

namespace {

constexpr size_t side = 8;
constexpr size_t digit_count = 10;

// How dark a pixel is, from 0 to 1.
float ink(const uint8_t* pixel) {
  return 1 - static_cast<float>(pixel[0] + pixel[1] + pixel[2]) / (255 * Image::channels);
}

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// The runs of true values.
std::vector<Range> runs(const std::vector<bool>& values) {
  std::vector<Range> result;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    if (result.empty() || result.back().end != i) result.push_back({.begin = i, .end = i});
    result.back().end = i + 1;
  }
  return result;
}

// A square picture of every digit.
std::vector<Image> split_row(const Image& row) {
  float darkest = 0;
  for (size_t i = 0; i < row.pixels.size(); i += Image::channels) darkest = std::max(darkest, ink(&row.pixels[i]));
  std::vector<bool> columns(row.width);
  std::vector<bool> lines(row.height);
  for (size_t y = 0; y < row.height; ++y) {
    for (size_t x = 0; x < row.width; ++x) {
      if (darkest < 0.1F || ink(row.at(x, y)) < darkest / 5) continue;
      columns[x] = true;
      lines[y] = true;
    }
  }
  std::vector<Image> digits;
  const auto heights = runs(lines);
  if (heights.empty()) return digits;
  const auto top = static_cast<float>(heights.front().begin);
  const auto bottom = static_cast<float>(heights.back().end);
  for (const auto [begin, end] : runs(columns)) {
    const float left = (static_cast<float>(begin + end) - (bottom - top)) / 2;
    const float right = left + bottom - top;
    digits.push_back(crop(row, {{{left, top}, {right, top}, {right, bottom}, {left, bottom}}}));
  }
  return digits;
}

}  // namespace

Result<Reading> read_digits(const Session& session, const Image& row) {
  const auto digits = split_row(row);
  if (digits.empty()) return fail(ErrorCode::invalid_argument, "the picture shows no digits");
  const auto count = static_cast<int64_t>(digits.size());
  WEDGE_ASSIGN(Tensor input, Tensor::allocate(DType::f32, {count, 1, side, side}));
  WEDGE_ASSIGN(const auto values, input.mutable_view<float>());
  auto value = values.begin();
  for (const Image& digit : digits) {
    const Image small = resize(digit, side, side);
    for (size_t i = 0; i < small.pixels.size(); i += Image::channels) *value++ = ink(&small.pixels[i]);
  }
  WEDGE_ASSIGN(const Tensor output, session.run(input));
  WEDGE_ASSIGN(const auto probabilities, output.view<float>());
  if (probabilities.size() != digits.size() * digit_count) {
    return fail(ErrorCode::invalid_model, "the digits model gives ", output.shape(), ", expected [", count, ", 10]");
  }
  Reading reading;
  for (size_t i = 0; i < digits.size(); ++i) {
    const auto scores = probabilities.subspan(i * digit_count, digit_count);
    const auto best = std::ranges::max_element(scores);
    reading.text += static_cast<char>('0' + (best - scores.begin()));
    reading.score += *best / static_cast<float>(digits.size());
  }
  return reading;
}

}  // namespace wedge::ocr
