// Sessions used from several threads, and with several threads: run under the thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "support/load.h"

namespace wedge::test {
namespace {

Tensor random_tensor(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor result = Tensor::allocate(DType::f32, shape).value();
  for (float& x : result.mutable_view<float>().value()) x = normal(random);
  return result;
}

Session shipped(const char* file, unsigned threads) {
  auto session = Session::load(std::string(WEDGE_SOURCE_DIR "/models/") + file, {.threads = threads, .log = {}});
  EXPECT_TRUE(session) << (session ? "" : session.error().to_string());
  return *std::move(session);
}

Shape input_shape(const Session& session, int64_t batch) {
  Shape shape;
  for (const DimInfo& dim : session.inputs()[0].dims) EXPECT_TRUE(shape.push_back(dim.value < 0 ? batch : dim.value));
  return shape;
}

// Large enough to fork: products, a convolution, elementwise work, reductions.
std::string wide() {
  GraphWriter graph;
  const auto weights = [](const Shape& shape, unsigned seed) { return tensor(random_tensor(shape, seed)); };
  graph.input("x", DType::f32, {1, 16, 37, 41})
      .initializer("w", weights({24, 16, 3, 3}, 1))
      .initializer("m", weights({41, 67}, 2))
      .node("Conv", {"x", "w"}, {"c"}, {attribute("pads", {1, 1, 1, 1})})
      .node("Sigmoid", {"c"}, {"s"})
      .node("Mul", {"c", "s"}, {"silu"})
      .node("MatMul", {"silu", "m"}, {"p"})
      .node("Softmax", {"p"}, {"q"}, {attribute("axis", -1)})
      .node("ReduceMean", {"q"}, {"y"}, {attribute("axes", {2}), attribute("keepdims", 0)})
      .output("y", tensor_type(DType::f32))
      .output("p", tensor_type(DType::f32));
  return model(graph, 13);
}

TEST(SessionThreads, ResultsAreTheSameBitsForEveryThreadCount) {
  const std::string bytes = wide();
  const Tensor x = random_tensor({1, 16, 37, 41}, 3);
  std::vector<std::vector<uint32_t>> results;
  for (const unsigned threads : {1U, 2U, 3U}) {
    const Session session = must_load(bytes, {.threads = threads, .log = {}});
    const auto outputs = session.run({{"x", x}});
    ASSERT_TRUE(outputs) << outputs.error().to_string();
    auto& bits = results.emplace_back();
    for (const auto& output : *outputs) {
      for (const float value : elements<float>(output.tensor)) bits.push_back(std::bit_cast<uint32_t>(value));
    }
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(SessionThreads, RunsFromSeveralThreadsAtOnce) {
  for (const unsigned threads : {1U, 2U}) {
    const Session session = shipped("digits.onnx", threads);
    std::vector<Tensor> inputs;
    std::vector<std::vector<float>> expected;
    for (unsigned i = 0; i < 4; ++i) {
      inputs.push_back(random_tensor(input_shape(session, 1 + i % 3), i));
      expected.push_back(elements<float>(session.run(inputs.back()).value()));
    }
    std::atomic<int> wrong{0};
    std::vector<std::thread> callers;
    for (unsigned i = 0; i < 4; ++i) {
      callers.emplace_back([&, i] {
        for (int round = 0; round < 50; ++round) {
          const unsigned which = (i + static_cast<unsigned>(round)) % 4;
          const auto result = session.run(inputs[which]);
          if (!result || elements<float>(*result) != expected[which]) ++wrong;
        }
      });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(wrong, 0);
  }
}

TEST(SessionThreads, BindingsOfOneSessionRunSideBySide) {
  const Session session = shipped("mnist.onnx", 2);
  const Tensor x = random_tensor(input_shape(session, 1), 5);
  const auto expected = elements<float>(session.run(x).value());
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      Binding binding = session.bind();
      if (!binding.set_input(0, x)) ++wrong;
      for (int round = 0; round < 50; ++round) {
        if (!binding.run() || elements<float>(binding.output(0)) != expected) ++wrong;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace wedge::test
