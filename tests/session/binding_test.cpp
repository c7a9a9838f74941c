#include <gtest/gtest.h>

#include "support/load.h"
#include "tensor/tensor_ref.h"

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

// One step of decoding, with room for eight in the cache.
std::string decoder() {
  GraphWriter graph;
  graph.input("query", DType::f32, {1, 1, 8})
      .input("key", DType::f32, {1, 1, 4})
      .input("value", DType::f32, {1, 1, 4})
      .input("past_key", DType::f32, {1, 1, 8, 4})
      .input("past_value", DType::f32, {1, 1, 8, 4})
      .input("before", DType::i32, {1})
      .input("total", DType::i32, {1})
      .node("GroupQueryAttention", {"query", "key", "value", "past_key", "past_value", "before", "total"},
            {"y", "present_key", "present_value"}, {attribute("num_heads", 2), attribute("kv_num_heads", 1)},
            {.domain = "com.microsoft"})
      .output("y", DType::f32, {1, 1, 8})
      .output("present_key", DType::f32, {1, 1, 8, 4})
      .output("present_value", DType::f32, {1, 1, 8, 4});
  return ModelWriter(graph).opset("", 18).opset("com.microsoft", 1).bytes();
}

Tensor ramp(const Shape& shape, int step) {
  const Tensor tensor = Tensor::zeros(DType::f32, shape).value();
  const auto values = TensorRef(tensor).as<float>();
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 5 + static_cast<size_t>(step) * 3) % 7) - 3;
  return tensor;
}

TEST(Binding, ACacheThatIsPastAndPresentGrowsWhereItLies) {
  const Session session = must_load(decoder());
  Tensor keys = Tensor::zeros(DType::f32, {1, 1, 8, 4}).value();
  Tensor values = Tensor::zeros(DType::f32, {1, 1, 8, 4}).value();
  const Tensor same_keys = keys.clone().value();
  const Tensor same_values = values.clone().value();
  Binding binding = session.bind();
  ASSERT_TRUE(binding.set_input("past_key", same_keys));
  ASSERT_TRUE(binding.set_input("past_value", same_values));
  ASSERT_TRUE(binding.set_output("present_key", same_keys));
  ASSERT_TRUE(binding.set_output("present_value", same_values));
  for (int step = 0; step < 4; ++step) {
    const std::vector<NamedTensor> feeds = {{.name = "query", .tensor = ramp({1, 1, 8}, step)},
                                            {.name = "key", .tensor = ramp({1, 1, 4}, step + 1)},
                                            {.name = "value", .tensor = ramp({1, 1, 4}, step + 2)},
                                            {.name = "before", .tensor = make<int32_t>({1}, {step})},
                                            {.name = "total", .tensor = make<int32_t>({1}, {step + 1})}};
    std::vector<NamedTensor> with_past = feeds;
    with_past.push_back({.name = "past_key", .tensor = keys});
    with_past.push_back({.name = "past_value", .tensor = values});
    const auto apart = session.run(with_past);
    ASSERT_TRUE(apart) << apart.error().to_string();
    keys = (*apart)[1].tensor;
    values = (*apart)[2].tensor;
    for (const auto& feed : feeds) ASSERT_TRUE(binding.set_input(feed.name, feed.tensor));
    const auto done = binding.run();
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(elements<float>(binding.output(0)), elements<float>((*apart)[0].tensor));
    EXPECT_EQ(elements<float>(same_keys), elements<float>(keys));
    EXPECT_EQ(elements<float>(same_values), elements<float>(values));
  }
}

}  // namespace
}  // namespace wedge::test
