#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Slice, CutsWithAxesAndSteps) {
  const Tensor data = tensor<int32_t>({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor out = run_single("Slice", 13, {data, list({1, 0}), list({2, 3}), list({0, 1}), list({1, 2})});
  EXPECT_EQ(out.shape(), (Shape{1, 2}));
  EXPECT_EQ(values<int32_t>(out), (std::vector<int32_t>{5, 7}));
  EXPECT_EQ(values<int32_t>(run_single("Slice", 13, {data, list({0, 1}), list({-1, 1000})})),
            (std::vector<int32_t>{2, 3, 4}));
  EXPECT_EQ(values<int32_t>(run_single("Slice", 1, {data},
                                       {{"starts", std::vector<int64_t>{-2}},
                                        {"ends", std::vector<int64_t>{9}},
                                        {"axes", std::vector<int64_t>{1}}})),
            (std::vector<int32_t>{3, 4, 7, 8}));
}

TEST(Slice, RefusesStepsThatAreTooFewWhereverTheyStand) {
  const Tensor data = tensor<int32_t>({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_FALSE(run_node("Slice", 13, {data, list({0, 0}), list({1, 1})}, {{"steps", std::vector<int64_t>{1}}}));
}

TEST(Slice, GoesBackwards) {
  const Tensor data = counting<uint8_t>({5});
  const auto backwards = [&](int64_t start, int64_t end, int64_t step) {
    return values<uint8_t>(run_single("Slice", 13, {data, list({start}), list({end}), list({0}), list({step})}));
  };
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(backwards(-1, lowest, -1), (std::vector<uint8_t>{4, 3, 2, 1, 0}));
  EXPECT_EQ(backwards(highest, 0, -2), (std::vector<uint8_t>{4, 2}));
  EXPECT_EQ(backwards(highest, lowest, lowest), (std::vector<uint8_t>{4}));
  EXPECT_EQ(backwards(lowest, highest, highest), (std::vector<uint8_t>{0}));
  EXPECT_EQ(backwards(2, 2, -1), (std::vector<uint8_t>{}));
  // Unlike Python, ONNX clamps a start before the front to the first element.
  EXPECT_EQ(backwards(lowest, lowest, -1), (std::vector<uint8_t>{0}));
}

TEST(Slice, RefusesListsThatDoNotFit) {
  const Tensor data = counting({5});
  EXPECT_FALSE(run_node("Slice", 13, {data, list({0}), list({1, 2})}));
  EXPECT_FALSE(run_node("Slice", 13, {data, list({0}), list({1}), list({1})}));
  EXPECT_FALSE(run_node("Slice", 13, {data, list({0, 0}), list({1, 1}), list({0, 0})}));
  EXPECT_FALSE(run_node("Slice", 13, {data, list({0}), list({1}), list({0}), list({0})}));
  EXPECT_FALSE(run_node("Slice", 13, {data, list({0}), list({1}), list({0}), list({})}));
  EXPECT_FALSE(run_node("Slice", 13, {data}));
}

TEST(Slice, AgreesWithTensorSlice) {
  EXPECT_TRUE(rc::check([] {
    const Shape shape = any_shape(1, 4);
    const Tensor data = counting(shape);
    const auto at = *rc::gen::inRange<int64_t>(0, static_cast<int64_t>(shape.rank()));
    const auto end = *rc::gen::inRange<int64_t>(-6, 7);
    const auto step = *rc::gen::suchThat(rc::gen::inRange<int64_t>(-3, 4), [](int64_t x) { return x != 0; });
    const auto start = *rc::gen::inRange<int64_t>(step > 0 ? -6 : -shape[static_cast<size_t>(at)], 7);
    const Tensor out = run_single("Slice", 13, {data, list({start}), list({end}), list({at}), list({step})});
    const Tensor expected = data.slice(at, start, end, step)->dense().value();
    RC_ASSERT(out.shape() == expected.shape());
    RC_ASSERT(values<float>(out) == values<float>(expected));
  }));
}

}  // namespace
}  // namespace wedge::testing
