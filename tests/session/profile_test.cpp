#include "wedge/profile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/load.h"

namespace wedge::test {
namespace {

// y = the transpose of relu(x * w); the product can take the activation.
std::string small_model() {
  GraphWriter graph("small");
  graph.input("x", DType::f32, {5, 3})
      .initializer("w", tensor<float>({3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
      .node("MatMul", {"x", "w"}, {"product"}, {}, {.name = "multiply", .domain = "", .overload = ""})
      .node("Relu", {"product"}, {"positive"})
      .node("Transpose", {"positive"}, {"y"})
      .output("y", DType::f32, {4, 5});
  return ModelWriter(graph).opset("", 18).bytes();
}

Profile must_profile(const std::string& model, const SessionOptions& options) {
  const Tensor x = Tensor::zeros(DType::f32, {5, 3}).value();
  const NamedTensor feed{.name = "x", .tensor = x};
  auto profile = must_load(model, options).profile({&feed, 1}, {.warmup_seconds = 0, .seconds = 0});
  EXPECT_TRUE(profile) << profile.error().to_string();
  return profile ? *std::move(profile) : Profile();
}

TEST(Profile, TellsWhatEachStepTakes) {
  const Profile profile = must_profile(small_model(), {.optimization = Optimization::none});
  EXPECT_EQ(profile.runs, 1U);
  EXPECT_GT(profile.run_nanoseconds, 0);
  EXPECT_TRUE(profile.passes.empty());
  ASSERT_EQ(profile.steps.size(), 3U);
  const ProfiledStep& product = profile.steps[0];
  EXPECT_EQ(product.op_type, "MatMul");
  EXPECT_EQ(product.name, "multiply");
  EXPECT_EQ(product.kernel, "gemm_f32");
  EXPECT_EQ(product.operations, 2 * 5 * 3 * 4);
  EXPECT_FALSE(product.is_int8);
  EXPECT_EQ(product.bytes, 4 * (5 * 3 + 3 * 4 + 5 * 4));
  EXPECT_EQ(product.constant_bytes, 4 * 3 * 4);
  EXPECT_EQ(product.inputs[1].name, "w");
  EXPECT_EQ(product.inputs[1].shape, (Shape{3, 4}));
  EXPECT_EQ(product.outputs[0].name, "product");
  double end = 0;
  for (const ProfiledStep& step : profile.steps) {
    EXPECT_GE(step.begin, end);
    EXPECT_GE(step.end, step.begin);
    end = step.end;
  }
}

TEST(Profile, TellsWhereTensorsLie) {
  const Profile profile = must_profile(small_model(), {.optimization = Optimization::none});
  const auto named = [&](std::string_view name) -> const ArenaPiece* {
    const auto found = std::ranges::find(profile.arena, name, [](const auto& piece) { return piece.tensor.name; });
    return found == profile.arena.end() ? nullptr : &*found;
  };
  const ArenaPiece* product = named("product");
  ASSERT_NE(product, nullptr);
  EXPECT_EQ(product->bytes, 80U);
  EXPECT_EQ(product->first_step, 0U);
  EXPECT_EQ(product->last_step, 1U);
  const ArenaPiece* positive = named("positive");
  ASSERT_NE(positive, nullptr);
  // Relu writes over its input.
  EXPECT_EQ(positive->offset, product->offset);
  EXPECT_EQ(positive->last_step, 2U);
  // The output is the caller's.
  EXPECT_EQ(named("y"), nullptr);
  for (const ArenaPiece& piece : profile.arena) EXPECT_LE(piece.offset + piece.bytes, profile.memory.arena);
}

TEST(Profile, TellsWhatRewritesDid) {
  const Profile profile = must_profile(small_model(), {.record_passes = true});
  ASSERT_FALSE(profile.passes.empty());
  EXPECT_EQ(profile.passes.front().nodes_before, 3U);
  EXPECT_EQ(profile.passes.back().nodes_after, profile.steps.size());
  const auto fused = std::ranges::find(profile.passes, "fuse_matmul", &PassChange::pass);
  ASSERT_NE(fused, profile.passes.end());
  const auto relu = std::ranges::find(fused->operators, "Relu", &PassChange::Operator::name);
  ASSERT_NE(relu, fused->operators.end());
  EXPECT_EQ(relu->before, 1U);
  EXPECT_EQ(relu->after, 0U);
}

TEST(Profile, RefusesWrongFeeds) {
  EXPECT_EQ(sentence(must_load(small_model()).profile({}, {})), "input 'x' is missing; it is float32 [5, 3]");
}

TEST(Profile, TheRooflineIsTheSlowerOfArithmeticAndReading) {
  const MachinePeak peak{.threads = 1, .f32_per_ns = 100, .int8_per_ns = 400, .readings = {{1000, 50}, {1000000, 10}}};
  const ProfiledStep small{.bytes = 500, .constant_bytes = 400};
  const ProfiledStep large{.bytes = 2000, .constant_bytes = 1500};
  const Profile profile{.steps = {small, large}};
  const auto least = [&](const ProfiledStep& step) { return profile.least_nanoseconds(step, peak); };
  EXPECT_EQ(least({.operations = 1e6, .bytes = 100}), 1e4);
  EXPECT_EQ(least({.operations = 1e6, .is_int8 = true, .bytes = 100}), 2500);
  EXPECT_EQ(least({.bytes = 1000}), 20);
  EXPECT_EQ(least({.bytes = 1001}), 100.1);
  EXPECT_EQ(least({.bytes = 1e7}), 1e6);
  // The constants of all steps do not fit the smaller buffer, so that none of them lies there.
  EXPECT_EQ(least(small), 40 + 2);
  EXPECT_EQ(least(large), 150 + 50);
}

TEST(Profile, MeasuresTheMachine) {
  const MachinePeak peak = measure_machine(1);
  EXPECT_GT(peak.f32_per_ns, 0);
  EXPECT_GT(peak.int8_per_ns, 0);
  ASSERT_FALSE(peak.readings.empty());
  for (const auto& reading : peak.readings) EXPECT_GT(reading.bytes_per_ns, 0) << reading.bytes;
}

}  // namespace
}  // namespace wedge::test
