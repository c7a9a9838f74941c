#include "ocr/text_boxes.h"

#include <gtest/gtest.h>

namespace wedge::ocr {
namespace {

class Map {
 public:
  Map(size_t width, size_t height) : width_(width), values_(width * height) {}
  void fill(size_t left, size_t top, size_t right, size_t bottom, float value) {
    for (size_t y = top; y < bottom; ++y) {
      for (size_t x = left; x < right; ++x) values_[y * width_ + x] = value;
    }
  }
  [[nodiscard]] TextMap view() const { return {.values = values_, .width = width_, .height = values_.size() / width_}; }

 private:
  size_t width_;
  std::vector<float> values_;
};

TEST(FindTextBoxes, OneLine) {
  Map map(64, 32);
  map.fill(10, 8, 51, 19, 0.9F);
  const auto boxes = find_text_boxes(map.view(), {.expansion = 0});
  ASSERT_EQ(boxes.size(), 1);
  EXPECT_NEAR(boxes[0][0].x, 10.5, 1e-3);
  EXPECT_NEAR(boxes[0][0].y, 8.5, 1e-3);
  EXPECT_NEAR(boxes[0][2].x, 50.5, 1e-3);
  EXPECT_NEAR(boxes[0][2].y, 18.5, 1e-3);
}

TEST(FindTextBoxes, GrowByAreaOverPerimeter) {
  Map map(64, 32);
  map.fill(10, 8, 51, 19, 0.9F);
  const auto boxes = find_text_boxes(map.view(), {.expansion = 1});
  ASSERT_EQ(boxes.size(), 1);
  EXPECT_NEAR(boxes[0][0].x, 10.5 - 4, 1e-3);
  EXPECT_NEAR(boxes[0][2].y, 18.5 + 4, 1e-3);
}

TEST(FindTextBoxes, DropsWhatIsThinOrUnsure) {
  Map map(64, 64);
  map.fill(4, 4, 60, 6, 0.9F);
  map.fill(4, 20, 60, 40, 0.5F);
  map.fill(4, 50, 60, 60, 0.2F);
  EXPECT_TRUE(find_text_boxes(map.view(), {}).empty());
}

TEST(FindTextBoxes, ReachesTheEdges) {
  Map map(16, 16);
  map.fill(0, 0, 16, 16, 1);
  EXPECT_EQ(find_text_boxes(map.view(), {}).size(), 1);
}

TEST(SortInReadingOrder, LinesFromTopThenFromLeft) {
  const auto box = [](float x, float y) { return Quad{{{x, y}, {x + 20, y}, {x + 20, y + 10}, {x, y + 10}}}; };
  std::vector<Quad> boxes = {box(60, 3), box(10, 40), box(5, 0), box(30, 38)};
  sort_in_reading_order(boxes);
  EXPECT_EQ(boxes, (std::vector<Quad>{box(5, 0), box(60, 3), box(10, 40), box(30, 38)}));
}

}  // namespace
}  // namespace wedge::ocr
