// Points, hulls and rectangles that may stand at an angle.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace wedge::ocr {

struct Point {
  float x = 0;
  float y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

/// Four corners, clockwise on the screen; of text: top left, top right, bottom right, bottom left.
using Quad = std::array<Point, 4>;

float distance(Point a, Point b);

/// The corners of the convex hull in order around it; all points when they are fewer than three.
std::vector<Point> convex_hull(std::vector<Point> points);

/// The rectangle of least area around the points of a convex hull, its first corner the top left one.
/// The hull must not be empty.
Quad min_area_rectangle(std::span<const Point> hull);

/// The rectangle with every side moved outwards by `margin`.
Quad expand(const Quad& rectangle, float margin);

/// Whether a rectangle covers a point; its edges count.
bool contains(const Quad& rectangle, Point point);

}  // namespace wedge::ocr
