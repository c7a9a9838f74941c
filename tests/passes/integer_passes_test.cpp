#include "passes/pass_test.h"

namespace wedge::test {
namespace {

using Names = std::vector<std::string>;

constexpr float step_in = 1.0F / 64;
constexpr float step_out = 1.0F / 16;

// Floats brought to 8 bits and back.
void quantize(GraphWriter& graph, const std::string& value, const std::string& scale, const std::string& zero) {
  graph.node("QuantizeLinear", {value, scale, zero}, {value + "_q"})
      .node("DequantizeLinear", {value + "_q", scale, zero}, {value + "_d"});
}

GraphWriter beginning() {
  GraphWriter graph;
  graph.initializer("in", tensor<float>({}, {step_in}))
      .initializer("out", tensor<float>({}, {step_out}))
      .initializer("middle", tensor<uint8_t>({}, {128}))
      .initializer("lowest", tensor<uint8_t>({}, {0}))
      .initializer("w_scale", tensor<float>({4}, {0.01F, 0.02F, 0.015F, 0.03F}))
      .initializer("w_zero", tensor<int8_t>({4}, {0, 0, 0, 0}));
  return graph;
}

std::vector<int8_t> bytes(size_t count) {
  std::vector<int8_t> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<int8_t>(i * 73 + 11);
  return values;
}

TensorWriter byte_weights(const Shape& shape) {
  const Tensor made = Tensor::zeros(DType::i8, shape).value();
  const auto values = bytes(static_cast<size_t>(shape.numel()));
  std::copy(values.begin(), values.end(), TensorRef(made).as<int8_t>().begin());
  return tensor(made);
}

// Two convolutions, added, pooled: all of it in 8 bits.
std::string convolutions() {
  GraphWriter graph = beginning();
  graph.input("x", DType::f32, {1, 3, 8, 8})
      .initializer("w_q", byte_weights({4, 3, 3, 3}))
      .initializer("v_q", byte_weights({4, 1, 3, 3}))
      .initializer("b", tensor<float>({4}, {0.5F, -0.25F, 1, 0}));
  quantize(graph, "x", "in", "middle");
  graph.node("DequantizeLinear", {"w_q", "w_scale", "w_zero"}, {"w"}, {attribute("axis", 0)})
      .node("DequantizeLinear", {"v_q", "w_scale", "w_zero"}, {"v"}, {attribute("axis", 0)})
      .node("Conv", {"x_d", "w", "b"}, {"c"}, {attribute("pads", {1, 1, 1, 1})})
      .node("Relu", {"c"}, {"r"});
  quantize(graph, "r", "out", "lowest");
  graph.node("Conv", {"r_d", "v"}, {"d"}, {attribute("pads", {1, 1, 1, 1}), attribute("group", 4)});
  quantize(graph, "d", "out", "middle");
  graph.node("Add", {"d_d", "r_d"}, {"a"});
  quantize(graph, "a", "out", "middle");
  graph.node("MaxPool", {"a_d"}, {"p"}, {attribute("kernel_shape", {2, 2}), attribute("strides", {2, 2})});
  quantize(graph, "p", "out", "middle");
  graph.output("p_d", DType::f32, {1, 4, 4, 4});
  return model(graph);
}

TEST(MakeInteger, ConvolutionsSumsAndPools) {
  EXPECT_EQ(operators(convolutions(), Optimization::all),
            (Names{"QuantizeLinear", "Transpose", "ChannelsLastQLinearConv", "ChannelsLastQLinearConv", "QuantizedAdd",
                   "ChannelsLastMaxPool", "DequantizeLinear", "Transpose"}));
  // A sum that lies close to the middle between two steps may be rounded to either.
  expect_same_results(convolutions(), {{"x", waves({1, 3, 8, 8})}}, 2.1F * step_out);
}

TEST(MakeInteger, ProductsOfMatrices) {
  GraphWriter graph = beginning();
  graph.input("x", DType::f32, {3, 5})
      .initializer("w_q", byte_weights({4, 5}))
      .initializer("b_q", tensor<int32_t>({4}, {100, -200, 0, 50}))
      .initializer("b_scale", tensor<float>({4}, {0.01F * step_in, 0.02F * step_in, 0.015F * step_in, 0.03F * step_in}))
      .initializer("m_q", byte_weights({4, 2}))
      .initializer("m_scale", tensor<float>({}, {0.02F}))
      .initializer("m_zero", tensor<int8_t>({}, {3}));
  quantize(graph, "x", "in", "middle");
  graph.node("DequantizeLinear", {"w_q", "w_scale", "w_zero"}, {"w"}, {attribute("axis", 0)})
      .node("DequantizeLinear", {"b_q", "b_scale"}, {"b"}, {attribute("axis", 0)})
      .node("Gemm", {"x_d", "w", "b"}, {"g"}, {attribute("transB", 1)});
  quantize(graph, "g", "out", "middle");
  graph.node("DequantizeLinear", {"m_q", "m_scale", "m_zero"}, {"m"}).node("MatMul", {"g_d", "m"}, {"y"});
  quantize(graph, "y", "out", "middle");
  graph.output("y_d", DType::f32, {3, 2});
  EXPECT_EQ(operators(model(graph), Optimization::all), (Names{"QuantizeLinear", "Reshape", "ChannelsLastQLinearConv",
                                                               "Reshape", "QLinearMatMul", "DequantizeLinear"}));
  expect_same_results(model(graph), {{"x", waves({3, 5})}}, 2.1F * step_out);
}

// A Relu that the range of the 8-bit numbers does not imply has to stay.
TEST(MakeInteger, LeavesWhatIntegersWouldNotSay) {
  GraphWriter graph = beginning();
  graph.input("x", DType::f32, {1, 4, 3, 3}).initializer("w_q", byte_weights({4, 4, 1, 1}));
  quantize(graph, "x", "in", "middle");
  graph.node("DequantizeLinear", {"w_q", "w_scale", "w_zero"}, {"w"}, {attribute("axis", 0)})
      .node("Conv", {"x_d", "w"}, {"c"})
      .node("Relu", {"c"}, {"r"});
  quantize(graph, "r", "out", "middle");
  graph.output("r_d", DType::f32, {1, 4, 3, 3});
  const auto names = operators(model(graph), Optimization::all);
  EXPECT_NE(names.end(), std::find(names.begin(), names.end(), "ChannelsLastConv"));
  expect_same_results(model(graph), {{"x", waves({1, 4, 3, 3})}}, 1.1F * step_out);
}

// A product as dynamic quantisation writes it out; the scale of the weights may be one for each column.
std::string dynamic_product(const TensorWriter& scale, const TensorWriter& bias) {
  GraphWriter graph;
  graph.input("x", DType::f32, {2, 3, 5})
      .initializer("w", byte_weights({5, 4}))
      .initializer("w_zero", tensor<int8_t>({}, {0}))
      .initializer("w_scale", scale)
      .initializer("b", bias)
      .node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"})
      .node("MatMulInteger", {"q", "w", "z", "w_zero"}, {"m"})
      .node("Cast", {"m"}, {"c"}, {attribute("to", static_cast<int64_t>(DType::f32))})
      .node("Mul", {"s", "w_scale"}, {"f"})
      .node("Mul", {"c", "f"}, {"p"})
      .node("Add", {"b", "p"}, {"y"})
      .output("y", DType::f32, {2, 3, 4});
  return model(graph);
}

TEST(ScaleIntegerProducts, CastScaleAndBiasAreOneStep) {
  const TensorWriter bias = tensor<float>({4}, {0.5F, -0.25F, 1, 0});
  for (const TensorWriter& scale :
       {tensor<float>({}, {0.02F}), tensor<float>({1}, {0.02F}), tensor<float>({4}, {0.01F, 0.02F, 0.015F, 0.03F})}) {
    EXPECT_EQ(operators(dynamic_product(scale, bias), Optimization::none),
              (Names{"DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul", "Add"}));
    EXPECT_EQ(operators(dynamic_product(scale, bias), Optimization::all),
              (Names{"DynamicQuantizeLinear", "MatMulIntegerToFloat"}));
    expect_same_results(dynamic_product(scale, bias), {{"x", waves({2, 3, 5})}});
  }
}

TEST(ScaleIntegerProducts, LeavesSumsAndScalesOfOtherShapes) {
  const auto scale = tensor<float>({}, {0.02F});
  EXPECT_EQ(operators(dynamic_product(scale, tensor(waves({3, 4}))), Optimization::all),
            (Names{"DynamicQuantizeLinear", "MatMulIntegerToFloat", "Add"}));
  const std::string by_row = dynamic_product(tensor(waves({3, 1})), tensor<float>({4}, {1, 2, 3, 4}));
  EXPECT_EQ(operators(by_row, Optimization::all),
            (Names{"DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul", "Add"}));
  expect_same_results(by_row, {{"x", waves({2, 3, 5})}});
}

}  // namespace
}  // namespace wedge::test
