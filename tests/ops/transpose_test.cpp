#include <algorithm>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Transpose, ReversesByDefault) {
  const Tensor out = run_single("Transpose", 13, {counting({2, 3})});
  EXPECT_EQ(out.shape(), (Shape{3, 2}));
  EXPECT_EQ(values<float>(out), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  const Tensor data = counting({2, 3});
  EXPECT_FALSE(run_node("Transpose", 13, {data}, {{"perm", std::vector<int64_t>{0}}}));
  EXPECT_FALSE(run_node("Transpose", 13, {data}, {{"perm", std::vector<int64_t>{0, 0}}}));
  EXPECT_FALSE(run_node("Transpose", 13, {data}, {{"perm", std::vector<int64_t>{0, 2}}}));
}

template <Element T>
void agrees_with_tensor_transpose() {
  EXPECT_TRUE(rc::check([] {
    const Shape shape = any_shape(0, 5);
    std::vector<int64_t> order(shape.rank());
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = 0; i + 1 < order.size(); ++i) std::swap(order[i], order[*rc::gen::inRange(i, order.size())]);
    const Tensor data = counting<T>(shape);
    const Tensor out = run_single("Transpose", 13, {data}, {{"perm", order}});
    if (shape.rank() == 0) return;
    const Tensor expected = data.transpose(order)->dense().value();
    RC_ASSERT(out.shape() == expected.shape());
    RC_ASSERT(values<T>(out) == values<T>(expected));
  }));
}

TEST(Transpose, AgreesWithTensorTranspose) {
  agrees_with_tensor_transpose<uint8_t>();
  agrees_with_tensor_transpose<float>();
  agrees_with_tensor_transpose<int64_t>();
}

TEST(DepthToSpace, MovesBlocksInBothOrders) {
  const Tensor data = counting({1, 8, 1, 2});
  const std::vector<Attribute> depth_first = {{"blocksize", int64_t{2}}};
  const Tensor out = run_single("DepthToSpace", 13, {data}, depth_first);
  EXPECT_EQ(out.shape(), (Shape{1, 2, 2, 4}));
  EXPECT_EQ(values<float>(out), (std::vector<float>{0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15}));
  EXPECT_EQ(values<float>(run_single("DepthToSpace", 13, {data}, {{"blocksize", int64_t{2}}, {"mode", "CRD"}})),
            (std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15}));
  EXPECT_EQ(values<float>(run_single("SpaceToDepth", 13, {out}, depth_first)), values<float>(data));
}

TEST(DepthToSpace, RefusesBlocksThatDoNotFit) {
  const Tensor data = counting({1, 6, 3, 3});
  for (const int64_t block : {int64_t{0}, int64_t{-1}, int64_t{2}, int64_t{1} << 62}) {
    EXPECT_FALSE(run_node("DepthToSpace", 13, {data}, {{"blocksize", block}}));
    EXPECT_FALSE(run_node("SpaceToDepth", 13, {data}, {{"blocksize", block}}));
  }
  EXPECT_FALSE(run_node("DepthToSpace", 13, {counting({4, 3, 3})}, {{"blocksize", int64_t{2}}}));
  EXPECT_FALSE(run_node("DepthToSpace", 13, {counting({1, 4, 3, 3})}, {{"blocksize", int64_t{2}}, {"mode", "RCD"}}));
}

}  // namespace
}  // namespace wedge::testing
