#include "tensor/constant.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <utility>

#include "base/result.h"

namespace wedge {
namespace {

class MadeConstant : public testing::Test {
 public:
  [[nodiscard]] Constant constant() {
    const auto make = [this]() -> Result<Tensor> {
      ++made;
      if (fails) return fail(ErrorCode::out_of_memory, "no memory");
      return Tensor::from<float>({1, 2}, {2});
    };
    return {DType::f32, Shape{2}, {.make = make, .raw = raw, .release = [this] { ++released; }}};
  }

  int made = 0;
  int released = 0;
  bool fails = false;
  std::array<std::byte, 8> raw{};
};

TEST_F(MadeConstant, IsMadeWhenItIsReadAndKeptUntilItIsDropped) {
  const Constant weights = constant();
  Constant copy;
  copy = weights;
  EXPECT_FALSE(weights.empty());
  EXPECT_EQ(weights.numel(), 2);
  EXPECT_EQ(made, 0) << "its type and shape are known without its elements";
  const Tensor elements = copy.elements();
  EXPECT_EQ(elements.data(), weights.elements().data()) << "copies share the elements";
  EXPECT_EQ(made, 1);
  EXPECT_EQ(weights.resident_bytes(), 8U);
  weights.drop();
  EXPECT_EQ(released, 1);
  EXPECT_EQ(copy.resident_bytes(), 0U);
  EXPECT_EQ(elements.view<float>().value()[1], 2.0F) << "who holds the elements goes on holding them";
  EXPECT_EQ(copy.elements().view<float>().value()[1], 2.0F);
  EXPECT_EQ(made, 2);
  EXPECT_EQ(weights.resident_bytes(), 8U);
}

TEST_F(MadeConstant, StaysOnceAPlanHoldsItsAddress) {
  const Constant weights = constant();
  weights.keep();
  const std::byte* address = weights.elements().data();
  weights.drop();
  EXPECT_EQ(weights.elements().data(), address);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(weights.resident_bytes(), 8U);
}

TEST_F(MadeConstant, HasItsRawBytesWithoutBeingMade) {
  EXPECT_EQ(constant().read_raw().data(), raw.data());
  EXPECT_EQ(made, 0);
}

TEST_F(MadeConstant, IsReadWhereItLiesUnlessItIsInMemory) {
  const Constant weights = constant();
  EXPECT_EQ(weights.source().bytes.data(), raw.data());
  EXPECT_EQ(made, 0);
  weights.drop();
  EXPECT_EQ(released, 1);
  EXPECT_EQ(weights.source().bytes.data(), raw.data());
  weights.drop();
  EXPECT_EQ(released, 2) << "what was read again is released again";
  const Tensor elements = weights.elements();
  EXPECT_EQ(weights.source().bytes.data(), elements.data());
}

// A constant whose origin holds memory, and an observer of that.
struct Held {
  std::shared_ptr<int> memory = std::make_shared<int>(1);
  std::weak_ptr<int> observer = memory;

  Constant constant(bool holds_memory) {
    const auto make = [held = std::exchange(memory, nullptr)]() -> Result<Tensor> {
      return Tensor::from<float>({static_cast<float>(*held)}, {1});
    };
    static constexpr std::byte raw[4] = {};
    return {DType::f32, Shape{1}, {.make = make, .raw = raw, .holds_memory = holds_memory}};
  }
};
Result<Tensor> seven() { return Tensor::from<float>({7}, {1}); }

TEST(Constant, IsThereForAsLongAsItsSource) {
  Held held;
  const Constant weights = held.constant(true);
  {
    const Constant::Source source = weights.source();
    weights.remake_by(seven);
    EXPECT_FALSE(held.observer.expired());
  }
  EXPECT_TRUE(held.observer.expired());
  EXPECT_EQ(weights.source().elements.view<float>().value()[0], 7.0F);
}

TEST(Constant, GivesBackWhatItsOriginHoldsOnceThereIsAnotherWay) {
  Held held;
  const Constant weights = held.constant(true);
  EXPECT_TRUE(weights.holds_memory());
  EXPECT_EQ(weights.elements().view<float>().value()[0], 1.0F);
  weights.remake_by(seven);
  EXPECT_TRUE(held.observer.expired());
  EXPECT_FALSE(weights.holds_memory());
  EXPECT_TRUE(weights.read_raw().empty());
  weights.drop();
  EXPECT_EQ(weights.elements().view<float>().value()[0], 7.0F);
}

TEST(Constant, KeepsItsOriginWhereAPlanReadsItOrNothingIsWon) {
  Held read;
  const Constant weights = read.constant(true);
  EXPECT_FALSE(weights.read_raw().empty());
  weights.remake_by(seven);
  EXPECT_FALSE(read.observer.expired());
  Held mapped;
  const Constant of_file = mapped.constant(false);
  of_file.remake_by(seven);
  EXPECT_EQ(of_file.elements().view<float>().value()[0], 1.0F);
  Held kept;
  const Constant in_place = kept.constant(true);
  in_place.keep();
  in_place.remake_by(seven);
  EXPECT_EQ(in_place.elements().view<float>().value()[0], 1.0F);
}

TEST_F(MadeConstant, IsEmptyWhereThereIsNoMemoryForIt) {
  const Constant weights = constant();
  fails = true;
  EXPECT_TRUE(weights.elements().empty());
  fails = false;
  EXPECT_FALSE(weights.elements().empty());
}

TEST(Constant, StaysWhereThereIsNoOrigin) {
  const Constant weights = Tensor::from<float>({3}, {1}).value();
  weights.drop();
  EXPECT_EQ(weights.elements().view<float>().value()[0], 3.0F);
  EXPECT_TRUE(weights.read_raw().empty());
  EXPECT_TRUE(Constant().empty());
  EXPECT_TRUE(Constant().elements().empty());
  Constant().drop();
}

}  // namespace
}  // namespace wedge
