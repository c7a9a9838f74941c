#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Expand, RepeatsDimensionsOfOne) {
  const Tensor data = tensor<int16_t>({3, 1}, {1, 2, 3});
  const Tensor out = run_single("Expand", 13, {data, list({2, 1, 2})});
  EXPECT_EQ(out.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(values<int16_t>(out), (std::vector<int16_t>{1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(run_single("Expand", 13, {data, list({1})}).shape(), (Shape{3, 1}));
  EXPECT_EQ(run_single("Expand", 13, {data, list({3, 0})}).shape(), (Shape{3, 0}));
}

TEST(Expand, RefusesShapesThatDoNotFit) {
  const Tensor data = counting({3, 1});
  EXPECT_FALSE(run_node("Expand", 13, {data, list({2, 1})}));
  EXPECT_FALSE(run_node("Expand", 13, {data, list({-1, 1})}));
  EXPECT_FALSE(run_node("Expand", 13, {data, list({0, 1})}));
  EXPECT_FALSE(run_node("Expand", 13, {data, list(std::vector<int64_t>(40, 1))}));
  EXPECT_FALSE(run_node("Expand", 13, {data, counting({2})}));
}

TEST(Expand, AgreesWithBroadcasting) {
  EXPECT_TRUE(rc::check([] {
    const Shape target = any_shape(1, 5);
    Shape shape = target;
    for (size_t axis = 0; axis < shape.rank(); ++axis) shape[axis] = *rc::gen::element<int64_t>(1, shape[axis]);
    const Tensor data = counting<double>(shape);
    const Tensor out = run_single("Expand", 13, {data, list({target.begin(), target.end()})});
    RC_ASSERT(values<double>(out) == values<double>(data.broadcast_to(target)->dense().value()));
  }));
}

TEST(Tile, RepeatsEachAxis) {
  const Tensor data = tensor<int8_t>({2, 2}, {1, 2, 3, 4});
  const Tensor out = run_single("Tile", 13, {data, list({2, 2})});
  EXPECT_EQ(out.shape(), (Shape{4, 4}));
  EXPECT_EQ(values<int8_t>(out), (std::vector<int8_t>{1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(values<int8_t>(run_single("Tile", 13, {data, list({1, 1})})), values<int8_t>(data));
  EXPECT_EQ(run_single("Tile", 13, {data, list({0, 3})}).shape(), (Shape{0, 6}));
  EXPECT_EQ(run_single("Tile", 13, {counting(Shape::of_rank(12)), list(std::vector<int64_t>(12, 1))}).numel(), 1);
}

TEST(Tile, RefusesRepeatsThatDoNotFit) {
  const Tensor data = counting({2, 2});
  EXPECT_FALSE(run_node("Tile", 13, {data, list({2})}));
  EXPECT_FALSE(run_node("Tile", 13, {data, list({2, -1})}));
  constexpr int64_t many = int64_t{1} << 62;
  EXPECT_FALSE(run_node("Tile", 13, {data, list({many, many})}));
}

}  // namespace
}  // namespace wedge::testing
