#include "onnx/tensor_data.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

#include "onnx/model.h"
#include "support/proto_writer.h"

namespace wedge::onnx {
namespace {

using test::as_bytes;
using test::TensorWriter;

Result<Tensor> convert(const std::string& bytes) {
  WEDGE_ASSIGN(const TensorProto tensor, parse_tensor(as_bytes(bytes)));
  return to_tensor(tensor, DataSource());
}

std::string error_of(const test::Proto& tensor) {
  const std::string bytes = tensor.bytes();
  const auto result = convert(bytes);
  return result ? "no error" : result.error().message();
}

/// The bytes of a tensor made from four elements (two bytes' worth for 4-bit types).
std::vector<uint8_t> elements_of(const test::Proto& tensor) {
  const std::string bytes = tensor.bytes();
  const auto result = convert(bytes);
  EXPECT_TRUE(result) << result.error().to_string();
  if (!result) return {};
  std::vector<uint8_t> elements;
  for (const std::byte byte : result->bytes()) elements.push_back(std::to_integer<uint8_t>(byte));
  return elements;
}

class EveryDType : public testing::TestWithParam<DType> {};

TEST_P(EveryDType, ComesFromRawData) {
  const DType dtype = GetParam();
  std::string raw;
  for (size_t i = 0; i < bit_width(dtype) * 4 / 8; ++i) raw += static_cast<char>(i % 2);
  // Whatever the alignment of the message, the elements are the same.
  for (size_t shift = 0; shift < 8; ++shift) {
    TensorWriter tensor(dtype, {2, 2});
    tensor.name(std::string(shift, 'n')).raw_data(raw);
    EXPECT_EQ(elements_of(tensor), std::vector<uint8_t>(raw.begin(), raw.end())) << to_string(dtype);
  }
  TensorWriter one_byte_short(dtype, {2, 2});
  one_byte_short.raw_data(raw + "x");
  EXPECT_NE(error_of(one_byte_short), "no error");
}

TEST_P(EveryDType, ComesFromTypedData) {
  const DType dtype = GetParam();
  const auto written = [dtype](const auto& write) {
    TensorWriter tensor(dtype, {2, 2});
    write(tensor);
    return tensor;
  };
  const auto expect = [&]<typename Wire, typename Stored>(uint32_t field, std::array<Stored, 4> values) {
    std::vector<uint8_t> expected(sizeof values);
    std::memcpy(expected.data(), values.data(), sizeof values);
    const std::initializer_list<Wire> wire{static_cast<Wire>(values[0]), static_cast<Wire>(values[1]),
                                           static_cast<Wire>(values[2]), static_cast<Wire>(values[3])};
    EXPECT_EQ(elements_of(written([&](auto& tensor) { tensor.packed(field, wire); })), expected);
    EXPECT_EQ(elements_of(written([&](auto& tensor) { tensor.unpacked(field, wire); })), expected);
  };
  if (dtype == DType::f32) return expect.operator()<float, float>(4, {1, -2, 0.5, 0});
  if (dtype == DType::f64) return expect.operator()<double, double>(10, {1, -2, 0.5, 0});
  if (dtype == DType::i64) return expect.operator()<int64_t, int64_t>(7, {1, -2, INT64_MAX, INT64_MIN});
  if (dtype == DType::u64) return expect.operator()<uint64_t, uint64_t>(11, {1, 2, UINT64_MAX, 0});
  if (dtype == DType::u32) return expect.operator()<uint64_t, uint32_t>(11, {1, 2, UINT32_MAX, 0});
  if (dtype == DType::i32) return expect.operator()<int32_t, int32_t>(5, {1, -2, INT32_MAX, INT32_MIN});
  if (dtype == DType::i16) return expect.operator()<int32_t, int16_t>(5, {1, -2, INT16_MAX, INT16_MIN});
  if (dtype == DType::i8) return expect.operator()<int32_t, int8_t>(5, {1, -2, 127, -128});
  if (dtype == DType::boolean) return expect.operator()<int32_t, uint8_t>(5, {1, 0, 1, 0});
  if (bit_width(dtype) == 16) return expect.operator()<int32_t, uint16_t>(5, {1, 2, 0xffff, 0x3c00});
  if (bit_width(dtype) == 8) return expect.operator()<int32_t, uint8_t>(5, {1, 2, 0xff, 0x80});
  // Sub-byte types: one int32 for every byte of packed elements.
  TensorWriter packed(dtype, {4});
  const std::vector<uint8_t> expected =
      bit_width(dtype) == 4 ? std::vector<uint8_t>{0x21, 0xf3} : std::vector<uint8_t>{0xe4};
  for (const uint8_t byte : expected) packed.unpacked(5, {int32_t{byte}});
  EXPECT_EQ(elements_of(packed), expected);
}

INSTANTIATE_TEST_SUITE_P(Tensor, EveryDType,
                         testing::Values(DType::f32, DType::u8, DType::i8, DType::u16, DType::i16, DType::i32,
                                         DType::i64, DType::boolean, DType::f16, DType::f64, DType::u32, DType::u64,
                                         DType::bf16, DType::f8e4m3fn, DType::f8e4m3fnuz, DType::f8e5m2,
                                         DType::f8e5m2fnuz, DType::u4, DType::i4, DType::f4e2m1, DType::f8e8m0,
                                         DType::u2, DType::i2),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST(TensorData, LooksAtAlignedRawDataAndCopiesTheRest) {
  alignas(8) const std::array<float, 3> values{1, 2, 3};
  const Bytes bytes = std::as_bytes(std::span(values));
  const auto owner = std::make_shared<int>(0);
  TensorProto tensor{.name = "w", .dims = {2}, .data_type = 1, .raw_data = bytes.first(8)};
  {
    const auto view = to_tensor(tensor, DataSource(owner));
    ASSERT_TRUE(view) << view.error().to_string();
    EXPECT_EQ(view->data(), bytes.data());
    EXPECT_TRUE(view->is_read_only());
    EXPECT_EQ(owner.use_count(), 2) << "the tensor keeps the model's bytes alive";
  }
  EXPECT_EQ(owner.use_count(), 1);
  tensor.raw_data = bytes.subspan(2, 8);
  const auto copy = to_tensor(tensor, DataSource(owner));
  ASSERT_TRUE(copy) << copy.error().to_string();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(copy->data()) % sizeof(float), 0U);
  EXPECT_TRUE(std::ranges::equal(copy->bytes(), tensor.raw_data));
}

TEST(TensorData, MakesTruthsOfBytes) {
  TensorWriter raw(DType::boolean, {4});
  raw.raw_data(std::string_view("\x00\x01\x02\xff", 4));
  EXPECT_EQ(elements_of(raw), (std::vector<uint8_t>{0, 1, 1, 1}));
  TensorWriter typed(DType::boolean, {3});
  typed.packed(5, {0, 256, -1});
  EXPECT_EQ(elements_of(typed), (std::vector<uint8_t>{0, 1, 1}));
}

TEST(TensorData, CopiesStrings) {
  std::string bytes = test::tensor<std::string_view>({3}, {"a", "", "long enough to be no small string"}).bytes();
  const auto result = convert(bytes);
  ASSERT_TRUE(result) << result.error().to_string();
  bytes.assign(bytes.size(), 'x');
  const auto strings = result->view<std::string_view>();
  ASSERT_TRUE(strings);
  EXPECT_EQ((*strings)[0], "a");
  EXPECT_EQ((*strings)[1], "");
  EXPECT_EQ((*strings)[2], "long enough to be no small string");
}

TEST(TensorData, EmptyAndScalar) {
  EXPECT_TRUE(elements_of(TensorWriter(DType::f32, {0, 3})).empty());
  EXPECT_TRUE(elements_of(TensorWriter(DType::string, {0})).empty());
  EXPECT_EQ(elements_of(TensorWriter(DType::u8, {}).raw_data("\x07")), std::vector<uint8_t>{7});
}

TEST(TensorData, SaysWhatDoesNotFit) {
  const auto named = [](DType dtype, std::initializer_list<int64_t> dims) {
    return TensorWriter(dtype, dims).name("w");
  };
  EXPECT_EQ(error_of(named(DType::f32, {2, 3}).raw_data("12345678")),
            "tensor 'w': 8 bytes of raw data, shape [2, 3] of float32 takes 24");
  EXPECT_EQ(error_of(named(DType::f32, {2, 3}).packed(4, {1.0F})),
            "tensor 'w': 1 values in float_data, shape [2, 3] of float32 takes 6");
  EXPECT_EQ(error_of(named(DType::i64, {2})), "tensor 'w': 0 values in int64_data, shape [2] of int64 takes 2");
  EXPECT_EQ(error_of(named(DType::string, {2}).string(6, "a")),
            "tensor 'w': 1 values in string_data, shape [2] of string takes 2");
  EXPECT_EQ(error_of(named(DType::string, {1}).raw_data("a")), "tensor 'w': strings can only be in string_data");
  EXPECT_EQ(error_of(named(DType::f32, {-1})), "tensor 'w': a dimension is negative: -1");
  EXPECT_EQ(error_of(named(static_cast<DType>(14), {1})),
            "tensor 'w': complex64 is not an element type tensors can have");
  EXPECT_EQ(error_of(named(static_cast<DType>(99), {1})),
            "tensor 'w': data type 99 is not an element type tensors can have");
  EXPECT_EQ(error_of(named(DType::f32, {1}).varint(14, 5)), "tensor 'w': data location 5 does not exist");
}

TEST(TensorData, RefusesShapesBeyondMemoryBeforeAllocating) {
  const int64_t huge = int64_t{1} << 40;
  EXPECT_NE(error_of(TensorWriter(DType::f32, {huge, huge})), "no error");
  EXPECT_NE(error_of(TensorWriter(DType::string, {huge})), "no error");
  EXPECT_NE(error_of(TensorWriter(DType::f32, {huge}).packed(4, {1.0F})), "no error");
  EXPECT_NE(error_of(TensorWriter(DType::u2, {INT64_MAX, 2})), "no error");
  EXPECT_NE(error_of(TensorWriter(DType::f32, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})), "no error");
}

RC_GTEST_PROP(TensorDataProperty, IntegersComeBack, (const std::vector<int32_t>& values)) {
  TensorWriter tensor(DType::i32, {static_cast<int64_t>(values.size())});
  tensor.packed(5, std::span<const int32_t>(values));
  const std::string bytes = tensor.bytes();
  const auto result = convert(bytes);
  RC_ASSERT(result.has_value());
  RC_ASSERT(std::ranges::equal(*result->view<int32_t>(), values));
}

}  // namespace
}  // namespace wedge::onnx
