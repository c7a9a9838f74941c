#include "ocr/image.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "ocr/text_boxes.h"

namespace wedge::ocr {
namespace {

// Every pixel grey, its value from a function of x and y.
template <typename Value>
Image grey(size_t width, size_t height, Value value) {
  Image image(width, height);
  for (size_t y = 0; y < height; ++y) {
    for (size_t x = 0; x < width; ++x) std::fill_n(image.at(x, y), Image::channels, static_cast<uint8_t>(value(x, y)));
  }
  return image;
}

std::string temporary(const std::string& name) { return (std::filesystem::path(testing::TempDir()) / name).string(); }

TEST(LoadImage, ReadsWhatSavePngWrote) {
  const Image image = grey(7, 5, [](size_t x, size_t y) { return 10 * x + y; });
  const std::string path = temporary("wedge-image.png");
  ASSERT_TRUE(save_png(path, image));
  const auto loaded = load_image(path);
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  EXPECT_EQ(loaded->width, 7);
  EXPECT_EQ(loaded->pixels, image.pixels);
  std::filesystem::remove(path);
}

TEST(LoadImage, SaysWhatIsWrong) {
  const auto missing = load_image("/no/such/picture.png");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);

  const std::string path = temporary("wedge-not-a-picture.png");
  std::ofstream(path) << "hello";
  const auto text = load_image(path);
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message().find("is not a picture"), std::string::npos);
  std::filesystem::remove(path);
}

TEST(SavePng, SaysWhereItCannotWrite) {
  const auto saved = save_png("/no/such/folder/picture.png", Image(1, 1));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code(), ErrorCode::io);
}

TEST(Resize, ShrinkingAverages) {
  const Image image = grey(4, 2, [](size_t x, size_t) { return x < 2 ? 0 : 100; });
  const Image small = resize(image, 2, 1);
  EXPECT_EQ(small.at(0, 0)[0], 0);
  EXPECT_EQ(small.at(1, 0)[0], 100);
  EXPECT_EQ(resize(image, 1, 1).at(0, 0)[1], 50);
  EXPECT_EQ(resize(image, 3, 2).at(1, 0)[2], 50);
}

TEST(Resize, GrowingInterpolates) {
  const Image image = grey(2, 1, [](size_t x, size_t) { return x * 100; });
  const Image large = resize(image, 4, 3);
  EXPECT_EQ(large.at(0, 2)[0], 0);
  EXPECT_EQ(large.at(1, 1)[0], 25);
  EXPECT_EQ(large.at(2, 1)[0], 75);
  EXPECT_EQ(large.at(3, 0)[0], 100);
}

TEST(RotateHalf, TwiceIsNothing) {
  const Image image = grey(3, 4, [](size_t x, size_t y) { return 50 * x + y; });
  EXPECT_EQ(rotate_half(image).at(2, 3)[0], image.at(0, 0)[0]);
  EXPECT_EQ(rotate_half(rotate_half(image)).pixels, image.pixels);
}

TEST(Crop, OfAnUprightBoxCopies) {
  const Image image = grey(6, 6, [](size_t x, size_t y) { return 10 * y + x; });
  const Image part = crop(image, {{{1, 2}, {5, 2}, {5, 4}, {1, 4}}});
  ASSERT_EQ(part.width, 4);
  ASSERT_EQ(part.height, 2);
  EXPECT_EQ(part.at(0, 0)[0], 21);
  EXPECT_EQ(part.at(3, 1)[0], 34);
}

TEST(Crop, LaysATallBoxOnItsSide) {
  const Image image = grey(6, 6, [](size_t x, size_t y) { return 10 * y + x; });
  const Image part = crop(image, {{{1, 0}, {2, 0}, {2, 4}, {1, 4}}});
  ASSERT_EQ(part.width, 4);
  ASSERT_EQ(part.height, 1);
  EXPECT_EQ(part.at(0, 0)[0], 1);
  EXPECT_EQ(part.at(3, 0)[0], 31);
}

}  // namespace
}  // namespace wedge::ocr
