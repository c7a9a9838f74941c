#include "ocr/geometry.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace wedge::ocr {
namespace {

void expect_near(const Quad& quad, const Quad& expected) {
  for (size_t i = 0; i < quad.size(); ++i) {
    EXPECT_NEAR(quad[i].x, expected[i].x, 1e-3) << "corner " << i;
    EXPECT_NEAR(quad[i].y, expected[i].y, 1e-3) << "corner " << i;
  }
}

TEST(ConvexHull, DropsWhatLiesInsideOrOnAnEdge) {
  const auto hull = convex_hull({{0, 0}, {4, 0}, {4, 4}, {0, 4}, {2, 2}, {2, 0}, {0, 0}});
  EXPECT_EQ(hull.size(), 4);
}

TEST(ConvexHull, OfFewPoints) {
  EXPECT_TRUE(convex_hull({}).empty());
  EXPECT_EQ(convex_hull({{1, 2}, {1, 2}}).size(), 1);
  EXPECT_EQ(convex_hull({{0, 0}, {1, 1}, {2, 2}, {3, 3}}).size(), 2);
}

TEST(MinAreaRectangle, OfAnUprightBox) {
  expect_near(min_area_rectangle(convex_hull({{1, 2}, {6, 2}, {6, 4}, {1, 4}})), {{{1, 2}, {6, 2}, {6, 4}, {1, 4}}});
}

TEST(MinAreaRectangle, OfATurnedBoxStartsAtItsTopLeft) {
  for (const float angle : {-0.7F, -0.3F, 0.2F, 0.6F}) {
    const Point right{.x = std::cos(angle), .y = std::sin(angle)};
    const auto corner = [&](float u, float v) {
      return Point{.x = 10 + u * right.x - v * right.y, .y = 10 + u * right.y + v * right.x};
    };
    const Quad box = {corner(0, 0), corner(8, 0), corner(8, 2), corner(0, 2)};
    expect_near(min_area_rectangle(convex_hull({box.begin(), box.end()})), box);
  }
}

TEST(MinAreaRectangle, OfOnePointHasNoArea) {
  expect_near(min_area_rectangle(std::vector<Point>{{3, 4}}), {{{3, 4}, {3, 4}, {3, 4}, {3, 4}}});
}

RC_GTEST_PROP(MinAreaRectangle, CoversItsPoints, ()) {
  const auto numbers = *rc::gen::nonEmpty<std::vector<std::pair<uint8_t, uint8_t>>>();
  std::vector<Point> points;
  for (const auto [x, y] : numbers) points.push_back({.x = static_cast<float>(x), .y = static_cast<float>(y)});
  const Quad rectangle = expand(min_area_rectangle(convex_hull(points)), 0.5F);
  for (const Point point : points) RC_ASSERT(contains(rectangle, point));
}

TEST(Expand, MovesEverySide) {
  expect_near(expand({{{2, 2}, {6, 2}, {6, 4}, {2, 4}}}, 1), {{{1, 1}, {7, 1}, {7, 5}, {1, 5}}});
}

}  // namespace
}  // namespace wedge::ocr
