#include "support/samples.h"

namespace wedge::testing {
namespace {

// A binary PPM of a red, a green, a blue and a white pixel.
Tensor picture() {
  const std::string_view header = "P6 2 2 255\n";
  std::vector<uint8_t> bytes(header.begin(), header.end());
  for (const int x : {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}) bytes.push_back(static_cast<uint8_t>(x));
  return tensor<uint8_t>({static_cast<int64_t>(bytes.size())}, bytes);
}

TEST(ImageDecoder, GivesPixelsInTheOrderAsked) {
  const Tensor rgb = run_single("ImageDecoder", 20, {picture()});
  EXPECT_EQ(rgb.shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(values<uint8_t>(rgb), (std::vector<uint8_t>{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}));
  const Tensor bgr = run_single("ImageDecoder", 20, {picture()}, {{"pixel_format", std::string("BGR")}});
  EXPECT_EQ(values<uint8_t>(bgr), (std::vector<uint8_t>{0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255}));
  const Tensor gray = run_single("ImageDecoder", 20, {picture()}, {{"pixel_format", std::string("Grayscale")}});
  EXPECT_EQ(gray.shape(), (Shape{2, 2, 1}));
  EXPECT_EQ(values<uint8_t>(gray), (std::vector<uint8_t>{76, 150, 29, 255}));
}

TEST(ImageDecoder, RefusesWhatIsNoPicture) {
  EXPECT_FALSE(run_node("ImageDecoder", 20, {tensor<uint8_t>({0}, {})}));
  EXPECT_FALSE(run_node("ImageDecoder", 20, {tensor<uint8_t>({3}, {1, 2, 3})}));
  EXPECT_FALSE(run_node("ImageDecoder", 20, {picture()}, {{"pixel_format", std::string("CMYK")}}));
  const auto bytes = values<uint8_t>(picture());
  const std::vector<uint8_t> half(bytes.begin(), bytes.begin() + 12);
  EXPECT_FALSE(run_node("ImageDecoder", 20, {tensor<uint8_t>({12}, half)}));
}

}  // namespace
}  // namespace wedge::testing
