#include "onnx/data_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "onnx/model.h"
#include "onnx/tensor_data.h"
#include "support/proto_writer.h"

namespace wedge::onnx {
namespace {

namespace fs = std::filesystem;
using test::as_bytes;
using test::TensorWriter;
using Entries = std::initializer_list<std::pair<std::string_view, std::string_view>>;

Result<Tensor> convert(const DataSource& source, Entries entries) {
  const std::string bytes = TensorWriter(DType::u8, {4}).name("w").external(entries).bytes();
  WEDGE_ASSIGN(const TensorProto tensor, parse_tensor(as_bytes(bytes)));
  return to_tensor(tensor, source);
}

/// A folder with a model's data in it, and a secret beside it.
class ExternalData : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(testing::TempDir()) / (std::string("wedge-external-") + test->name());
    fs::create_directories(root_ / "model" / "sub");
    write(root_ / "model" / "w.bin", "01234567");
    write(root_ / "model" / "sub" / "w.bin", "abcd");
    write(root_ / "secret.bin", "secret!!");
  }
  void TearDown() override { fs::remove_all(root_); }

  static void write(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  [[nodiscard]] DataSource source() const { return {nullptr, (root_ / "model").string()}; }
  [[nodiscard]] std::string error_of(Entries entries) const {
    const auto result = convert(source(), entries);
    return result ? "no error" : result.error().message();
  }

  fs::path root_;
};

std::string text_of(const Result<Tensor>& tensor) {
  if (!tensor) return tensor.error().to_string();
  return {reinterpret_cast<const char*>(tensor->data()), tensor->bytes().size()};
}

TEST_F(ExternalData, ReadsRangesOfFiles) {
  const DataSource files = source();
  EXPECT_EQ(text_of(convert(files, {{"location", "w.bin"}})), "0123");
  EXPECT_EQ(text_of(convert(files, {{"location", "w.bin"}, {"offset", "3"}, {"length", "4"}})), "3456");
  EXPECT_EQ(text_of(convert(files, {{"location", "sub/w.bin"}, {"checksum", "ignored"}})), "abcd");
  EXPECT_EQ(text_of(convert(files, {{"location", "./sub/w.bin"}})), "abcd");
}

TEST_F(ExternalData, MapsEachFileOnce) {
  const DataSource files = source();
  const auto first = convert(files, {{"location", "w.bin"}});
  const auto second = convert(files, {{"location", "w.bin"}, {"offset", "4"}});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->data() + 4, second->data());
}

TEST_F(ExternalData, OutlivesItsSource) {
  Result<Tensor> tensor = convert(source(), {{"location", "w.bin"}});
  EXPECT_EQ(text_of(tensor), "0123");
}

TEST_F(ExternalData, RefusesToLeaveTheFolder) {
  fs::create_symlink(root_ / "secret.bin", root_ / "model" / "link.bin");
  fs::create_directory_symlink(root_, root_ / "model" / "up");
  const std::string absolute = (root_ / "secret.bin").string();
  for (const std::string_view path :
       {std::string_view("../secret.bin"), std::string_view("sub/../../secret.bin"), std::string_view(".."),
        std::string_view(absolute), std::string_view("C:\\x"), std::string_view("..\\secret.bin"),
        std::string_view("\\\\host\\x"), std::string_view("w.bin\0x", 7), std::string_view("")}) {
    const auto result = convert(source(), {{"location", path}});
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().code(), ErrorCode::invalid_model) << path;
  }
  for (const std::string_view path : {"link.bin", "up/secret.bin", "missing.bin"}) {
    const auto result = convert(source(), {{"location", path}});
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().code(), ErrorCode::not_found) << path;
  }
}

TEST_F(ExternalData, FollowsLinksThatStayInside) {
  fs::create_symlink("w.bin", root_ / "model" / "alias.bin");
  EXPECT_EQ(text_of(convert(source(), {{"location", "alias.bin"}})), "0123");
}

TEST_F(ExternalData, RefusesRangesThatDoNotFit) {
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"offset", "5"}}),
            "tensor 'w': external data: 4 bytes at offset 5 of 'w.bin', which has 8");
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"offset", "18446744073709551615"}}),
            "tensor 'w': external data: 4 bytes at offset 18446744073709551615 of 'w.bin', which has 8");
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"offset", "18446744073709551616"}}),
            "tensor 'w': external data: offset '18446744073709551616' is not a number");
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"offset", "-1"}}),
            "tensor 'w': external data: offset '-1' is not a number");
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"offset", "1x"}}),
            "tensor 'w': external data: offset '1x' is not a number");
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"length", ""}}), "tensor 'w': external data: length '' is not a number");
  EXPECT_EQ(error_of({{"location", "w.bin"}, {"length", "5"}}),
            "tensor 'w': external data: length 5, but the tensor takes 4 bytes");
}

TEST_F(ExternalData, RefusesWhatIsNoFile) {
  EXPECT_NE(error_of({{"location", "sub"}}), "no error");
  EXPECT_NE(error_of({}), "no error");
}

TEST(DataSource, ModelsFromMemoryTakeTheFilesTheyAreGiven) {
  const std::string weights = "zyxw";
  const DataSource::Piece piece{.offset = 0, .data = {.bytes = as_bytes(weights), .owner = nullptr, .file = nullptr}};
  const DataSource given(nullptr, {}, {{"w.bin", {piece}}});
  EXPECT_EQ(text_of(convert(given, {{"location", "w.bin"}})), "zyxw");
  const auto refused = convert(given, {{"location", "other.bin"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "tensor 'w': external data: the model came from memory and 'other.bin' was not given with it");
}

}  // namespace
}  // namespace wedge::onnx
