// Small fixed pieces of work whose instructions check.mjs counts.
// usage: wedge-instructions            lists the cases
//        wedge-instructions CASE       does the work of one, the measured part inside counted()
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "onnx/model.h"
#include "support/proto_writer.h"
#include "wedge/session.h"

/// What callgrind counts, by its name.
extern "C" [[gnu::noinline]] void counted(wedge::FunctionRef<void()> work) {
  work();
  // Not a jump: what the work does is done inside.
  asm volatile("");
}

namespace wedge {
namespace {

using test::attribute;
using test::GraphWriter;
using test::ModelWriter;

template <typename T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
  std::exit(1);
}

void must(const Result<>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
  std::exit(1);
}

std::string file_bytes(const std::string& name) {
  std::ifstream file(WEDGE_SOURCE_DIR "/models/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string bytes_of(const GraphWriter& graph) { return ModelWriter(graph).opset("", 23).bytes(); }

Session load(const std::string& bytes) {
  SessionOptions options;
  options.threads = 1;
  return must(Session::load(test::as_bytes(bytes), options));
}

// Numbers from -0.5 to 0.5.
test::TensorWriter weights(std::initializer_list<int64_t> dims) {
  int64_t count = 1;
  for (const int64_t dim : dims) count *= dim;
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7919 % 1009) / 1009.0F - 0.5F;
  return test::tensor<float>(dims, values);
}

// Counts runs of a model whose inputs have fixed shapes. The first run, which plans, is not among them.
void count_runs(const std::string& bytes, size_t runs) {
  const Session session = load(bytes);
  Binding binding = session.bind();
  for (size_t i = 0; i < session.inputs().size(); ++i) {
    std::vector<int64_t> dims;
    for (const DimInfo& dim : session.inputs()[i].dims) dims.push_back(dim.value);
    must(binding.set_input(i, must(Tensor::zeros(session.inputs()[i].dtype, must(Shape::from(dims))))));
  }
  must(binding.run());
  counted([&] {
    for (size_t i = 0; i < runs; ++i) must(binding.run());
  });
}

void one_node() {
  GraphWriter graph("one node");
  graph.input("x", DType::f32, {16}).node("Relu", {"x"}, {"y"}).output("y", DType::f32, {16});
  count_runs(bytes_of(graph), 1000);
}

void gemm(int64_t rows, int64_t depth, int64_t columns) {
  GraphWriter graph("product");
  graph.input("x", DType::f32, {rows, depth})
      .initializer("w", weights({depth, columns}))
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y", DType::f32, {rows, columns});
  count_runs(bytes_of(graph), 3);
}

void integer_gemm() {
  GraphWriter graph("integer product");
  std::vector<int8_t> w(size_t{256} * 96);
  std::iota(w.begin(), w.end(), int8_t{-100});
  graph.input("x", DType::u8, {64, 256})
      .initializer("w", test::tensor<int8_t>({256, 96}, w))
      .node("MatMulInteger", {"x", "w"}, {"y"})
      .output("y", DType::i32, {64, 96});
  count_runs(bytes_of(graph), 3);
}

void conv(int64_t channels, int64_t kernel, int64_t group) {
  GraphWriter graph("convolutions");
  graph.input("x", DType::f32, {1, channels, 20, 20})
      .initializer("w", weights({channels, channels / group, kernel, kernel}))
      .node("Conv", {"x", "w"}, {"sum"},
            {attribute("group", group), attribute("pads", {kernel / 2, kernel / 2, kernel / 2, kernel / 2})})
      .node("Relu", {"sum"}, {"y"})
      .output("y", DType::f32, {1, channels, 20, 20});
  count_runs(bytes_of(graph), 2);
}

void attention() {
  GraphWriter graph("attention");
  for (const char* name : {"q", "k", "v"}) graph.input(name, DType::f32, {1, 4, 48, 32});
  graph.node("Attention", {"q", "k", "v"}, {"y"}).output("y", DType::f32, {1, 4, 48, 32});
  count_runs(bytes_of(graph), 2);
}

void rows() {
  GraphWriter graph("rows");
  graph.input("x", DType::f32, {32, 384})
      .initializer("w", weights({384}))
      .node("LayerNormalization", {"x", "w", "w"}, {"normal"})
      .node("Gelu", {"normal"}, {"active"})
      .node("Softmax", {"active"}, {"y"})
      .output("y", DType::f32, {32, 384});
  count_runs(bytes_of(graph), 2);
}

// A model of many small nodes, as exporters write them.
std::string many_nodes() {
  GraphWriter graph("many nodes");
  graph.input("x0", DType::f32, {1, 16, 8, 8})
      .initializer("w", weights({16, 16, 3, 3}))
      .initializer("b", weights({16}));
  std::string last = "x0";
  for (int i = 1; i <= 60; ++i) {
    const std::string sum = "sum" + std::to_string(i);
    const std::string active = "active" + std::to_string(i);
    const std::string next = "x" + std::to_string(i);
    graph.node("Conv", {last, "w", "b"}, {sum}, {attribute("pads", {1, 1, 1, 1})});
    graph.node("Relu", {sum}, {active});
    graph.node("Add", {active, last}, {next});
    last = next;
  }
  graph.output(last, DType::f32, {1, 16, 8, 8});
  return bytes_of(graph);
}

void decode() {
  const std::string bytes = many_nodes();
  counted([&] {
    for (int i = 0; i < 10; ++i) must(onnx::parse_model(test::as_bytes(bytes)));
  });
}

void create(const std::string& bytes) {
  counted([&] { load(bytes); });
}

void plan() {
  const std::string bytes = file_bytes("digits.onnx");
  const Session session = load(bytes);
  must(session.plan(std::vector{Shape{1, 1, 8, 8}}));
  counted([&] {
    for (int64_t batch = 2; batch < 12; ++batch) must(session.plan(std::vector{Shape{batch, 1, 8, 8}}));
  });
}

struct Case {
  std::string_view name;
  void (*run)();
};

constexpr Case cases[] = {
    {.name = "mnist", .run = [] { count_runs(file_bytes("mnist.onnx"), 3); }},
    {.name = "one_node", .run = one_node},
    {.name = "gemm", .run = [] { gemm(100, 128, 200); }},
    {.name = "gemv", .run = [] { gemm(1, 384, 500); }},
    {.name = "integer_gemm", .run = integer_gemm},
    {.name = "conv_1x1", .run = [] { conv(48, 1, 1); }},
    {.name = "conv_3x3", .run = [] { conv(24, 3, 1); }},
    {.name = "conv_depthwise", .run = [] { conv(48, 3, 48); }},
    {.name = "attention", .run = attention},
    {.name = "rows", .run = rows},
    {.name = "decode", .run = decode},
    {.name = "create_mnist", .run = [] { create(file_bytes("mnist.onnx")); }},
    {.name = "create_many_nodes", .run = [] { create(many_nodes()); }},
    {.name = "plan", .run = plan},
};

}  // namespace
}  // namespace wedge

int main(int argc, char** argv) {
  for (const auto& each : wedge::cases) {
    if (argc < 2) {
      std::printf("%.*s\n", static_cast<int>(each.name.size()), each.name.data());
    } else if (each.name == argv[1]) {
      each.run();
      return 0;
    }
  }
  return argc < 2 ? 0 : 2;
}
