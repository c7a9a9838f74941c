#include "ocr/geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wedge::ocr {

namespace {

Point operator-(Point a, Point b) { return {.x = a.x - b.x, .y = a.y - b.y}; }
Point operator+(Point a, Point b) { return {.x = a.x + b.x, .y = a.y + b.y}; }
Point operator*(Point a, float factor) { return {.x = a.x * factor, .y = a.y * factor}; }
float dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
float cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }

Point direction(Point from, Point to) {
  const float length = distance(from, to);
  return length > 0 ? (to - from) * (1 / length) : Point{.x = 1, .y = 0};
}

// Half of the hull: the points of a sorted range that turn one way only.
void append_chain(std::vector<Point>& hull, std::span<const Point> sorted) {
  const size_t start = hull.size();
  for (const Point point : sorted) {
    while (hull.size() >= start + 2 && cross(hull.back() - hull[hull.size() - 2], point - hull.back()) <= 0) {
      hull.pop_back();
    }
    hull.push_back(point);
  }
  hull.pop_back();
}

// A rectangle with one side along `axis` around all points, and its area.
std::pair<Quad, float> rectangle_along(Point axis, std::span<const Point> points) {
  const Point normal{.x = -axis.y, .y = axis.x};
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Point least{.x = infinity, .y = infinity};
  Point most{.x = -infinity, .y = -infinity};
  for (const Point point : points) {
    const Point turned{.x = dot(point, axis), .y = dot(point, normal)};
    least = {.x = std::min(least.x, turned.x), .y = std::min(least.y, turned.y)};
    most = {.x = std::max(most.x, turned.x), .y = std::max(most.y, turned.y)};
  }
  const Quad corners = {axis * least.x + normal * least.y, axis * most.x + normal * least.y,
                        axis * most.x + normal * most.y, axis * least.x + normal * most.y};
  return {corners, (most.x - least.x) * (most.y - least.y)};
}

// Which way the side that starts at a corner goes; of a side too short to tell, its neighbour knows.
Point side_direction(const Quad& corners, size_t first) {
  const Point corner = corners[(first + 1) % 4];
  const Point next = corners[(first + 2) % 4];
  if (distance(corners[first], corner) >= distance(corner, next)) return direction(corners[first], corner);
  const Point down = direction(corner, next);
  return {.x = down.y, .y = -down.x};
}

// Starts with the corner from which the next one lies most to the right.
Quad start_at_top_left(Quad corners) {
  size_t first = 0;
  float best = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < corners.size(); ++i) {
    const float rightward = side_direction(corners, i).x;
    if (rightward > best + 1e-4F) {
      best = rightward;
      first = i;
    }
  }
  std::ranges::rotate(corners, corners.begin() + static_cast<std::ptrdiff_t>(first));
  return corners;
}

}  // namespace

float distance(Point a, Point b) { return std::hypot(b.x - a.x, b.y - a.y); }

std::vector<Point> convex_hull(std::vector<Point> points) {
  std::ranges::sort(points, [](Point a, Point b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  points.erase(std::ranges::unique(points).begin(), points.end());
  if (points.size() < 3) return points;
  std::vector<Point> hull;
  append_chain(hull, points);
  std::ranges::reverse(points);
  append_chain(hull, points);
  return hull;
}

Quad min_area_rectangle(std::span<const Point> hull) {
  auto [best, least] = rectangle_along({.x = 1, .y = 0}, hull);
  // One side of the smallest rectangle lies along an edge of the hull.
  for (size_t i = 0; i < hull.size(); ++i) {
    const auto [corners, area] = rectangle_along(direction(hull[i], hull[(i + 1) % hull.size()]), hull);
    if (area < least) {
      least = area;
      best = corners;
    }
  }
  return start_at_top_left(best);
}

Quad expand(const Quad& rectangle, float margin) {
  const Point right = side_direction(rectangle, 0) * margin;
  const Point down = Point{.x = -right.y, .y = right.x};
  return {rectangle[0] - right - down, rectangle[1] + right - down, rectangle[2] + right + down,
          rectangle[3] - right + down};
}

bool contains(const Quad& rectangle, Point point) {
  const auto within = [&](Point from, Point to) {
    const float along = dot(point - from, to - from);
    return along >= 0 && along <= dot(to - from, to - from);
  };
  return within(rectangle[0], rectangle[1]) && within(rectangle[0], rectangle[3]);
}

}  // namespace wedge::ocr
