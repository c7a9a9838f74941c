#include "passes/pass_test.h"

namespace wedge::test {
namespace {

// y = x + reshape(concat(shape(w), 1))…: all but the Add follows from constants.
std::string foldable() {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 1})
      .initializer("w", tensor<float>({1, 2}, {3, 4}))
      .node("Constant", {}, {"dims"}, {attribute("value_ints", {2, 1})})
      .node("Reshape", {"w", "dims"}, {"column"})
      .node("Neg", {"column"}, {"negative"})
      .node("Exp", {"x"}, {"unused"})
      .node("Add", {"x", "negative"}, {"y"})
      .output("y", DType::f32, {2, 1});
  return model(graph);
}

TEST(Passes, FoldConstantsAndDropDeadNodes) {
  const std::string bytes = foldable();
  EXPECT_EQ(operators(module_of(bytes, Optimization::none)),
            (std::vector<std::string>{"Constant", "Reshape", "Neg", "Exp", "Add"}));
  EXPECT_EQ(operators(module_of(bytes, Optimization::basic)), (std::vector<std::string>{"Add"}));
}

TEST(Passes, KeepTheResult) {
  const Tensor x = make<float>({2, 1}, {10, 20});
  for (const auto level : {Optimization::none, Optimization::basic, Optimization::all}) {
    const Session session = must_load(foldable(), {.threads = 1, .max_memory = 0, .optimization = level, .log = {}});
    EXPECT_EQ(elements<float>(session.run(x).value()), (std::vector<float>{7, 16}));
  }
}

TEST(Passes, FoldShapesThatAreKnown) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3})
      .node("Shape", {"x"}, {"dims"})
      .node("Reshape", {"x", "dims"}, {"y"})
      .output("y", DType::f32, {2, 3});
  EXPECT_EQ(operators(module_of(model(graph), Optimization::basic)), (std::vector<std::string>{"Reshape"}));
}

TEST(Passes, AreLeftOutByName) {
  SessionOptions options{.log = {}};
  options.without_passes = {"fold_constants"};
  EXPECT_TRUE(load(foldable(), options));
  options.without_passes = {"fold_constant"};
  EXPECT_NE(std::string::npos, sentence(load(foldable(), options)).find("'fold_constant'"));
}

}  // namespace
}  // namespace wedge::test
