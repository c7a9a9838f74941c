#include <gtest/gtest.h>

#include "support/load.h"

namespace wedge::test {
namespace {

std::string doubling() {
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"}).node("Add", {"x", "x"}, {"y"}).output("y", DType::f32, {"n"});
  return model(graph);
}

TEST(Binding, WritesIntoTheCallersTensor) {
  const Session session = must_load(doubling());
  Binding binding = session.bind();
  const Tensor x = make<float>({3}, {1, 2, 3});
  Tensor y = Tensor::zeros(DType::f32, {3}).value();
  ASSERT_TRUE(binding.set_input("x", x));
  ASSERT_TRUE(binding.set_output("y", y));
  ASSERT_TRUE(binding.run());
  EXPECT_EQ(elements<float>(y), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(binding.output(0).data(), y.data());
}

TEST(Binding, ReusesItsOwnOutputs) {
  const Session session = must_load(doubling());
  Binding binding = session.bind();
  Tensor x = make<float>({2}, {1, 2});
  ASSERT_TRUE(binding.set_input(0, x));
  ASSERT_TRUE(binding.run());
  const auto* address = binding.output(0).data();
  x.mutable_view<float>().value()[0] = 10;
  ASSERT_TRUE(binding.run());
  EXPECT_EQ(binding.output(0).data(), address);
  EXPECT_EQ(elements<float>(binding.output("y").value()), (std::vector<float>{20, 4}));
  ASSERT_TRUE(binding.set_input(0, make<float>({1}, {5})));
  ASSERT_TRUE(binding.run());
  EXPECT_EQ(elements<float>(binding.output(0)), (std::vector<float>{10}));
}

TEST(Binding, RefusesOutputsThatDoNotFit) {
  const Session session = must_load(doubling());
  Binding binding = session.bind();
  ASSERT_TRUE(binding.set_input(0, make<float>({2}, {1, 2})));
  ASSERT_TRUE(binding.set_output(0, Tensor::zeros(DType::f32, {3}).value()));
  EXPECT_EQ(sentence(binding.run()),
            "output 0 is bound to a float32 tensor of shape [3], the model makes float32 of shape [2]");
  EXPECT_FALSE(binding.set_output(1, Tensor::zeros(DType::f32, {3}).value()));
  EXPECT_FALSE(binding.set_input(1, Tensor::zeros(DType::f32, {3}).value()));
  const std::array<float, 2> constant{};
  EXPECT_FALSE(binding.set_output(0, Tensor::wrap(std::span<const float>(constant), {2}).value()));
}

TEST(Binding, RunsAgainAfterAnError) {
  const Session session = must_load(doubling());
  Binding binding = session.bind();
  EXPECT_FALSE(binding.run());
  ASSERT_TRUE(binding.set_input(0, make<float>({1}, {4})));
  ASSERT_TRUE(binding.run());
  EXPECT_EQ(elements<float>(binding.output(0)), (std::vector<float>{8}));
}

}  // namespace
}  // namespace wedge::test
