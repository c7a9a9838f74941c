#include <algorithm>
#include <cmath>
#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(TopK, OrdersByValueThenByPlace) {
  const Tensor x = tensor<float>({5}, {2, 7, 7, -INFINITY, 3});
  const auto result = run_node("TopK", 11, {x, list({3})}, {}, 2);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(values<float>((*result)[0]), (std::vector<float>{7, 7, 3}));
  EXPECT_EQ(values<int64_t>((*result)[1]), (std::vector<int64_t>{1, 2, 4}));
  const auto smallest = run_node("TopK", 11, {x, list({2})}, {{"largest", int64_t{0}}}, 2);
  EXPECT_EQ(values<int64_t>((*smallest)[1]), (std::vector<int64_t>{3, 0}));
}

TEST(TopK, OrdersSpecialFloats) {
  const Tensor x = tensor<double>({6}, {-0.0, NAN, 0.0, INFINITY, -1.5, -INFINITY});
  const auto result = run_node("TopK", 11, {x, list({6})}, {}, 2);
  EXPECT_EQ(values<int64_t>((*result)[1]), (std::vector<int64_t>{1, 3, 0, 2, 4, 5}));
}

TEST(TopK, AgreesWithSortingAlongAnyAxis) {
  EXPECT_TRUE(rc::check([] {
    const Shape shape = any_shape(1, 4);
    std::vector<int16_t> elements(static_cast<size_t>(shape.numel()));
    for (int16_t& element : elements) element = *rc::gen::arbitrary<int16_t>();
    const Tensor x = tensor<int16_t>(shape, elements);
    const auto axis = static_cast<int64_t>(*rc::gen::inRange<size_t>(0, shape.rank()));
    const int64_t count = shape[static_cast<size_t>(axis)];
    const auto result = run_node("TopK", 11, {x, list({count})}, {{"axis", axis}}, 2);
    RC_ASSERT(result.has_value());
    const Tensor gathered = run_single("GatherElements", 13, {x, (*result)[1]}, {{"axis", axis}});
    RC_ASSERT(values<int16_t>(gathered) == values<int16_t>((*result)[0]));
    const Tensor first = (*result)[0].slice(axis, 0, count - 1)->dense().value();
    const Tensor second = (*result)[0].slice(axis, 1, count)->dense().value();
    const auto larger = values<int16_t>(first);
    const auto smaller = values<int16_t>(second);
    for (size_t i = 0; i < larger.size(); ++i) RC_ASSERT(larger[i] >= smaller[i]);
  }));
}

TEST(TopK, RefusesMoreThanThereIs) {
  const auto more = run_node("TopK", 11, {counting({2, 3}), list({4})}, {}, 2);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().to_string(), "node 'node' (TopK): cannot take 4 elements along axis 1 of [2, 3]");
  EXPECT_FALSE(run_node("TopK", 11, {counting({3}), list({-1})}, {}, 2));
  EXPECT_EQ((*run_node("TopK", 1, {counting({3})}, {{"k", int64_t{0}}}, 2))[0].shape(), (Shape{0}));
}

TEST(OneHot, PutsOnWhereTheIndexSays) {
  const Tensor indices = tensor<int64_t>({3}, {0, -1, 7});
  const Tensor depth = tensor<int32_t>({}, {3});
  const Tensor choices = tensor<int8_t>({2}, {2, 5});
  EXPECT_EQ(values<int8_t>(run_single("OneHot", 11, {indices, depth, choices})),
            (std::vector<int8_t>{5, 2, 2, 2, 2, 5, 2, 2, 2}));
  const Tensor front = run_single("OneHot", 11, {tensor<float>({2}, {1, NAN}), depth, choices}, {{"axis", int64_t{0}}});
  EXPECT_EQ(front.shape(), (Shape{3, 2}));
  EXPECT_EQ(values<int8_t>(front), (std::vector<int8_t>{2, 2, 5, 2, 2, 2}));
  EXPECT_FALSE(run_node("OneHot", 11, {indices, tensor<int32_t>({}, {-1}), choices}));
  EXPECT_FALSE(run_node("OneHot", 11, {indices, depth, tensor<int8_t>({3}, {1, 2, 3})}));
  EXPECT_EQ(run_single("OneHot", 11, {indices, tensor<int32_t>({}, {0}), choices}).shape(), (Shape{3, 0}));
}

TEST(Compress, KeepsSlicesOrElements) {
  const Tensor x = tensor<int32_t>({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor picked = run_single("Compress", 11, {x, tensor<bool>({2}, {false, true})}, {{"axis", int64_t{0}}});
  EXPECT_EQ(picked.shape(), (Shape{1, 2}));
  EXPECT_EQ(values<int32_t>(picked), (std::vector<int32_t>{3, 4}));
  EXPECT_EQ(values<int32_t>(run_single("Compress", 11, {x, tensor<bool>({2}, {true, false})}, {{"axis", int64_t{1}}})),
            (std::vector<int32_t>{1, 3, 5}));
  EXPECT_EQ(values<int32_t>(run_single("Compress", 11, {x, tensor<bool>({5}, {false, true, false, false, true})})),
            (std::vector<int32_t>{2, 5}));
  const auto beyond =
      run_node("Compress", 11, {x, tensor<bool>({4}, {true, false, false, true})}, {{"axis", int64_t{0}}});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().to_string(), "node 'node' (Compress): the condition picks element 3 of 3");
}

TEST(NonZero, ListsIndicesByAxis) {
  const Tensor found = run_single("NonZero", 13, {tensor<float>({2, 2}, {1, 0, 0, NAN})});
  EXPECT_EQ(found.shape(), (Shape{2, 2}));
  EXPECT_EQ(values<int64_t>(found), (std::vector<int64_t>{0, 1, 0, 1}));
  EXPECT_EQ(run_single("NonZero", 13, {tensor<bool>({3}, {false, false, false})}).shape(), (Shape{1, 0}));
}

TEST(Trilu, KeepsATriangle) {
  const Tensor x = tensor<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto triangle = [&](int64_t upper, int64_t k) {
    return values<int32_t>(run_single("Trilu", 14, {x, tensor<int64_t>({}, {k})}, {{"upper", upper}}));
  };
  EXPECT_EQ(triangle(1, 0), (std::vector<int32_t>{1, 2, 3, 0, 5, 6}));
  EXPECT_EQ(triangle(1, 1), (std::vector<int32_t>{0, 2, 3, 0, 0, 6}));
  EXPECT_EQ(triangle(0, 0), (std::vector<int32_t>{1, 0, 0, 4, 5, 0}));
  EXPECT_EQ(triangle(0, -1), (std::vector<int32_t>{0, 0, 0, 4, 0, 0}));
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(triangle(1, lowest), (std::vector<int32_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(triangle(1, highest), (std::vector<int32_t>(6, 0)));
  EXPECT_EQ(triangle(0, lowest), (std::vector<int32_t>(6, 0)));
  EXPECT_EQ(triangle(0, highest), (std::vector<int32_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(run_single("Trilu", 14, {tensor<float>({2, 0, 3}, {})}).shape(), (Shape{2, 0, 3}));
  EXPECT_EQ(run_single("Trilu", 14, {tensor<float>({2, 3, 0}, {})}).shape(), (Shape{2, 3, 0}));
  EXPECT_FALSE(run_node("Trilu", 14, {counting({3})}));
}

TEST(CumSum, RunsFromEitherEnd) {
  const Tensor x = tensor<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto sums = [&](int64_t axis, int64_t exclusive, int64_t reverse) {
    return values<int32_t>(
        run_single("CumSum", 14, {x, tensor<int64_t>({}, {axis})}, {{"exclusive", exclusive}, {"reverse", reverse}}));
  };
  EXPECT_EQ(sums(1, 0, 0), (std::vector<int32_t>{1, 3, 6, 4, 9, 15}));
  EXPECT_EQ(sums(-1, 1, 0), (std::vector<int32_t>{0, 1, 3, 0, 4, 9}));
  EXPECT_EQ(sums(1, 1, 1), (std::vector<int32_t>{5, 3, 0, 11, 6, 0}));
  EXPECT_EQ(sums(0, 0, 0), (std::vector<int32_t>{1, 2, 3, 5, 7, 9}));
  const auto outside = run_node("CumSum", 14, {x, tensor<int64_t>({}, {2})});
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().to_string(), "node 'node' (CumSum): axis 2 is outside a tensor of rank 2");
}

TEST(EyeLike, DrawsADiagonal) {
  const Tensor x = counting<int32_t>({2, 3});
  EXPECT_EQ(values<int32_t>(run_single("EyeLike", 9, {x})), (std::vector<int32_t>{1, 0, 0, 0, 1, 0}));
  const Tensor floats = run_single("EyeLike", 9, {x}, {{"dtype", int64_t{1}}, {"k", int64_t{1}}});
  EXPECT_EQ(values<float>(floats), (std::vector<float>{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(values<int32_t>(run_single("EyeLike", 9, {x}, {{"k", int64_t{-1}}})),
            (std::vector<int32_t>{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(values<int32_t>(run_single("EyeLike", 9, {x}, {{"k", std::numeric_limits<int64_t>::min()}})),
            (std::vector<int32_t>(6, 0)));
  EXPECT_FALSE(run_node("EyeLike", 9, {counting({2})}));
}

}  // namespace
}  // namespace wedge::testing
