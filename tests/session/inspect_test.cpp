#include "wedge/inspect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "support/load.h"

namespace wedge::test {
namespace {

std::string saved(const std::string& bytes) {
  // One file per test: they may run at the same time.
  std::string path = ::testing::TempDir() + ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".onnx";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(Inspect, CountsOperatorsKnownOrNot) {
  GraphWriter branch("branch");
  branch.node("Neg", {"x"}, {"negative"}).output("negative");
  GraphWriter graph("sample");
  graph.input("x", DType::f32, {"n"})
      .input("c", DType::boolean, {})
      .initializer("w", tensor<float>({3}, {1, 2, 3}))
      .node("If", {"c"}, {"y"}, {attribute("then_branch", branch), attribute("else_branch", branch)})
      .node("Neg", {"y"}, {"z"})
      .node("Fly", {"z", "w"}, {"f"}, {}, {.name = "fly", .domain = "com.example", .overload = ""})
      .output("f", tensor_type(DType::f32));
  const auto summary = inspect(saved(ModelWriter(graph).opset("", 18).opset("com.example", 1).bytes()));
  ASSERT_TRUE(summary) << summary.error().to_string();
  EXPECT_EQ(summary->graph_name, "sample");
  EXPECT_EQ(summary->nodes, 5U);
  EXPECT_EQ(summary->parameters, 3U);
  EXPECT_EQ(summary->parameter_bytes, 12U);
  ASSERT_EQ(summary->operators.size(), 3U);
  EXPECT_EQ(summary->operators[0].name, "Fly");
  EXPECT_EQ(summary->operators[0].domain, "com.example");
  EXPECT_FALSE(summary->operators[0].supported);
  EXPECT_EQ(summary->operators[2].name, "Neg");
  EXPECT_EQ(summary->operators[2].count, 3U);
  EXPECT_TRUE(summary->operators[2].supported);
  EXPECT_EQ(to_string(summary->inputs[0]), "float32 [n]");
}

TEST(Inspect, ReadsFunctionsAndModelsInMemory) {
  constexpr NodeOptions call{.name = "call", .domain = "local", .overload = ""};
  FunctionWriter twice("local", "Twice", {"a"}, {"b"});
  twice.node("Neg", {"a"}, {"t"}).node("Neg", {"t"}, {"b"});
  GraphWriter graph("calls");
  graph.input("x", DType::f32, {2})
      .node("Twice", {"x"}, {"y"}, {}, call)
      .node("Twice", {"y"}, {"z"}, {}, call)
      .output("z", DType::f32, {2});
  const std::string bytes = ModelWriter(graph).opset("", 18).opset("local", 1).function(twice).bytes();
  const auto summary = inspect(as_bytes(bytes));
  ASSERT_TRUE(summary) << summary.error().to_string();
  EXPECT_EQ(summary->functions, 1U);
  ASSERT_EQ(summary->operators.size(), 1U);
  EXPECT_EQ(summary->operators[0].name, "Neg");
  EXPECT_EQ(summary->operators[0].count, 4U);
  EXPECT_FALSE(inspect(as_bytes("nonsense")));
}

TEST(Inspect, NamesTheFileInErrors) {
  const auto summary = inspect(saved("nonsense"));
  ASSERT_FALSE(summary);
  EXPECT_TRUE(summary.error().to_string().starts_with(::testing::TempDir() + "NamesTheFileInErrors.onnx: "))
      << summary.error().to_string();
}

TEST(BuildNeeds, TellsWhatIsRunFromWhatIsReplaced) {
  // The weights fold, and Relu goes into the convolution.
  GraphWriter graph("needs");
  graph.input("x", DType::f32, {1, 1, 4, 4})
      .initializer("w", tensor<float>({4}, {1, 2, 3, 4}))
      .initializer("shape", tensor<int64_t>({4}, {1, 1, 2, 2}))
      .node("Reshape", {"w", "shape"}, {"window"})
      .node("Conv", {"x", "window"}, {"c"})
      .node("Relu", {"c"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const auto needs = build_needs(saved(ModelWriter(graph).opset("", 18).bytes()));
  ASSERT_TRUE(needs) << needs.error().to_string();
  const auto has = [](const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  EXPECT_TRUE(has(needs->run, "ChannelsLastConv"));
  EXPECT_TRUE(has(needs->run, "Reshape"));
  EXPECT_TRUE(has(needs->read, "Conv"));
  EXPECT_TRUE(has(needs->read, "Relu"));
  EXPECT_FALSE(has(needs->run, "Relu"));
  EXPECT_TRUE(has(needs->passes, "move_channels_last"));
  EXPECT_FALSE(has(needs->passes, "make_integer"));
  EXPECT_EQ(needs->types, (std::vector{DType::f32, DType::i64}));
  EXPECT_EQ(needs->parts, std::vector<std::string>{"onnx"});
}

TEST(BuildNeeds, TellsThePartsThatRunningTakes) {
  const auto parts_of = [](const Dim& rows, std::string_view op) {
    GraphWriter graph("parts");
    graph.input("x", DType::f32, {rows, 2})
        .initializer("w", tensor<float>({2, 2}, {1, 2, 3, 4}))
        .node(op, {"x", "w"}, {"y"})
        .output("y", tensor_type(DType::f32));
    return build_needs(saved(ModelWriter(graph).opset("", 18).bytes())).value().parts;
  };
  using Parts = std::vector<std::string>;
  EXPECT_EQ(parts_of(Dim(1), "MatMul"), Parts{"onnx"});
  EXPECT_EQ(parts_of(Dim(5), "MatMul"), (Parts{"onnx", "tiles"}));
  EXPECT_EQ(parts_of(Dim(2), "Add"), Parts{"onnx"});
  EXPECT_EQ(parts_of(Dim("rows"), "MatMul"), (Parts{"onnx", "replanning", "tiles"}));
}

TEST(BuildNeeds, KnowsLargeWeights) {
  for (const int64_t size : {64, 512}) {
    GraphWriter graph("weights");
    const std::vector<float> weights(static_cast<size_t>(size * size), 1.0F);
    graph.input("x", DType::f32, {1, size})
        .initializer("w", tensor<float>({size, size}, std::span<const float>(weights)))
        .node("MatMul", {"x", "w"}, {"y"})
        .output("y", tensor_type(DType::f32));
    const auto parts = build_needs(saved(ModelWriter(graph).opset("", 18).bytes())).value().parts;
    EXPECT_EQ(std::ranges::count(parts, "large_weights"), size == 512 ? 1 : 0);
  }
}

// What the model takes once it is packed for any machine.
BuildNeeds needs_when_packed(const GraphWriter& graph) {
  const std::string path = saved(ModelWriter(graph).opset("", 18).bytes());
  const std::string packed = path + ".wedge";
  std::ofstream file(packed, std::ios::binary);
  const auto write = [&](std::span<const std::byte> bytes) -> Result<> {
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return {};
  };
  EXPECT_TRUE(Session::load(path).value().pack(write, PackFor::any_machine));
  file.close();
  return build_needs(packed).value();
}

TEST(BuildNeeds, KnowsActivationsThatAreFused) {
  GraphWriter graph("activation");
  graph.input("x", DType::f32, {1, 1, 4, 4})
      .initializer("w", tensor<float>({1, 1, 1, 1}, {2}))
      .node("Conv", {"x", "w"}, {"c"})
      .node("Sigmoid", {"c"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const BuildNeeds needs = needs_when_packed(graph);
  EXPECT_EQ(needs.read, std::vector<std::string>{"Sigmoid"});
  EXPECT_EQ(needs.parts, std::vector<std::string>{"packed"});
  EXPECT_TRUE(needs.passes.empty());
}

TEST(BuildNeeds, KnowsWhatChainsDo) {
  GraphWriter graph("chain");
  graph.input("x", DType::f32, {1, 1, 512, 256})
      .initializer("expand", tensor<float>({2, 1, 1, 1}, {2, 3}))
      .initializer("filter", tensor<float>({2, 1, 1, 1}, {4, 5}))
      .node("Conv", {"x", "expand"}, {"e"})
      .node("Sigmoid", {"e"}, {"s"})
      .node("Conv", {"s", "filter"}, {"f"}, {attribute("group", 2)})
      .node("Softplus", {"f"}, {"p"})
      .node("Exp", {"p"}, {"y"})
      .output("y", tensor_type(DType::f32));
  const BuildNeeds needs = needs_when_packed(graph);
  EXPECT_EQ(std::ranges::count(needs.run, "ConvChain"), 1);
  EXPECT_EQ(needs.read, (std::vector<std::string>{"Sigmoid", "Softplus"}));
  EXPECT_EQ(needs.parts, (std::vector<std::string>{"groups", "packed", "tiles"}));

  GraphWriter elements("elements");
  elements.input("x", DType::f32, {4})
      .node("Sigmoid", {"x"}, {"s"})
      .node("Add", {"s", "x"}, {"y"})
      .output("y", tensor_type(DType::f32));
  EXPECT_EQ(needs_when_packed(elements).read, (std::vector<std::string>{"Add", "Sigmoid"}));
}

TEST(BuildNeeds, SayWhichFileIsWrong) {
  const auto needs = build_needs(saved("nonsense"));
  ASSERT_FALSE(needs);
  EXPECT_TRUE(needs.error().to_string().starts_with(::testing::TempDir() + "SayWhichFileIsWrong.onnx: "))
      << needs.error().to_string();
}

}  // namespace
}  // namespace wedge::test
