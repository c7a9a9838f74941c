#include <cmath>
#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

TEST(Binary, BroadcastsAsTheTensorDoes) {
  EXPECT_TRUE(rc::check([] {
    const Shape whole = any_shape(0, 5);
    // Each operand loses some leading dimensions and has 1 in place of some others.
    const auto part = [&] {
      const auto first = *rc::gen::inRange<size_t>(0, whole.rank() + 1);
      Shape shape = Shape::of_rank(whole.rank() - first);
      for (size_t i = 0; i < shape.rank(); ++i) shape[i] = *rc::gen::arbitrary<bool>() ? whole[first + i] : 1;
      return shape;
    };
    const Tensor a = counting<int32_t>(part());
    const Tensor b = counting<int32_t>(*rc::gen::arbitrary<bool>() ? whole : part());
    const Tensor out = run_single("Sub", 14, {a, b});
    const auto left = values<int32_t>(a.broadcast_to(out.shape())->dense().value());
    const auto right = values<int32_t>(b.broadcast_to(out.shape())->dense().value());
    const auto actual = values<int32_t>(out);
    for (size_t i = 0; i < actual.size(); ++i) RC_ASSERT(actual[i] == left[i] - right[i]);
    const Tensor floats = run_single(
        "Sub", 14,
        {run_single("Cast", 13, {a}, {{"to", int64_t{1}}}), run_single("Cast", 13, {b}, {{"to", int64_t{1}}})});
    for (size_t i = 0; i < actual.size(); ++i) {
      RC_ASSERT(values<float>(floats)[i] == static_cast<float>(left[i] - right[i]));
    }
  }));
}

TEST(Binary, RefusesShapesThatDoNotBroadcastAndMixedTypes) {
  const auto shapes = run_node("Add", 14, {counting({2, 3}), counting({2})});
  ASSERT_FALSE(shapes);
  EXPECT_EQ(shapes.error().to_string(), "node 'node' (Add): shapes [2, 3] and [2] do not broadcast");
  const auto types = run_node("Add", 14, {counting({2}), counting<int32_t>({2})});
  ASSERT_FALSE(types);
  EXPECT_EQ(types.error().to_string(),
            "node 'node' (Add): inputs 0 and 1 must have the same type, got float32 and int32");
  const auto strings = run_node(
      "Add", 14,
      {Tensor::from<std::string_view>({"a"}, {1}).value(), Tensor::from<std::string_view>({"b"}, {1}).value()});
  ASSERT_FALSE(strings);
  EXPECT_EQ(strings.error().to_string(), "node 'node' (Add): elements of type string");
}

TEST(Binary, KeepsEmptyTensorsEmpty) {
  EXPECT_EQ(run_single("Mul", 14, {tensor<float>({0, 3}, {}), counting({3})}).shape(), (Shape{0, 3}));
  EXPECT_EQ(run_single("Mul", 14, {tensor<float>({2, 0}, {}), counting({2, 1})}).shape(), (Shape{2, 0}));
}

template <typename T>
std::vector<T> both(const std::string& op, int64_t version, T a, T b, std::vector<Attribute> attributes = {}) {
  return values<T>(run_single(op, version, {tensor<T>({}, {a}), tensor<T>({}, {b})}, std::move(attributes)));
}

TEST(Binary, DefinesIntegerArithmeticForEveryInput) {
  constexpr int32_t lowest = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(both<int32_t>("Div", 14, -7, 2), std::vector{-3});
  EXPECT_EQ(both<int32_t>("Div", 14, 7, 0), std::vector{0});
  EXPECT_EQ(both<int32_t>("Div", 14, lowest, -1), std::vector{lowest});
  EXPECT_EQ(both<int32_t>("Sub", 14, lowest, 1), std::vector{std::numeric_limits<int32_t>::max()});
  EXPECT_EQ(both<uint16_t>("Mul", 14, 65535, 65535), std::vector<uint16_t>{1});
  EXPECT_EQ(both<int64_t>("Mod", 13, -7, 3), std::vector<int64_t>{2});
  EXPECT_EQ(both<int64_t>("Mod", 13, -7, 3, {{"fmod", int64_t{1}}}), std::vector<int64_t>{-1});
  EXPECT_EQ(both<int64_t>("Mod", 13, 7, 0), std::vector<int64_t>{0});
  EXPECT_EQ(both<int8_t>("Mod", 13, -128, -1), std::vector<int8_t>{0});
  EXPECT_EQ(both<float>("Mod", 13, -7, 3, {{"fmod", int64_t{1}}}), std::vector<float>{-1});
}

TEST(Binary, RaisesToPowersOfOtherTypes) {
  EXPECT_EQ(both<float>("Pow", 13, 3, 2), std::vector<float>{9});
  EXPECT_EQ(both<int64_t>("Pow", 13, -3, 3), std::vector<int64_t>{-27});
  EXPECT_EQ(both<int32_t>("Pow", 13, -1, -3), std::vector<int32_t>{-1});
  EXPECT_EQ(both<int32_t>("Pow", 13, 2, -1), std::vector<int32_t>{0});
  EXPECT_EQ(both<int32_t>("Pow", 13, 2, 40), std::vector<int32_t>{0});
  const Tensor base = tensor<float>({2}, {2, 3});
  EXPECT_EQ(values<float>(run_single("Pow", 13, {base, tensor<uint64_t>({}, {3})})), (std::vector<float>{8, 27}));
  const Tensor whole = tensor<int32_t>({3}, {4, 9, -4});
  EXPECT_EQ(values<int32_t>(run_single("Pow", 13, {whole, tensor<float>({}, {0.5F})})),
            (std::vector<int32_t>{2, 3, 0}));
}

TEST(Binary, ComputesSixteenBitFloatsInFloat) {
  const auto half = [](float x) { return Float16(x); };
  EXPECT_EQ(both<Float16>("Add", 14, half(1.5F), half(2.25F)), std::vector{half(3.75F)});
  EXPECT_EQ(both<BFloat16>("Mul", 14, BFloat16(1.5F), BFloat16(2.0F)), std::vector{BFloat16(3.0F)});
  EXPECT_EQ(both<double>("Div", 14, 1.0, 3.0), std::vector{1.0 / 3.0});
}

TEST(Binary, Compares) {
  const Tensor a = tensor<float>({4}, {1, 2, 3, NAN});
  const Tensor b = tensor<float>({}, {2});
  const auto compare = [&](const std::string& op) { return values<bool>(run_single(op, 16, {a, b})); };
  EXPECT_EQ(compare("Less"), (std::vector<bool>{true, false, false, false}));
  EXPECT_EQ(compare("LessOrEqual"), (std::vector<bool>{true, true, false, false}));
  EXPECT_EQ(compare("Greater"), (std::vector<bool>{false, false, true, false}));
  EXPECT_EQ(compare("GreaterOrEqual"), (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(compare("Equal"), (std::vector<bool>{false, true, false, false}));
  const Tensor words = Tensor::from<std::string_view>({"a", "b"}, {2}).value();
  const Tensor word = Tensor::from<std::string_view>({"b"}, {1}).value();
  EXPECT_EQ(values<bool>(run_single("Equal", 19, {words, word})), (std::vector<bool>{false, true}));
}

TEST(Binary, CombinesBitsAndShifts) {
  const Tensor a = tensor<bool>({2, 1}, {false, true});
  const Tensor b = tensor<bool>({2}, {false, true});
  EXPECT_EQ(values<bool>(run_single("And", 7, {a, b})), (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(values<bool>(run_single("Or", 7, {a, b})), (std::vector<bool>{false, true, true, true}));
  EXPECT_EQ(values<bool>(run_single("Xor", 7, {a, b})), (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(both<uint8_t>("BitwiseXor", 18, 0x0f, 0x3c), std::vector<uint8_t>{0x33});
  EXPECT_EQ(both<uint8_t>("BitShift", 11, 0x81, 1, {{"direction", "LEFT"}}), std::vector<uint8_t>{2});
  EXPECT_EQ(both<uint64_t>("BitShift", 11, 8, 64, {{"direction", "RIGHT"}}), std::vector<uint64_t>{0});
  const auto lost = run_node("BitShift", 11, {tensor<uint8_t>({}, {1}), tensor<uint8_t>({}, {1})});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().to_string(), "node 'node' (BitShift): direction must be LEFT or RIGHT, got ''");
}

TEST(Binary, FoldsAnyNumberOfOperands) {
  const Tensor a = tensor<float>({2, 1}, {1, 5});
  const Tensor b = tensor<float>({3}, {2, 4, 6});
  const Tensor c = tensor<float>({}, {3});
  EXPECT_EQ(values<float>(run_single("Max", 13, {a, b, c})), (std::vector<float>{3, 4, 6, 5, 5, 6}));
  EXPECT_EQ(values<float>(run_single("Min", 13, {a, b, c})), (std::vector<float>{1, 1, 1, 2, 3, 3}));
  EXPECT_EQ(values<float>(run_single("Sum", 13, {a, b, c})), (std::vector<float>{6, 8, 10, 10, 12, 14}));
  EXPECT_EQ(values<float>(run_single("Mean", 13, {a, b, a})),
            (std::vector<float>{4.0F / 3, 2, 8.0F / 3, 4, 14.0F / 3, 16.0F / 3}));
  EXPECT_EQ(values<float>(run_single("Sum", 13, {b})), (std::vector<float>{2, 4, 6}));
  EXPECT_FALSE(run_node("Sum", 13, {b, Tensor(), b}));
  EXPECT_FALSE(run_node("Sum", 13, {b, Tensor()}));
  EXPECT_TRUE(std::isnan(values<float>(run_single("Max", 13, {c, tensor<float>({}, {NAN})}))[0]));
  // The third operand alone has more than one element.
  const Tensor one = tensor<float>({1}, {1});
  const std::vector<float> many(40, 3);
  const Tensor wide = tensor<float>({40}, many);
  EXPECT_EQ(values<float>(run_single("Sum", 13, {one, one, wide})), std::vector<float>(40, 5));
  EXPECT_FALSE(run_node("Mean", 13, {counting<int32_t>({2})}));
}

TEST(PRelu, ScalesNegativesByASlopeThatFitsTheInput) {
  const Tensor x = tensor<float>({2, 2}, {-1, 2, -3, 4});
  EXPECT_EQ(values<float>(run_single("PRelu", 16, {x, tensor<float>({2, 1}, {2, 3})})),
            (std::vector<float>{-2, 2, -9, 4}));
  const auto wide = run_node("PRelu", 16, {tensor<float>({2}, {1, 2}), x});
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().to_string(), "node 'node' (PRelu): slope of shape [2, 2] does not broadcast to [2]");
}

TEST(Where, PicksByConditionAcrossBroadcasts) {
  const Tensor condition = tensor<bool>({2, 1}, {true, false});
  const Tensor a = tensor<int16_t>({3}, {1, 2, 3});
  EXPECT_EQ(values<int16_t>(run_single("Where", 16, {condition, a, tensor<int16_t>({}, {9})})),
            (std::vector<int16_t>{1, 2, 3, 9, 9, 9}));
  const Tensor words = Tensor::from<std::string_view>({"x"}, {1}).value();
  const Tensor others = Tensor::from<std::string_view>({"y"}, {1}).value();
  EXPECT_EQ(values<std::string_view>(run_single("Where", 16, {condition, words, others})),
            (std::vector<std::string_view>{"x", "y"}));
  EXPECT_FALSE(run_node("Where", 16, {counting({2}), a, a}));
}

TEST(Clip, TakesBoundsFromAttributesOrInputs) {
  const Tensor x = tensor<float>({4}, {-2, 0.5F, 3, NAN});
  const auto old = values<float>(run_single("Clip", 6, {x}, {{"min", -1.0F}, {"max", 1.0F}}));
  EXPECT_EQ((std::vector<float>(old.begin(), old.begin() + 3)), (std::vector<float>{-1, 0.5F, 1}));
  EXPECT_TRUE(std::isnan(old[3]));
  const Tensor whole = tensor<int8_t>({3}, {-5, 0, 5});
  EXPECT_EQ(values<int8_t>(run_single("Clip", 13, {whole, Tensor(), tensor<int8_t>({}, {2})})),
            (std::vector<int8_t>{-5, 0, 2}));
  EXPECT_EQ(values<int8_t>(run_single("Clip", 13, {whole, tensor<int8_t>({}, {3}), tensor<int8_t>({}, {1})})),
            (std::vector<int8_t>{1, 1, 1}));
  const auto bounds = run_node("Clip", 13, {whole, whole});
  ASSERT_FALSE(bounds);
  EXPECT_EQ(bounds.error().to_string(), "node 'node' (Clip): a bound must be one number, got shape [3]");
}

TEST(Binary, BeforeOpset7AnAxisLinesOperandsUp) {
  const Tensor a = counting({2, 3, 2});
  const Tensor b = tensor<float>({3}, {10, 20, 30});
  const std::vector<Attribute> from_axis = {{"broadcast", int64_t{1}}, {"axis", int64_t{1}}};
  EXPECT_EQ(values<float>(run_single("Add", 6, {a, b}, from_axis)),
            (std::vector<float>{10, 11, 22, 23, 34, 35, 16, 17, 28, 29, 40, 41}));
  EXPECT_FALSE(run_node("Add", 6, {a, b}, {{"broadcast", int64_t{1}}, {"axis", int64_t{3}}}));
  EXPECT_FALSE(run_node("Add", 6, {a, counting({3, 2})}, {{"broadcast", int64_t{1}}, {"axis", int64_t{2}}}));
  EXPECT_FALSE(run_node("Add", 7, {a, b}, from_axis));
  EXPECT_EQ(values<float>(run_single("PRelu", 6, {tensor<float>({1, 2, 2}, {-1, -2, -3, 4}), counting({2})})),
            (std::vector<float>{0, 0, -3, 4}));
}

}  // namespace
}  // namespace wedge::testing
