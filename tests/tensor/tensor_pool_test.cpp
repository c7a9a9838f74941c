#include "tensor/tensor_pool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>
#include <vector>

namespace wedge {
namespace {

TEST(TensorPool, GivesTheMemoryOfAGoneTensorToTheNextOfItsSize) {
  TensorPool pool;
  const std::byte* first = nullptr;
  {
    Tensor tensor = pool.allocate(DType::f32, {1000}).value();
    const Tensor shared = tensor;
    tensor = Tensor();
    first = shared.data();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0U);
    EXPECT_GE(pool.use().in_use, 4000U);
  }
  EXPECT_EQ(pool.use().in_use, 0U);
  EXPECT_GE(pool.use().idle, 4000U);
  const Tensor next = pool.allocate(DType::u8, {3990}).value();
  EXPECT_EQ(next.data(), first);
  EXPECT_EQ(pool.use().reused, 1U);
  EXPECT_EQ(pool.use().made, 1U);
  EXPECT_EQ(pool.use().idle, 0U);
}

TEST(TensorPool, KeepsNoMoreThanItIsTold) {
  TensorPool pool;
  {
    std::vector<Tensor> tensors;
    for (const int64_t size : {100, 5000, 70000}) tensors.push_back(pool.allocate(DType::u8, {size}).value());
  }
  const uint64_t peak = pool.use().peak;
  EXPECT_EQ(pool.use().idle, peak);
  pool.trim(6000);
  EXPECT_LE(pool.use().idle, 6000U);
  EXPECT_GE(pool.use().idle, 5100U);
  pool.trim(0);
  EXPECT_EQ(pool.use().idle, 0U);
  EXPECT_EQ(pool.use().peak, peak);
}

TEST(TensorPool, ItsTensorsMayOutliveIt) {
  Tensor tensor;
  {
    TensorPool pool;
    tensor = pool.allocate(DType::f32, {3}).value();
  }
  tensor.mutable_view<float>().value()[2] = 1;
}

TEST(TensorPool, RefusesWhatNoMachineHas) {
  TensorPool pool;
  EXPECT_FALSE(pool.allocate(DType::f32, {int64_t{1} << 40, int64_t{1} << 40}));
  EXPECT_FALSE(pool.allocate(DType::u8, {int64_t{1} << 61}));
  EXPECT_FALSE(pool.allocate(DType::undefined, {1}));
  EXPECT_EQ(pool.use().in_use, 0U);
}

TEST(TensorPool, StringsStartEmpty) {
  TensorPool pool;
  const Tensor words = pool.allocate(DType::string, {2}).value();
  EXPECT_EQ(words.view<std::string_view>().value()[1], "");
}

RC_GTEST_PROP(TensorPool, TensorsHaveTheirBytesToThemselves, ()) {
  TensorPool pool;
  std::vector<std::pair<Tensor, std::byte>> live;
  const auto sizes = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, 3000));
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto mark = static_cast<std::byte>(i);
    Tensor tensor = pool.allocate(DType::u8, {sizes[i]}).value();
    std::ranges::fill(tensor.mutable_bytes(), mark);
    live.emplace_back(tensor, mark);
    if (i % 3 == 2) live.erase(live.begin() + static_cast<ptrdiff_t>(i % live.size()));
  }
  for (const auto& [tensor, mark] : live) {
    for (const std::byte byte : tensor.bytes()) RC_ASSERT(byte == mark);
  }
  const PoolUse use = pool.use();
  RC_ASSERT(use.made + use.reused == sizes.size());
}

TEST(TensorPool, ServesSeveralThreads) {
  TensorPool pool;
  const auto churn = [&] {
    for (int i = 0; i < 2000; ++i) {
      Tensor tensor = pool.allocate(DType::u8, {i % 300}).value();
      std::ranges::fill(tensor.mutable_bytes(), std::byte{1});
    }
  };
  std::thread other(churn);
  churn();
  other.join();
  EXPECT_EQ(pool.use().in_use, 0U);
  EXPECT_EQ(pool.use().made + pool.use().reused, 4000U);
}

}  // namespace
}  // namespace wedge
