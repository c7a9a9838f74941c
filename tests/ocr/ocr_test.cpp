// Reads the pictures of the repository. Skips where scripts/fetch_models.sh has not been run.
#include "ocr/ocr.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ocr/annotate.h"
#include "ocr/digits.h"

namespace wedge::ocr {
namespace {

const std::string source = WEDGE_SOURCE_DIR;

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string models_folder() {
  if (const char* cache = std::getenv("WEDGE_CACHE")) return std::string(cache) + "/models";
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.cache/wedge/models";
}

std::string joined(const std::vector<TextLine>& lines) {
  std::string text;
  for (const TextLine& line : lines) text += line.text + "\n";
  return text;
}

class ReadText : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(models_folder())) GTEST_SKIP() << "no OCR models in " << models_folder();
  }
};

TEST_F(ReadText, SaysWhatTheNoticeSays) {
  const auto reader = TextReader::load(TextReaderFiles::in(models_folder()));
  ASSERT_TRUE(reader) << reader.error().to_string();
  const auto image = load_image(source + "/demos/ocr/notice.png");
  ASSERT_TRUE(image) << image.error().to_string();
  const auto lines = reader->read(*image);
  ASSERT_TRUE(lines) << lines.error().to_string();
  EXPECT_EQ(joined(*lines), contents(source + "/demos/ocr/notice.txt"));
  for (const TextLine& line : *lines) EXPECT_GT(line.score, 0.9F) << line.text;
  EXPECT_NE(annotate(*image, *lines).pixels, image->pixels);
}

TEST_F(ReadText, TurnsLinesThatStandOnTheirHead) {
  const auto reader = TextReader::load(TextReaderFiles::in(models_folder()));
  ASSERT_TRUE(reader) << reader.error().to_string();
  const auto image = load_image(source + "/demos/ocr/notice.png");
  ASSERT_TRUE(image) << image.error().to_string();
  const auto lines = reader->read(rotate_half(*image));
  ASSERT_TRUE(lines) << lines.error().to_string();
  EXPECT_NE(joined(*lines).find("Monday to Friday"), std::string::npos) << joined(*lines);
}

TEST_F(ReadText, FindsNothingOnBlankPaper) {
  const auto reader = TextReader::load(TextReaderFiles::in(models_folder()));
  ASSERT_TRUE(reader) << reader.error().to_string();
  Image blank(50, 40);
  std::ranges::fill(blank.pixels, uint8_t{255});
  const auto lines = reader->read(blank);
  ASSERT_TRUE(lines) << lines.error().to_string();
  EXPECT_TRUE(lines->empty());
  EXPECT_FALSE(reader->read(Image()));
}

TEST(ReadDigits, SaysWhatTheRowSays) {
  const auto session = Session::load(source + "/models/digits.onnx");
  ASSERT_TRUE(session) << session.error().to_string();
  const auto image = load_image(source + "/models/digits.png");
  ASSERT_TRUE(image) << image.error().to_string();
  const auto reading = read_digits(*session, *image);
  ASSERT_TRUE(reading) << reading.error().to_string();
  EXPECT_EQ(reading->text + "\n", contents(source + "/models/digits.txt"));
  EXPECT_GT(reading->score, 0.8F);
}

TEST(ReadDigits, RefusesBlankPaper) {
  const auto session = Session::load(source + "/models/digits.onnx");
  ASSERT_TRUE(session) << session.error().to_string();
  Image blank(50, 40);
  std::ranges::fill(blank.pixels, uint8_t{255});
  const auto reading = read_digits(*session, blank);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().message(), "the picture shows no digits");
}

}  // namespace
}  // namespace wedge::ocr
