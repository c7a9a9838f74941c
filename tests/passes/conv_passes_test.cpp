#include <algorithm>

#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

TensorWriter weights(const Shape& shape, float phase = 0) { return tensor(waves(shape, phase)); }

// What a BatchNormalization of four channels reads.
void add_normalization(GraphWriter& graph) {
  graph.initializer("scale", weights({4}, 2))
      .initializer("bias", weights({4}, 3))
      .initializer("mean", weights({4}, 4))
      .initializer("variance", tensor<float>({4}, {1, 2, 0.5F, 3}));
}

TEST(FoldIntoConv, TakesNormalizationScalesAndShifts) {
  GraphWriter graph;
  add_normalization(graph);
  graph.input("x", DType::f32, {1, 3, 5, 6})
      .initializer("w", weights({4, 3, 3, 3}))
      .initializer("b", weights({4}, 1))
      .initializer("factor", weights({4, 1, 1}, 5))
      .initializer("term", weights({1, 4, 1, 1}, 6))
      .initializer("two", tensor<float>({}, {2}))
      .node("Conv", {"x", "w", "b"}, {"c"}, {attribute("pads", {1, 1, 1, 1})})
      .node("BatchNormalization", {"c", "scale", "bias", "mean", "variance"}, {"n"})
      .node("Mul", {"factor", "n"}, {"m"})
      .node("Add", {"m", "term"}, {"a"})
      .node("Sub", {"two", "a"}, {"s"})
      .node("Div", {"s", "two"}, {"y"})
      .output("y", DType::f32, {1, 4, 5, 6});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"Transpose", "ChannelsLastConv", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 3, 5, 6})}});
}

TEST(FoldIntoConv, ScalesChannelsOfTransposedConvolutions) {
  GraphWriter graph;
  add_normalization(graph);
  graph.input("x", DType::f32, {1, 3, 5, 6})
      .initializer("w", weights({3, 4, 2, 2}))
      .initializer("term", weights({1, 4, 1, 1}, 6))
      .node("ConvTranspose", {"x", "w"}, {"c"}, {attribute("strides", {2, 2})})
      .node("Add", {"c", "term"}, {"a"})
      .node("BatchNormalization", {"a", "scale", "bias", "mean", "variance"}, {"n"})
      .node("Sigmoid", {"n"}, {"y"})
      .output("y", DType::f32, {1, 4, 10, 12});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"ActivatedConvTranspose"}));
  expect_same_results(model(graph), {{"x", waves({1, 3, 5, 6})}});
}

TEST(FoldIntoConv, LeavesWhatIsReadTwiceOrIsNoChannelVector) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 3, 4, 4})
      .initializer("w", weights({4, 3, 1, 1}))
      .initializer("row", weights({4}, 5))
      .node("Conv", {"x", "w"}, {"c"})
      .node("Mul", {"c", "row"}, {"y"})
      .output("y", DType::f32, {1, 4, 4, 4});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"Transpose", "ChannelsLastConv", "Mul", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 3, 4, 4})}});
}

// A Pad by {1, 2} at the beginnings and {0, 1} at the ends, and what reads it.
GraphWriter padded(float value) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 3, 6, 7})
      .initializer("amounts", tensor<int64_t>({8}, {0, 0, 1, 2, 0, 0, 0, 1}))
      .initializer("value", tensor<float>({}, {value}))
      .initializer("w", weights({4, 3, 3, 3}))
      .node("Pad", {"x", "amounts", "value"}, {"p"});
  return graph;
}

Names operators_of(const GraphWriter& graph) {
  expect_same_results(model(graph), {{"x", waves({1, 3, 6, 7})}});
  Names names = operators(model(graph), Optimization::all);
  std::erase(names, "Transpose");
  return names;
}

constexpr float lowest = -std::numeric_limits<float>::infinity();

/// What is left of a Pad by `value` and the operator that reads it.
template <typename... Attributes>
Names reader(float value, std::string_view op, std::initializer_list<std::string_view> inputs,
             const Attributes&... attributes) {
  GraphWriter graph = padded(value);
  graph.node(op, inputs, {"y"}, {attributes...}).output("y", tensor_type(DType::f32));
  return operators_of(graph);
}

TEST(FoldPads, GoIntoConvolutionsAndPools) {
  const auto kernel = attribute("kernel_shape", {3, 3});
  const auto counts = attribute("count_include_pad", 1);
  EXPECT_EQ(reader(0, "Conv", {"p", "w"}, attribute("pads", {0, 1, 2, 0})), (Names{"ChannelsLastConv"}));
  EXPECT_EQ(reader(0, "Conv", {"p", "w"}, attribute("auto_pad", "VALID")), (Names{"ChannelsLastConv"}));
  EXPECT_EQ(reader(lowest, "MaxPool", {"p"}, kernel, attribute("strides", {2, 2})), (Names{"MaxPool"}));
  EXPECT_EQ(reader(0, "AveragePool", {"p"}, kernel), (Names{"AveragePool"}));
  EXPECT_EQ(reader(0, "AveragePool", {"p"}, kernel, counts, attribute("pads", {0, 0, 1, 1})), (Names{"AveragePool"}));
}

TEST(FoldPads, StayWhereTheyMeanSomethingElse) {
  const auto kernel = attribute("kernel_shape", {3, 3});
  const auto ceil = attribute("ceil_mode", 1);
  EXPECT_EQ(reader(2, "Conv", {"p", "w"}).front(), "Pad");
  EXPECT_EQ(reader(0, "Conv", {"p", "w"}, attribute("auto_pad", "SAME_UPPER")).front(), "Pad");
  EXPECT_EQ(reader(0, "MaxPool", {"p"}, kernel).front(), "Pad");
  EXPECT_EQ(reader(lowest, "MaxPool", {"p"}, attribute("kernel_shape", {2, 2})).front(), "Pad");
  EXPECT_EQ(reader(0, "AveragePool", {"p"}, kernel, attribute("pads", {0, 0, 1, 1})).front(), "Pad");
  EXPECT_EQ(reader(0, "AveragePool", {"p"}, kernel, ceil, attribute("strides", {2, 2})).front(), "Pad");
  GraphWriter twice = padded(0);
  twice.node("Conv", {"p", "w"}, {"c"}).output("c", tensor_type(DType::f32)).output("p", tensor_type(DType::f32));
  EXPECT_EQ(operators_of(twice).front(), "Pad");
}

// Two convolutions, the second added to the image, pools, and a head.
std::string network() {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3, 12, 10})
      .initializer("w1", weights({8, 3, 3, 3}))
      .initializer("w2", weights({8, 8, 3, 3}, 1))
      .initializer("w3", weights({8, 1, 3, 3}, 2))
      .initializer("low", tensor<float>({}, {0}))
      .initializer("high", tensor<float>({}, {6}))
      .node("Conv", {"x", "w1"}, {"c1"}, {attribute("pads", {1, 1, 1, 1}), attribute("strides", {2, 1})})
      .node("Relu", {"c1"}, {"r1"})
      .node("MaxPool", {"r1"}, {"p1"}, {attribute("kernel_shape", {2, 2}), attribute("strides", {2, 2})})
      .node("Conv", {"p1", "w2"}, {"c2"}, {attribute("pads", {1, 1, 1, 1})})
      .node("Add", {"p1", "c2"}, {"a"})
      .node("Clip", {"a", "low", "high"}, {"r2"})
      .node("Conv", {"r2", "w3"}, {"c3"}, {attribute("pads", {1, 1, 1, 1}), attribute("group", 8)})
      .node("LeakyRelu", {"c3"}, {"l"}, {attribute("alpha", 0.3F)})
      .node("GlobalAveragePool", {"l"}, {"g"})
      .node("Mul", {"l", "g"}, {"m"})
      .node("Concat", {"m", "r2"}, {"both"}, {attribute("axis", 1)})
      .node("AveragePool", {"both"}, {"p2"},
            {attribute("kernel_shape", {3, 3}), attribute("pads", {1, 1, 1, 1}), attribute("count_include_pad", 1)})
      .node("Flatten", {"p2"}, {"y"})
      .output("y", DType::f32, {2, 240});
  return model(graph);
}

TEST(MoveChannelsLast, ChangesTheFormOnceAtEachEdge) {
  EXPECT_EQ(operators(network(), Optimization::basic),
            (Names{"Conv", "Relu", "MaxPool", "Conv", "Add", "Clip", "Conv", "LeakyRelu", "GlobalAveragePool", "Mul",
                   "Concat", "AveragePool", "Flatten"}));
  EXPECT_EQ(operators(network(), Optimization::all),
            (Names{"Transpose", "ChannelsLastConv", "ChannelsLastMaxPool", "ChannelsLastConv", "ChannelsLastConv",
                   "ReduceMean", "Mul", "Concat", "ChannelsLastAveragePool", "Transpose", "Flatten"}));
  expect_same_results(network(), {{"x", waves({2, 3, 12, 10})}}, 1e-4F);
}

TEST(MoveChannelsLast, KeepsValuesThatOthersRead) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 2, 6})
      .initializer("w", weights({5, 2, 3}))
      .node("Conv", {"x", "w"}, {"c"})
      .node("Relu", {"c"}, {"r"})
      .node("Softmax", {"c"}, {"s"}, {attribute("axis", 1)})
      .node("Transpose", {"r"}, {"t"}, {attribute("perm", {0, 2, 1})})
      .output("s", DType::f32, {1, 5, 4})
      .output("t", DType::f32, {1, 4, 5})
      .output("c", DType::f32, {1, 5, 4});
  expect_same_results(model(graph), {{"x", waves({1, 2, 6})}});
}

TEST(MoveChannelsLast, ResizesAlongTheMovedAxes) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 2, 4, 5})
      .initializer("w", weights({3, 2, 1, 1}))
      .initializer("scales", tensor<float>({4}, {1, 1, 2, 3}))
      .node("Conv", {"x", "w"}, {"c"})
      .node("Resize", {"c", "", "scales"}, {"y"}, {attribute("mode", "linear")})
      .output("y", DType::f32, {1, 3, 8, 15});
  EXPECT_EQ(operators(model(graph), Optimization::all),
            (Names{"Transpose", "ChannelsLastConv", "Resize", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 2, 4, 5})}});
}

// The only window has its taps on either side of the image; the last ones of ceil_mode reach past it.
TEST(MoveChannelsLast, WindowsThatSeeLittleOrNothing) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 2, 3, 7})
      .initializer("w", weights({3, 2, 1, 1}))
      .node("Conv", {"x", "w"}, {"c"})
      .node("AveragePool", {"c"}, {"y"},
            {attribute("kernel_shape", {2, 3}), attribute("dilations", {4, 1}), attribute("pads", {1, 0, 1, 0}),
             attribute("strides", {1, 2}), attribute("ceil_mode", 1)})
      .node("MaxPool", {"c"}, {"z"},
            {attribute("kernel_shape", {2, 2}), attribute("strides", {2, 2}), attribute("ceil_mode", 1)})
      .output("y", DType::f32, {1, 3, 1, 3})
      .output("z", DType::f32, {1, 3, 2, 4});
  expect_same_results(model(graph), {{"x", waves({1, 2, 3, 7})}});
}

TEST(FuseConv, TheSameImageIsInputAndResidual) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 4, 6, 6})
      .initializer("w", weights({4, 4, 3, 3}))
      .node("Relu", {"x"}, {"r"})
      .node("Conv", {"r", "w"}, {"c"}, {attribute("pads", {1, 1, 1, 1})})
      .node("Add", {"c", "r"}, {"a"})
      .node("Sigmoid", {"a"}, {"y"})
      .output("y", DType::f32, {1, 4, 6, 6});
  expect_same_results(model(graph), {{"x", waves({1, 4, 6, 6})}});
}

TEST(FuseConv, SumsOfTwoConvolutions) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 4, 6, 6})
      .initializer("w", weights({4, 4, 3, 3}))
      .initializer("v", weights({4, 4, 1, 1}, 1))
      .node("Conv", {"x", "w"}, {"c"}, {attribute("pads", {1, 1, 1, 1})})
      .node("Conv", {"x", "v"}, {"d"})
      .node("Add", {"c", "d"}, {"a"})
      .node("HardSwish", {"a"}, {"y"})
      .output("y", DType::f32, {1, 4, 6, 6});
  EXPECT_EQ(operators(model(graph), Optimization::all),
            (Names{"Transpose", "ChannelsLastConv", "ChannelsLastConv", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 4, 6, 6})}});
}

TEST(FuseConv, TakesAProductWithTheSigmoid) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 3, 4, 4})
      .initializer("w", weights({4, 3, 1, 1}))
      .node("Conv", {"x", "w"}, {"c"})
      .node("Sigmoid", {"c"}, {"s"})
      .node("Mul", {"c", "s"}, {"m"})
      .node("Exp", {"m"}, {"e"})
      .node("Sigmoid", {"e"}, {"t"})
      .node("Mul", {"t", "e"}, {"n"})
      .node("Conv", {"n", "w2"}, {"y"})
      .initializer("w2", weights({2, 4, 1, 1}))
      .output("y", DType::f32, {1, 2, 4, 4});
  EXPECT_EQ(operators(model(graph), Optimization::all, {"fuse_elementwise"}),
            (Names{"Transpose", "ChannelsLastConv", "Exp", "QuickGelu", "ChannelsLastConv", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 3, 4, 4})}}, 1e-4F);
}

// The block of an inverted residual network, of images of a MB.
GraphWriter inverted_residual() {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 4, 64, 64})
      .initializer("expand", weights({64, 4, 1, 1}))
      .initializer("filter", weights({64, 1, 3, 3}, 1))
      .initializer("project", weights({4, 64, 1, 1}, 2))
      .initializer("b", weights({64}, 3))
      .node("Conv", {"x", "expand", "b"}, {"e"})
      .node("Relu", {"e"}, {"f"})
      .node("Conv", {"f", "filter"}, {"g"}, {attribute("pads", {1, 1, 1, 1}), attribute("group", 64)})
      .node("HardSigmoid", {"g"}, {"h"})
      .node("Conv", {"h", "project"}, {"p"})
      .node("Add", {"p", "x"}, {"y"})
      .output("y", DType::f32, {1, 4, 64, 64});
  return graph;
}

TEST(ChainConv, TakesConvolutionsWithLargeImagesBetween) {
  const GraphWriter graph = inverted_residual();
  EXPECT_EQ(operators(model(graph), Optimization::all, {"chain_conv"}),
            (Names{"Transpose", "ChannelsLastConv", "ChannelsLastConv", "ChannelsLastConv", "Transpose"}));
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"Transpose", "ConvChain", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 4, 64, 64})}}, 1e-4F);
}

// Few channels that do not lie side by side under a kernel with gaps.
TEST(ChainConv, StartsWithKernelsOfAnyForm) {
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 3, 132, 132})
      .initializer("w", weights({64, 3, 3, 3}))
      .initializer("project", weights({4, 64, 1, 1}, 2))
      .node("Conv", {"x", "w"}, {"c"}, {attribute("strides", {2, 2}), attribute("dilations", {2, 2})})
      .node("Conv", {"c", "project"}, {"y"})
      .output("y", DType::f32, {1, 4, 64, 64});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"Transpose", "ConvChain", "Transpose"}));
  expect_same_results(model(graph), {{"x", waves({1, 3, 132, 132})}}, 1e-4F);
}

TEST(ChainConv, LeavesImagesThatOthersRead) {
  GraphWriter graph = inverted_residual();
  graph.node("Exp", {"f"}, {"z"}).output("z", DType::f32, {1, 64, 64, 64});
  const Names names = operators(model(graph), Optimization::all, {"fuse_elementwise"});
  EXPECT_EQ(std::ranges::count(names, "ChannelsLastConv"), 1);
  EXPECT_EQ(std::ranges::count(names, "ConvChain"), 1);
  expect_same_results(model(graph), {{"x", waves({1, 4, 64, 64})}}, 1e-4F);
}

TEST(SplitFusedConv, MakesConvolutionsThatOtherPassesTake) {
  const NodeOptions microsoft{.domain = "com.microsoft"};
  GraphWriter graph;
  graph.input("x", DType::f32, {1, 3, 5, 6})
      .initializer("w", weights({4, 3, 3, 3}))
      .initializer("v", weights({4, 4, 1, 1}, 1))
      .initializer("b", weights({4}, 2))
      .node("FusedConv", {"x", "w", "b"}, {"c"}, {attribute("activation", "Relu"), attribute("pads", {1, 1, 1, 1})},
            microsoft)
      .node("FusedConv", {"c", "v", "", "c"}, {"d"},
            {attribute("activation", "Clip"), attribute("activation_params", {-0.5F, 1.5F})}, microsoft)
      .node("FusedConv", {"d", "v"}, {"y"},
            {attribute("activation", "LeakyRelu"), attribute("activation_params", {0.25F})}, microsoft)
      .output("y", DType::f32, {1, 4, 5, 6});
  const std::string bytes = ModelWriter(graph).opset("", 18).opset("com.microsoft", 1).bytes();
  EXPECT_EQ(operators(bytes, Optimization::all),
            (Names{"Transpose", "ChannelsLastConv", "ChannelsLastConv", "ChannelsLastConv", "Transpose"}));
  expect_same_results(bytes, {{"x", waves({1, 3, 5, 6})}});
}

TEST(AllowWinograd, LooksForWindowsOfOneOrThree) {
  const auto allows = [](const Shape& kernel) {
    GraphWriter graph;
    graph.input("x", DType::f32, {1, 8, 20, 20})
        .initializer("w", weights({8, 8, kernel[0], kernel[1]}))
        .node("Conv", {"x", "w"}, {"y"}, {attribute("auto_pad", "SAME_UPPER")})
        .output("y", DType::f32, {1, 8, 20, 20});
    // 2e-5 of the sum of up to 120 products of numbers of at most 1, as tests of the kernel hold it to.
    expect_same_results(model(graph), {{"x", waves({1, 8, 20, 20})}}, 2e-5F * 120);
    const Module module = module_of(model(graph), Optimization::all);
    return module.graph.nodes[1]->attributes.has("winograd");
  };
  EXPECT_TRUE(allows({3, 3}));
  EXPECT_TRUE(allows({1, 3}));
  EXPECT_TRUE(allows({3, 1}));
  EXPECT_FALSE(allows({1, 1}));
  EXPECT_FALSE(allows({5, 3}));
}

}  // namespace
}  // namespace wedge::test
