// A bound run in steady state takes nothing from the heap.
#include <gtest/gtest.h>

#include "support/allocations.h"
#include "support/load.h"

namespace wedge::test {
namespace {

void expect_no_allocations(const Session& session, const std::vector<Tensor>& inputs) {
  Binding binding = session.bind();
  for (size_t i = 0; i < inputs.size(); ++i) EXPECT_TRUE(binding.set_input(i, inputs[i]));
  const auto count = allocations_in_steady_state(binding);
  ASSERT_TRUE(count) << count.error().to_string();
  EXPECT_EQ(*count, 0U);
}

TEST(Allocation, TheCounterCounts) {
  const size_t before = allocations();
  const auto kept = std::make_unique<int>(1);
  EXPECT_GT(allocations(), before);
}

class ShippedModel : public ::testing::TestWithParam<std::tuple<const char*, unsigned>> {};

TEST_P(ShippedModel, RunsWithoutAllocating) {
  const auto [file, threads] = GetParam();
  const auto session = Session::load(std::string(WEDGE_SOURCE_DIR "/models/") + file, {.threads = threads, .log = {}});
  ASSERT_TRUE(session) << session.error().to_string();
  std::vector<Tensor> inputs;
  for (const ValueInfo& input : session->inputs()) {
    Shape shape;
    for (const DimInfo& dim : input.dims) ASSERT_TRUE(shape.push_back(dim.value < 0 ? 2 : dim.value));
    inputs.push_back(Tensor::zeros(input.dtype, shape).value());
  }
  expect_no_allocations(*session, inputs);
}

INSTANTIATE_TEST_SUITE_P(Allocation, ShippedModel,
                         ::testing::Combine(::testing::Values("mnist.onnx", "digits.onnx"), ::testing::Values(1U, 2U)));

TEST(Allocation, AShapeSelectedPlanAndABranchCostNothingOnceMade) {
  GraphWriter then_branch("then");
  then_branch.node("Add", {"x", "x"}, {"sum"}).output("sum");
  GraphWriter else_branch("else");
  else_branch.node("Neg", {"x"}, {"negative"}).output("negative");
  GraphWriter graph;
  graph.input("x", DType::f32, {"n"})
      .input("flag", DType::f32, {})
      .initializer("zero", tensor<float>({}, {0}))
      .node("Greater", {"flag", "zero"}, {"positive"})
      .node("If", {"positive"}, {"y"}, {attribute("then_branch", then_branch), attribute("else_branch", else_branch)})
      .output("y", tensor_type(DType::f32));
  const Session session = must_load(model(graph), {.threads = 1, .log = {}});
  expect_no_allocations(session, {make<float>({3}, {1, 2, 3}), make<float>({}, {1})});
}

}  // namespace
}  // namespace wedge::test
