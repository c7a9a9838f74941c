#include "onnx/wire.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "support/proto_writer.h"

namespace wedge::onnx {
namespace {

using test::as_bytes;
using test::Proto;

Result<Field> first_field(std::string_view bytes) { return WireReader("Message", as_bytes(bytes)).next(); }

std::string error_of(std::string_view bytes) {
  const auto field = first_field(bytes);
  return field ? "no error" : field.error().message();
}

TEST(Wire, ReadsEveryType) {
  Proto proto;
  proto.varint(1, 300).fixed(2, 1.5F).fixed(3, 2.5).string(4, "text").varint(5, -1);
  int64_t integer = 0;
  int32_t narrow = 0;
  float single = 0;
  double wide = 0;
  std::string_view text;
  const auto read_all = for_each_field("Message", as_bytes(proto.bytes()), [&](const Field& field) -> Result<> {
    switch (field.number) {
      case 1: return read(field, integer);
      case 2: return read(field, single);
      case 3: return read(field, wide);
      case 4: return read(field, text);
      default: return read(field, narrow);
    }
  });
  ASSERT_TRUE(read_all) << read_all.error().to_string();
  EXPECT_EQ(integer, 300);
  EXPECT_EQ(single, 1.5F);
  EXPECT_EQ(wide, 2.5);
  EXPECT_EQ(text, "text");
  EXPECT_EQ(narrow, -1);
}

TEST(Wire, RepeatedNumbersArePackedOrNot) {
  Proto proto;
  proto.packed(1, {int64_t{1}, int64_t{-2}}).unpacked(1, {int64_t{3}}).packed(2, {0.5F, 1.5F}).unpacked(2, {2.5F});
  std::vector<int64_t> integers;
  std::vector<float> floats;
  size_t count = 0;
  ASSERT_TRUE(for_each_field("Message", as_bytes(proto.bytes()), [&](const Field& field) -> Result<> {
    if (field.number == 2) return append(field, floats);
    count += count_numbers<int64_t>(field).value();
    return append(field, integers);
  }));
  EXPECT_EQ(integers, (std::vector<int64_t>{1, -2, 3}));
  EXPECT_EQ(floats, (std::vector<float>{0.5F, 1.5F, 2.5F}));
  EXPECT_EQ(count, 3U);
}

TEST(Wire, RefusesWhatIsNoMessage) {
  EXPECT_EQ(error_of("\x08"), "Message: the bytes end inside an integer");
  EXPECT_EQ(error_of("\x08\xff"), "Message: the bytes end inside an integer");
  EXPECT_EQ(error_of(std::string("\x00\x01", 2)), "Message: 0 is no field number");
  EXPECT_EQ(error_of("\x0a\x05"
                     "abc"),
            "Message field 1: 5 bytes expected, 3 left");
  EXPECT_EQ(error_of("\x0d\x01\x02"), "Message: 4 bytes expected, 2 left");
  EXPECT_EQ(error_of("\x0b"), "Message field 1: wire type 3 (a group) does not occur in ONNX");
  EXPECT_EQ(error_of("\x0c"), "Message field 1: wire type 4 (a group) does not occur in ONNX");
  EXPECT_EQ(error_of("\x0f"), "Message field 1: wire type 7 does not exist");
  EXPECT_EQ(error_of("\x08" + std::string(9, '\xff') + "\x02"), "Message: an integer takes more than 64 bits");
  EXPECT_EQ(error_of("\x08" + std::string(10, '\xff') + "\x01"), "Message: an integer takes more than 64 bits");
}

TEST(Wire, RefusesTheWrongType) {
  const auto field = first_field("\x08\x01");
  ASSERT_TRUE(field);
  std::string_view text;
  EXPECT_EQ(read(*field, text).error().message(), "Message field 1: expected a run of bytes, got an integer");
  std::vector<float> floats;
  EXPECT_FALSE(append(*field, floats));
  const auto run = first_field(
      "\x0a\x03"
      "abc");
  ASSERT_TRUE(run);
  EXPECT_EQ(append(*run, floats).error().message(), "Message field 1: 3 bytes are no whole number of 4-byte values");
}

RC_GTEST_PROP(WireProperty, VarintsComeBack, (uint64_t value)) {
  const Proto proto = Proto().raw_varint(value);
  WireReader reader("Message", as_bytes(proto.bytes()));
  const auto result = reader.varint();
  RC_ASSERT(result.has_value());
  RC_ASSERT(*result == value);
  RC_ASSERT(reader.done());
}

RC_GTEST_PROP(WireProperty, RepeatedIntegersComeBack, (const std::vector<int64_t>& values)) {
  Proto proto;
  proto.packed(3, std::span<const int64_t>(values));
  const auto field = first_field(proto.bytes());
  std::vector<int64_t> result;
  RC_ASSERT(append(*field, result).has_value());
  RC_ASSERT(result == values);
}

}  // namespace
}  // namespace wedge::onnx
