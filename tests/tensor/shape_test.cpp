#include "wedge/shape.h"

#include <gtest/gtest.h>

namespace wedge {
namespace {

TEST(Shape, ConvertsBetweenSignedAndUnsigned) {
  const std::vector<uint64_t> dims = {2, 3};
  const Shape shape = Shape::from_unsigned(dims).value();
  EXPECT_EQ(shape, (Shape{2, 3}));
  EXPECT_EQ(shape.to_unsigned()[1], 3U);
  EXPECT_FALSE(Shape::from_unsigned(std::vector<uint64_t>{UINT64_MAX}));
  EXPECT_FALSE(Shape::from(std::vector<int64_t>{2, -1}));
  EXPECT_FALSE(Shape::from(std::vector<int64_t>(Shape::max_rank + 1, 1)));
}

TEST(Shape, CountsWithoutOverflow) {
  const int64_t huge = int64_t{1} << 40;
  EXPECT_EQ((Shape{huge, huge}).numel(), INT64_MAX);
  EXPECT_EQ((Shape{huge, huge, 0}).numel(), 0);
  EXPECT_EQ(checked_numel(std::vector<int64_t>{huge, huge}).error().code(), ErrorCode::out_of_range);
  EXPECT_EQ(checked_numel(std::vector<int64_t>{huge, 0, huge}).value(), 0);
  EXPECT_EQ(checked_numel(std::vector<int64_t>{3, -1}).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(checked_byte_size(DType::i4, {3}).value(), 2U);
  EXPECT_FALSE(checked_byte_size(DType::f64, {INT64_MAX}));
}

TEST(Shape, ReadsAsText) {
  EXPECT_EQ(to_string(Shape{2, 3}), "[2, 3]");
  EXPECT_EQ(to_string(Shape{}), "[]");
}

}  // namespace
}  // namespace wedge
