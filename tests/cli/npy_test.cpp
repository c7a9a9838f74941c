#include "cli/npy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

namespace wedge::cli {
namespace {

std::string file_of(std::string_view header, std::string_view data, char version = 1) {
  std::string out = "\x93NUMPY";
  out += version;
  out += '\0';
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  if (version > 1) out += std::string(2, '\0');
  return out.append(header).append(data);
}

Result<Tensor> parse(const std::string& file) { return parse_npy(std::as_bytes(std::span(file))); }

TEST(Npy, ReadsWhatNumpyWrites) {
  const float values[] = {1, 2, 3};
  const std::string_view data(reinterpret_cast<const char*>(values), sizeof values);
  for (const char version : {'\1', '\2', '\3'}) {
    const auto tensor = parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }\n", data, version));
    ASSERT_TRUE(tensor) << tensor.error().to_string();
    EXPECT_EQ(tensor->shape(), (Shape{3, 1}));
    EXPECT_EQ(tensor->view<float>().value()[2], 3);
  }
  EXPECT_EQ(parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", data.substr(0, 4)))->rank(), 0U);
}

TEST(Npy, RefusesWhatItCannotRead) {
  EXPECT_FALSE(parse("not an array at all"));
  EXPECT_FALSE(parse(file_of("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "1234")));
  EXPECT_FALSE(parse(file_of("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234")));
  EXPECT_FALSE(parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234")));
  EXPECT_FALSE(parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "1234")));
  EXPECT_FALSE(parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "1234")));
  EXPECT_FALSE(parse(file_of("{'descr': '<f4'}", "1234")));
  EXPECT_FALSE(parse(file_of("{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", "\2")));
  EXPECT_FALSE(parse(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234", '\4')));
  EXPECT_FALSE(load_npy("no/such/file.npy"));
}

RC_GTEST_PROP(Npy, SurvivesTheRoundTrip, ()) {
  Shape shape;
  const auto rank = *rc::gen::inRange<size_t>(0, 5);
  for (size_t i = 0; i < rank; ++i) RC_ASSERT(shape.push_back(*rc::gen::inRange<int64_t>(0, 5)));
  const auto dtype = *rc::gen::element(DType::f32, DType::f64, DType::f16, DType::i8, DType::u64, DType::boolean);
  Tensor tensor = Tensor::zeros(dtype, shape).value();
  if (dtype != DType::boolean) {
    for (std::byte& byte : tensor.mutable_bytes()) byte = static_cast<std::byte>(*rc::gen::arbitrary<uint8_t>());
  }
  const std::string path = ::testing::TempDir() + "/round-trip.npy";
  RC_ASSERT(save_npy(path, tensor).has_value());
  const Tensor back = load_npy(path).value();
  RC_ASSERT(back.dtype() == dtype);
  RC_ASSERT(back.shape() == shape);
  RC_ASSERT(std::ranges::equal(back.bytes(), tensor.bytes()));
}

RC_GTEST_PROP(Npy, NoBytesCrashIt, (std::string bytes)) {
  (void)parse(bytes);
  (void)parse("\x93NUMPY" + bytes);
  (void)parse(file_of(bytes, bytes));
}

TEST(Npy, DoesNotSaveStrings) {
  EXPECT_FALSE(save_npy(::testing::TempDir() + "/words.npy", Tensor::from<std::string_view>({"a"}, {1}).value()));
}

}  // namespace
}  // namespace wedge::cli
