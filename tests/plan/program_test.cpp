#include "plan/program.h"

#include <gtest/gtest.h>

#include "onnx/data_source.h"
#include "session/load.h"
#include "support/load.h"

namespace wedge::test {
namespace {

constexpr int64_t count = 1000;

// Only the body of the loop has values that are neither its inputs nor its outputs.
std::string looping() {
  GraphWriter body("body");
  body.input("i", DType::i64, {})
      .input("before", DType::boolean, {})
      .input("x_in", DType::f32, {count})
      .node("Identity", {"before"}, {"after"})
      .node("Concat", {"x_in", "k"}, {"longer"}, {attribute("axis", 0)})
      .node("ReduceSum", {"longer"}, {"total"})
      .node("Div", {"x_in", "total"}, {"x_out"})
      .output("after")
      .output("x_out");
  GraphWriter graph;
  graph.input("x", DType::f32, {count})
      .initializer("k", tensor<float>({1}, {2}))
      .initializer("most", tensor<int64_t>({}, {2}))
      .node("Loop", {"most", "", "x"}, {"y"}, {attribute("body", body)})
      .output("y", DType::f32, {count});
  return model(graph, 18);
}

TEST(Program, TrimReachesTheArenasOfSubgraphs) {
  const onnx::DataSource source;
  const std::string bytes = looping();
  const auto loaded = load_model(as_bytes(bytes), source, {.log = {}});
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  PackedStore store;
  TensorPool pool;
  const PlanContext context{.module = loaded->module, .store = store, .pool = pool, .workers = Workers()};
  const Program program(context, loaded->module.graph, loaded->module.graph.inputs);
  const Tensor x = Tensor::zeros(DType::f32, {count}).value();
  const auto run = [&] {
    auto execution = program.acquire();
    const TensorRef feeds[] = {TensorRef(x)};
    EXPECT_TRUE(program.run(*execution, feeds));
    program.release(std::move(execution));
  };
  run();
  const uint64_t kept = program.trim(UINT64_MAX);
  EXPECT_GE(kept, count * sizeof(float));
  EXPECT_EQ(program.trim(kept), kept);
  EXPECT_EQ(program.trim(0), 0U);
  EXPECT_EQ(program.trim(UINT64_MAX), 0U);
  run();
  EXPECT_EQ(program.trim(UINT64_MAX), kept);
}

}  // namespace
}  // namespace wedge::test
