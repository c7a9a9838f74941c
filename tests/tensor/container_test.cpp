#include <gtest/gtest.h>

#include "wedge/tensor.h"

namespace wedge {
namespace {

Tensor numbers(std::initializer_list<float> values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())}).value();
}

TEST(Container, TypesNestAndHaveNames) {
  constexpr DType sequence = sequence_of(DType::f32);
  EXPECT_TRUE(is_sequence(sequence) && is_container(sequence) && !is_optional(sequence));
  EXPECT_EQ(element_type(sequence), DType::f32);
  EXPECT_EQ(to_string(sequence), "seq(tensor(float32))");
  constexpr DType optional = optional_of(sequence);
  EXPECT_TRUE(is_optional(optional) && is_container(optional) && !is_sequence(optional));
  EXPECT_EQ(element_type(optional), sequence);
  EXPECT_EQ(to_string(optional), "optional(seq(tensor(float32)))");
  EXPECT_EQ(to_string(optional_of(DType::i2)), "optional(tensor(int2))");
  EXPECT_EQ(sequence_of(sequence), DType::undefined);
  EXPECT_EQ(optional_of(optional), DType::undefined);
  EXPECT_EQ(optional_of(DType::undefined), DType::undefined);
  EXPECT_FALSE(is_container(DType::string));
  EXPECT_EQ(bit_width(sequence), 0U);
}

TEST(Container, SequencesShareTheirElements) {
  const Tensor first = numbers({1, 2});
  const Tensor sequence = Tensor::sequence(DType::f32, {first, numbers({3})}).value();
  EXPECT_EQ(sequence.shape(), (Shape{2}));
  ASSERT_EQ(sequence.elements().size(), 2U);
  EXPECT_EQ(sequence.elements()[0].data(), first.data());
  EXPECT_TRUE(sequence.bytes().empty());
  EXPECT_TRUE(first.elements().empty());
  const Tensor strided = Tensor::sequence(DType::f32, {first.slice(0, 1, -3, -1).value()}).value();
  EXPECT_TRUE(strided.elements()[0].is_dense());
}

TEST(Container, CopiesOwnWhatTheCallerLent) {
  std::vector<float> lent = {1, 2};
  const Tensor wrapped = Tensor::wrap(std::span(lent), {2}).value();
  const Tensor owned = numbers({3});
  const Tensor copy = Tensor::sequence(DType::f32, {wrapped, owned}).value().clone().value();
  lent[0] = 9;
  EXPECT_EQ(copy.elements()[0].view<float>().value()[0], 1);
  EXPECT_EQ(copy.elements()[1].data(), owned.data());
}

TEST(Container, OptionalsHoldOneOrNone) {
  EXPECT_EQ(Tensor::optional(DType::f32, Tensor()).value().numel(), 0);
  EXPECT_EQ(Tensor::optional(DType::f32, numbers({1})).value().elements()[0].numel(), 1);
  const Tensor sequence = Tensor::sequence(DType::f32, {}).value();
  EXPECT_EQ(Tensor::optional(sequence.dtype(), sequence).value().dtype(), optional_of(sequence_of(DType::f32)));
}

TEST(Container, RefusesWhatItCannotHold) {
  EXPECT_FALSE(Tensor::sequence(DType::i32, {numbers({1})}));
  EXPECT_FALSE(Tensor::sequence(sequence_of(DType::f32), {}));
  EXPECT_FALSE(Tensor::optional(DType::undefined, Tensor()));
  EXPECT_FALSE(Tensor::allocate(sequence_of(DType::f32), {1}));
  EXPECT_FALSE(Tensor::wrap_bytes(sequence_of(DType::f32), {}, {1}, true, nullptr));
  const Tensor sequence = Tensor::sequence(DType::f32, {numbers({1})}).value();
  EXPECT_FALSE(sequence.slice(0, 0, 1));
  EXPECT_FALSE(sequence.broadcast_to({3}));
}

}  // namespace
}  // namespace wedge
