// What `wedge run --input` makes of files, numbers and pictures.
#include <gtest/gtest.h>

#include "cli/wedge_program.h"

namespace wedge::cli {
namespace {

using test::GraphWriter;

// A model that gives back what it is fed. Tests run side by side, so each has a file of its own.
std::string identity(const std::string& file, DType dtype, std::initializer_list<test::Dim> dims) {
  GraphWriter graph("identity");
  graph.input("x", dtype, dims).node("Identity", {"x"}, {"y"}).output("y", dtype, dims);
  return saved_bytes(file, test::model(graph, 17));
}

std::string last_line(const std::string& output) {
  const size_t end = output.find_last_not_of(" \n");
  const size_t start = output.rfind('\n', end);
  return output.substr(start + 1, end - start);
}

TEST(Feeds, NumbersAreExact) {
  const std::string big = identity("exact-i64.onnx", DType::i64, {1});
  EXPECT_EQ(last_line(wedge_program("run " + big + " -i x=9007199254740993").output), "  9007199254740993");
  const std::string biggest = identity("exact-u64.onnx", DType::u64, {1});
  EXPECT_EQ(last_line(wedge_program("run " + biggest + " -i x=18446744073709551615").output), "  18446744073709551615");
  const std::string small = identity("exact-u8.onnx", DType::u8, {1});
  for (const char* number : {"256", "-1", "1.5", "nan", "1e30"}) {
    const auto run = wedge_program("run " + small + " -i x=" + number);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.output, std::string("wedge: input 'x' is uint8, which ") + number + " is not\n");
  }
}

TEST(Feeds, RawBytesAreNotTrusted) {
  const std::string words = saved_bytes("words.bin", std::string(16, 'A'));
  const auto strings = wedge_program("run " + identity("raw-string.onnx", DType::string, {1}) + " -i x=" + words);
  EXPECT_EQ(strings.output, "wedge: " + words + ": strings cannot be read from raw elements\n");
  const std::string flags = saved_bytes("flags.bin", std::string("\0\1\2\1", 4));
  const auto bools = wedge_program("run " + identity("raw-bool.onnx", DType::boolean, {4}) + " -i x=" + flags);
  EXPECT_EQ(bools.output, "wedge: " + flags + ": the elements of a bool tensor must be 0 or 1\n");
  const auto size = wedge_program("run " + identity("raw-size.onnx", DType::f32, {4}) + " -i x=" + flags);
  EXPECT_EQ(size.output, "wedge: " + flags + ": a float32 tensor of shape [4] takes 16 bytes, got 4\n");
}

TEST(Feeds, NamesAndFilesMayHoldEqualsSigns) {
  const std::string file = saved_bytes("a=b.bin", std::string(8, '\0'));
  const auto run = wedge_program("run " + identity("equals.onnx", DType::f32, {2}) + " -i x=" + file);
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST(Feeds, PicturesTakeTheOrderThatTheInputDeclares) {
  const std::string picture = " -i x=" + model("digits.png");
  // The picture is 780 wide and 96 high.
  const auto planes = wedge_program("run " + identity("planes.onnx", DType::f32, {"n", 3, "h", "w"}) + picture);
  EXPECT_TRUE(planes.output.starts_with("y: float32 [1, 3, 96, 780]\n")) << planes.output;
  const auto pixels = wedge_program("run " + identity("pixels.onnx", DType::f32, {1, "h", "w", 3}) + picture);
  EXPECT_TRUE(pixels.output.starts_with("y: float32 [1, 96, 780, 3]\n")) << pixels.output;
  const auto neither = wedge_program("run " + identity("neither.onnx", DType::f32, {1, 5, 8, 8}) + picture);
  EXPECT_EQ(neither.exit_code, 1);
  EXPECT_TRUE(neither.output.starts_with("wedge: a picture does not fit input 'x', float32 [1, 5, 8, 8]"))
      << neither.output;
}

TEST(Feeds, PicturesAreScaledByMeanAndDeviation) {
  const std::string run = "run " + identity("scaled.onnx", DType::f32, {1, 1, 1, 1}) + " -i x=" + model("digits.png");
  const double plain = std::stod(last_line(wedge_program(run).output));
  EXPECT_GT(plain, 0);
  EXPECT_LT(plain, 1);
  EXPECT_NEAR(std::stod(last_line(wedge_program(run + " --mean 0.5 --std 0.25").output)), (plain - 0.5) / 0.25, 1e-5);
  EXPECT_EQ(wedge_program(run + " --std 0").output, "wedge: --std must not be 0\n");
  EXPECT_EQ(wedge_program(run + " --mean 1,2,3").exit_code, 1);
}

TEST(Feeds, NotANumberIsCountedApart) {
  const auto run = wedge_program("run " + identity("nan.onnx", DType::f32, {3}) + " -i x=nan");
  EXPECT_NE(run.output.find("3 of 3 elements are NaN"), std::string::npos) << run.output;
}

}  // namespace
}  // namespace wedge::cli
