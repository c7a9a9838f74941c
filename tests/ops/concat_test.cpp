#include "support/samples.h"

namespace wedge::testing {
namespace {

Attribute axis(int64_t value) { return {"axis", value}; }

TEST(Concat, JoinsAlongEachAxis) {
  const Tensor a = tensor<float>({2, 2}, {1, 2, 3, 4});
  const Tensor b = tensor<float>({1, 2}, {5, 6});
  const Tensor rows = run_single("Concat", 13, {a, b}, {axis(0)});
  EXPECT_EQ(rows.shape(), (Shape{3, 2}));
  EXPECT_EQ(values<float>(rows), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const Tensor c = tensor<float>({2, 1}, {7, 8});
  const Tensor columns = run_single("Concat", 13, {a, c, a}, {axis(-1)});
  EXPECT_EQ(columns.shape(), (Shape{2, 5}));
  EXPECT_EQ(values<float>(columns), (std::vector<float>{1, 2, 7, 1, 2, 3, 4, 8, 3, 4}));
}

TEST(Concat, TakesStringsOneInputAndEmptyOnes) {
  const Tensor words = Tensor::from<std::string_view>({"a", "bc"}, {2}).value();
  const Tensor out = run_single("Concat", 13, {words, words}, {axis(0)});
  EXPECT_EQ(values<std::string_view>(out), (std::vector<std::string_view>{"a", "bc", "a", "bc"}));
  EXPECT_EQ(values<std::string_view>(run_single("Concat", 13, {words}, {axis(0)})), values<std::string_view>(words));
  const Tensor none = tensor<int8_t>({0, 2}, {});
  EXPECT_EQ(run_single("Concat", 13, {none, none}, {axis(0)}).shape(), (Shape{0, 2}));
  EXPECT_EQ(values<int8_t>(run_single("Concat", 13, {none, tensor<int8_t>({1, 2}, {3, 4}), none}, {axis(0)})),
            (std::vector<int8_t>{3, 4}));
}

TEST(Concat, RefusesInputsThatDoNotFit) {
  const Tensor a = counting({2, 2});
  EXPECT_FALSE(run_node("Concat", 13, {a, counting({2, 3})}, {axis(0)}));
  EXPECT_FALSE(run_node("Concat", 13, {a, counting({2})}, {axis(0)}));
  EXPECT_FALSE(run_node("Concat", 13, {a, counting<int32_t>({2, 2})}, {axis(0)}));
  EXPECT_FALSE(run_node("Concat", 13, {a, a}, {axis(2)}));
  EXPECT_FALSE(run_node("Concat", 13, {a, a}));
}

TEST(Split, CutsEqualAndListedPieces) {
  const Tensor data = counting({2, 6});
  const auto equal = run_node("Split", 13, {data}, {axis(1)}, 3).value();
  EXPECT_EQ(values<float>(equal[1]), (std::vector<float>{2, 3, 8, 9}));
  const auto listed = run_node("Split", 13, {data, list({4, 0, 2})}, {axis(1)}, 3).value();
  EXPECT_EQ(listed[1].shape(), (Shape{2, 0}));
  EXPECT_EQ(values<float>(listed[2]), (std::vector<float>{4, 5, 10, 11}));
  const auto by_attribute = run_node("Split", 11, {data}, {{"split", std::vector<int64_t>{1, 1}}}, 2).value();
  EXPECT_EQ(values<float>(by_attribute[1]), (std::vector<float>{6, 7, 8, 9, 10, 11}));
}

TEST(Split, LeavesTheLastPieceSmallerSinceOpset18) {
  const auto pieces = run_node("Split", 18, {counting({7})}, {{"num_outputs", int64_t{3}}}, 3).value();
  EXPECT_EQ(values<float>(pieces[0]), (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(values<float>(pieces[2]), (std::vector<float>{6}));
  EXPECT_FALSE(run_node("Split", 13, {counting({7})}, {}, 3));
}

TEST(Split, RefusesLengthsThatDoNotFit) {
  const Tensor data = counting({4});
  EXPECT_FALSE(run_node("Split", 13, {data, list({1, 2})}, {}, 2));
  EXPECT_FALSE(run_node("Split", 13, {data, list({4})}, {}, 2));
  EXPECT_FALSE(run_node("Split", 13, {data, list({5, -1})}, {}, 2));
  EXPECT_FALSE(run_node("Split", 18, {data}, {{"num_outputs", int64_t{4}}}, 2));
  EXPECT_FALSE(run_node("Split", 18, {data}, {{"num_outputs", int64_t{6}}}, 6));
  EXPECT_FALSE(run_node("Split", 13, {data}, {axis(1)}, 2));
}

TEST(Split, ConcatUndoesIt) {
  EXPECT_TRUE(rc::check([] {
    Shape shape = any_shape(1, 4);
    const auto at = *rc::gen::inRange<size_t>(0, shape.rank());
    const auto lengths = *rc::gen::container<std::vector<int64_t>>(3, rc::gen::inRange<int64_t>(0, 4));
    shape[at] = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
    const Tensor data = counting<uint16_t>(shape);
    const Attribute where = axis(static_cast<int64_t>(at));
    const auto pieces = run_node("Split", 13, {data, list(lengths)}, {where}, 3).value();
    RC_ASSERT(values<uint16_t>(run_single("Concat", 13, pieces, {where})) == values<uint16_t>(data));
  }));
}

}  // namespace
}  // namespace wedge::testing
