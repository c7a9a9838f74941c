#include <gtest/gtest.h>

#include "support/load.h"

namespace wedge::test {
namespace {

constexpr NodeOptions call{.name = "call", .domain = "local", .overload = ""};

TEST(Function, IsInlinedWithItsAttributes) {
  FunctionWriter leaky("local", "Leaky", {"a"}, {"b"});
  leaky.attribute(attribute("slope", 0.5F)).node("LeakyRelu", {"a"}, {"b"}, {attribute_reference("alpha", 1, "slope")});
  FunctionWriter twice("local", "Twice", {"a", "unused"}, {"b", "c"});
  twice.attribute("slope")
      .node("Leaky", {"a"}, {"t"}, {attribute_reference("slope", 1, "slope")}, call)
      .node("Add", {"t", "t"}, {"b"})
      .node("Leaky", {"a"}, {"c"}, {}, call);
  GraphWriter graph;
  graph.input("x", DType::f32, {2})
      .node("Twice", {"x"}, {"y", "z"}, {attribute("slope", 0.25F)}, call)
      .output("y", DType::f32, {2})
      .output("z", DType::f32, {2});
  const Session session =
      must_load(ModelWriter(graph).opset("", 18).opset("local", 1).function(leaky).function(twice).bytes());
  const auto outputs = session.run({{"x", make<float>({2}, {-4, 3})}});
  ASSERT_TRUE(outputs) << outputs.error().to_string();
  EXPECT_EQ(elements<float>((*outputs)[0].tensor), (std::vector<float>{-2, 6}));
  EXPECT_EQ(elements<float>((*outputs)[1].tensor), (std::vector<float>{-2, 3}));
}

TEST(Function, MayPassItsInputThrough) {
  FunctionWriter same("local", "Same", {"a"}, {"a"});
  GraphWriter graph;
  graph.input("x", DType::f32, {1}).node("Same", {"x"}, {"y"}, {}, call).output("y", DType::f32, {1});
  const Session session = must_load(ModelWriter(graph).opset("", 18).opset("local", 1).function(same).bytes());
  EXPECT_EQ(elements<float>(session.run(make<float>({1}, {5})).value()), (std::vector<float>{5}));
}

}  // namespace
}  // namespace wedge::test
