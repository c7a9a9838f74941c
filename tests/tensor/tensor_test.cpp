#include "wedge/tensor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace wedge {
namespace {

Tensor counting(const Shape& shape) {
  Tensor tensor = Tensor::allocate(DType::i32, shape).value();
  auto values = tensor.mutable_view<int32_t>().value();
  std::iota(values.begin(), values.end(), 0);
  return tensor;
}

std::vector<int32_t> elements(const Tensor& tensor) {
  const Tensor dense = tensor.dense().value();
  const auto view = dense.view<int32_t>().value();
  return {view.begin(), view.end()};
}

Shape random_shape(size_t most_rank = 5) {
  Shape shape;
  const auto rank = *rc::gen::inRange<size_t>(0, most_rank + 1);
  for (size_t i = 0; i < rank; ++i) RC_ASSERT(shape.push_back(*rc::gen::inRange<int64_t>(0, 5)));
  return shape;
}

TEST(Tensor, HoldsWhatItIsGiven) {
  const Tensor tensor = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3}).value();
  EXPECT_EQ(tensor.dtype(), DType::f32);
  EXPECT_EQ(tensor.numel(), 6);
  EXPECT_EQ(tensor.view<float>().value()[4], 5);
  EXPECT_FALSE(tensor.view<double>());
  EXPECT_FALSE(Tensor::from<float>({1, 2}, {3}));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0U);
}

TEST(Tensor, StringsOwnTheirCharacters) {
  Tensor kept;
  {
    std::vector<std::string> words = {"one", "a longer word that lies on the heap", ""};
    const std::vector<std::string_view> views(words.begin(), words.end());
    kept = Tensor::from(std::span<const std::string_view>(views), {3}).value();
    words.clear();
  }
  EXPECT_EQ(kept.view<std::string_view>().value()[1], "a longer word that lies on the heap");
  EXPECT_EQ(kept.view<std::string_view>().value()[2], "");
}

TEST(Tensor, WrapsTheCallersMemory) {
  std::vector<float> values = {1, 2, 3};
  Tensor tensor = Tensor::wrap(std::span(values), {3}).value();
  tensor.mutable_view<float>().value()[1] = 7;
  EXPECT_EQ(values[1], 7);
  const std::vector<float>& constant = values;
  Tensor read_only = Tensor::wrap(std::span(constant), {3}).value();
  EXPECT_TRUE(read_only.is_read_only());
  EXPECT_FALSE(read_only.mutable_view<float>());
}

TEST(Tensor, RefusesSizesThatCannotBe) {
  const int64_t huge = int64_t{1} << 40;
  EXPECT_EQ(Tensor::allocate(DType::f32, {huge, huge}).error().code(), ErrorCode::out_of_range);
  EXPECT_EQ(Tensor::allocate(DType::u8, {huge, huge, 0}).value().numel(), 0);
  EXPECT_FALSE(Tensor::allocate(DType::undefined, {1}));
}

TEST(Tensor, PackedTypesRoundUpToBytes) {
  EXPECT_EQ(Tensor::zeros(DType::i4, {3}).value().bytes().size(), 2U);
  EXPECT_EQ(Tensor::zeros(DType::u2, {5}).value().bytes().size(), 2U);
}

RC_GTEST_PROP(Tensor, SliceTakesWhatPythonWould, ()) {
  const Shape shape = random_shape();
  RC_PRE(shape.rank() > 0);
  const auto axis = *rc::gen::inRange<size_t>(0, shape.rank());
  const auto start = *rc::gen::inRange<int64_t>(-7, 7);
  const auto stop = *rc::gen::inRange<int64_t>(-7, 7);
  const auto step = *rc::gen::suchThat(rc::gen::inRange<int64_t>(-3, 4), [](int64_t s) { return s != 0; });
  const Tensor tensor = counting(shape);
  const Tensor sliced = tensor.slice(static_cast<int64_t>(axis), start, stop, step).value();

  const int64_t dim = shape[axis];
  const auto clamp = [&](int64_t i) {
    if (i < 0) i += dim;
    return std::clamp(i, step > 0 ? int64_t{0} : int64_t{-1}, step > 0 ? dim : dim - 1);
  };
  std::vector<int64_t> picked;
  for (int64_t i = clamp(start); step > 0 ? i < clamp(stop) : i > clamp(stop); i += step) picked.push_back(i);
  RC_ASSERT(sliced.shape()[axis] == static_cast<int64_t>(picked.size()));
  const int64_t outer = shape.numel(0, axis);
  const int64_t inner = shape.numel(axis + 1, shape.rank());
  std::vector<int32_t> expected;
  for (int64_t o = 0; o < outer; ++o) {
    for (const int64_t i : picked) {
      for (int64_t k = 0; k < inner; ++k) expected.push_back(static_cast<int32_t>((o * dim + i) * inner + k));
    }
  }
  RC_ASSERT(elements(sliced) == expected);
}

RC_GTEST_PROP(Tensor, TransposeMovesEveryElement, ()) {
  const Shape shape = random_shape();
  std::vector<int64_t> permutation(shape.rank());
  std::iota(permutation.begin(), permutation.end(), 0);
  for (size_t i = permutation.size(); i-- > 1;)
    std::swap(permutation[i], permutation[*rc::gen::inRange<size_t>(0, i + 1)]);
  const Tensor tensor = counting(shape);
  const Tensor moved = tensor.transpose(permutation.empty() ? std::span<const int64_t>() : permutation).value();
  RC_ASSERT(moved.numel() == tensor.numel());
  std::vector<int64_t> inverse(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i)
    inverse[static_cast<size_t>(permutation[i])] = static_cast<int64_t>(i);
  const Tensor back = moved.dense().value().transpose(inverse).value();
  RC_ASSERT(back.shape() == shape);
  RC_ASSERT(elements(back) == elements(tensor));
}

RC_GTEST_PROP(Tensor, BroadcastRepeats, ()) {
  const Shape shape = random_shape(4);
  Shape narrow = shape;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    if (*rc::gen::arbitrary<bool>()) narrow[axis] = 1;
  }
  const Tensor tensor = counting(narrow);
  const auto wide = elements(tensor.broadcast_to(shape).value());
  for (size_t i = 0; i < wide.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    int64_t expected = 0;
    int64_t stride = 1;
    for (size_t axis = shape.rank(); axis-- > 0;) {
      if (narrow[axis] != 1) expected += rest % shape[axis] * stride;
      rest /= shape[axis];
      stride *= narrow[axis];
    }
    RC_ASSERT(wide[i] == expected);
  }
}

TEST(Tensor, ReshapesAndKeepsCount) {
  const Tensor tensor = counting({2, 6});
  EXPECT_EQ(tensor.reshape({3, -1}).value().shape(), (Shape{3, 4}));
  EXPECT_EQ(tensor.reshape({3, -1}).value().data(), tensor.data());
  EXPECT_FALSE(tensor.reshape({5, -1}));
  EXPECT_FALSE(tensor.reshape({-1, -1}));
  EXPECT_FALSE(tensor.reshape({13}));
  EXPECT_EQ(elements(tensor.transpose().value().reshape({12}).value()),
            (std::vector<int32_t>{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}));
}

TEST(Tensor, RefusesWrongAxes) {
  const Tensor tensor = counting({2, 3});
  EXPECT_FALSE(tensor.slice(2, 0, 1));
  EXPECT_FALSE(tensor.slice(0, 0, 1, 0));
  EXPECT_FALSE(tensor.transpose({0, 0}));
  EXPECT_FALSE(tensor.transpose({0}));
  EXPECT_FALSE(tensor.broadcast_to({4, 4}));
  EXPECT_EQ(elements(tensor.slice(1, -1, INT64_MIN, INT64_MIN).value()), (std::vector<int32_t>{2, 5}));
}

}  // namespace
}  // namespace wedge
