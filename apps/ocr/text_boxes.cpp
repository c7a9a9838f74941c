#include "ocr/text_boxes.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace wedge::ocr {

namespace {

Point middle_of_pixel(size_t x, size_t y) {
  return {.x = static_cast<float>(x) + 0.5F, .y = static_cast<float>(y) + 0.5F};
}

// The middles of the pixels above the threshold that hang together with a first one, corners included; takes them out
// of `text`.
std::vector<Point> take_component(std::vector<bool>& text, size_t width, size_t first) {
  const size_t height = text.size() / width;
  std::vector<size_t> reached = {first};
  text[first] = false;
  for (size_t next = 0; next < reached.size(); ++next) {
    const size_t x = reached[next] % width;
    const size_t y = reached[next] / width;
    for (size_t near_y = y - std::min<size_t>(y, 1); near_y <= std::min(y + 1, height - 1); ++near_y) {
      for (size_t near_x = x - std::min<size_t>(x, 1); near_x <= std::min(x + 1, width - 1); ++near_x) {
        const size_t neighbour = near_y * width + near_x;
        if (!text[neighbour]) continue;
        text[neighbour] = false;
        reached.push_back(neighbour);
      }
    }
  }
  std::vector<Point> points;
  points.reserve(reached.size());
  for (const size_t pixel : reached) {
    points.push_back(middle_of_pixel(pixel % width, pixel / width));
  }
  return points;
}

float mean_inside(const TextMap& map, const Quad& box) {
  const auto [left, right] = std::ranges::minmax(box, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(box, {}, &Point::y);
  const auto index = [](float value, size_t size) {
    return static_cast<size_t>(std::clamp(value, 0.0F, static_cast<float>(size - 1)));
  };
  double sum = 0;
  size_t count = 0;
  for (size_t y = index(std::floor(top.y), map.height); y <= index(std::ceil(bottom.y), map.height); ++y) {
    for (size_t x = index(std::floor(left.x), map.width); x <= index(std::ceil(right.x), map.width); ++x) {
      if (!contains(box, middle_of_pixel(x, y))) continue;
      sum += static_cast<double>(map.at(x, y));
      ++count;
    }
  }
  return count == 0 ? 0 : static_cast<float>(sum / static_cast<double>(count));
}

std::optional<Quad> box_around(const std::vector<Point>& component, const TextMap& map, const BoxOptions& options) {
  const auto hull = convex_hull(component);
  const Quad box = min_area_rectangle(hull);
  const float width = distance(box[0], box[1]);
  const float height = distance(box[0], box[3]);
  if (std::min(width, height) < options.min_side) return std::nullopt;
  if (mean_inside(map, box) < options.box_threshold) return std::nullopt;
  return expand(box, width * height * options.expansion / (2 * (width + height)));
}

float middle(const Quad& box) { return (box[0].y + box[2].y) / 2; }

}  // namespace

std::vector<Quad> find_text_boxes(const TextMap& map, const BoxOptions& options) {
  std::vector<bool> text(map.values.size());
  for (size_t i = 0; i < text.size(); ++i) text[i] = map.values[i] > options.pixel_threshold;
  std::vector<Quad> boxes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!text[i]) continue;
    const auto box = box_around(take_component(text, map.width, i), map, options);
    if (box) boxes.push_back(*box);
  }
  sort_in_reading_order(boxes);
  return boxes;
}

void sort_in_reading_order(std::vector<Quad>& boxes) {
  std::ranges::sort(boxes, {}, middle);
  const auto left = [](const Quad& box) { return box[0].x; };
  for (auto first = boxes.begin(); first != boxes.end();) {
    // A line goes on while the middle of the next box is no lower than half of the first one's height.
    const float reach = middle(*first) + distance((*first)[0], (*first)[3]) / 2;
    const auto last = std::find_if(first, boxes.end(), [&](const Quad& box) { return middle(box) > reach; });
    std::ranges::sort(first, last, {}, left);
    first = last;
  }
}

}  // namespace wedge::ocr
