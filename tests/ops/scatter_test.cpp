#include <limits>

#include "support/samples.h"

namespace wedge::testing {
namespace {

Attribute reduction(const char* name) { return {"reduction", std::string(name)}; }

TEST(GatherElements, LooksUpOneAxis) {
  const Tensor data = tensor<float>({2, 2}, {1, 2, 3, 4});
  const Tensor indices = tensor<int64_t>({2, 2}, {0, 0, 1, -2});
  EXPECT_EQ(values<float>(run_single("GatherElements", 13, {data, indices}, {{"axis", int64_t{1}}})),
            (std::vector<float>{1, 1, 4, 3}));
  EXPECT_EQ(values<float>(run_single("GatherElements", 13, {data, tensor<int32_t>({1, 1}, {1})})),
            (std::vector<float>{3}));
  EXPECT_FALSE(run_node("GatherElements", 13, {data, tensor<int64_t>({1, 1}, {2})}));
  EXPECT_FALSE(run_node("GatherElements", 13, {data, tensor<int64_t>({1}, {0})}));
  EXPECT_FALSE(run_node("GatherElements", 13, {data, tensor<int64_t>({1, 3}, {0, 0, 0})}));
}

TEST(GatherND, PicksSlicesAndBatches) {
  const Tensor data = counting<int32_t>({2, 2, 2});
  EXPECT_EQ(values<int32_t>(run_single("GatherND", 13, {data, tensor<int64_t>({2, 2}, {0, 1, 1, 0})})),
            (std::vector<int32_t>{2, 3, 4, 5}));
  EXPECT_EQ(values<int32_t>(
                run_single("GatherND", 13, {data, tensor<int64_t>({2, 1}, {1, -2})}, {{"batch_dims", int64_t{1}}})),
            (std::vector<int32_t>{2, 3, 4, 5}));
  EXPECT_FALSE(run_node("GatherND", 13, {data, tensor<int64_t>({1, 1}, {2})}));
  EXPECT_FALSE(run_node("GatherND", 13, {data, tensor<int64_t>({1, 4}, {0, 0, 0, 0})}));
  EXPECT_FALSE(run_node("GatherND", 13, {data, tensor<int64_t>({1, 1}, {0})}, {{"batch_dims", int64_t{1}}}));
  EXPECT_FALSE(run_node("GatherND", 13, {data, tensor<int64_t>({1, 1}, {0})}, {{"batch_dims", int64_t{-1}}}));
}

TEST(ScatterElements, PutsAndCombines) {
  const Tensor data = tensor<float>({1, 5}, {1, 2, 3, 4, 5});
  const Tensor indices = tensor<int64_t>({1, 2}, {1, -4});
  const Tensor updates = tensor<float>({1, 2}, {1.5F, -2});
  const auto scattered = [&](const char* name) {
    return values<float>(
        run_single("ScatterElements", 18, {data, indices, updates}, {{"axis", int64_t{1}}, reduction(name)}));
  };
  EXPECT_EQ(scattered("none"), (std::vector<float>{1, -2, 3, 4, 5}));
  EXPECT_EQ(scattered("add"), (std::vector<float>{1, 1.5F, 3, 4, 5}));
  EXPECT_EQ(scattered("mul"), (std::vector<float>{1, -6, 3, 4, 5}));
  EXPECT_EQ(scattered("max"), (std::vector<float>{1, 2, 3, 4, 5}));
  EXPECT_EQ(scattered("min"), (std::vector<float>{1, -2, 3, 4, 5}));
  EXPECT_FALSE(run_node("ScatterElements", 18, {data, indices, updates}, {reduction("div")}));
  EXPECT_FALSE(run_node("ScatterElements", 18, {data, indices, updates}));
  EXPECT_FALSE(run_node("ScatterElements", 18, {data, tensor<int64_t>({1, 1}, {0}), updates}));
}

TEST(ScatterElements, WrapsIntegersAndMovesStrings) {
  const Tensor index = tensor<int32_t>({1}, {0});
  const Tensor large = tensor<int32_t>({1}, {std::numeric_limits<int32_t>::max()});
  EXPECT_EQ(values<int32_t>(run_single("ScatterElements", 18, {large, index, large}, {reduction("add")})),
            (std::vector<int32_t>{-2}));
  const Tensor word = Tensor::from<std::string_view>({"old"}, {1}).value();
  const Tensor update = Tensor::from<std::string_view>({"new"}, {1}).value();
  EXPECT_EQ(values<std::string_view>(run_single("ScatterElements", 18, {word, index, update})),
            (std::vector<std::string_view>{"new"}));
  EXPECT_FALSE(run_node("ScatterElements", 18, {word, index, update}, {reduction("add")}));
}

TEST(ScatterND, PutsSlices) {
  const Tensor data = counting<int64_t>({3, 2});
  const Tensor indices = tensor<int64_t>({2, 1}, {2, 0});
  const Tensor updates = tensor<int64_t>({2, 2}, {10, 20, 30, 40});
  EXPECT_EQ(values<int64_t>(run_single("ScatterND", 18, {data, indices, updates})),
            (std::vector<int64_t>{30, 40, 2, 3, 10, 20}));
  EXPECT_EQ(values<int64_t>(run_single("ScatterND", 18, {data, indices, updates}, {reduction("add")})),
            (std::vector<int64_t>{30, 41, 2, 3, 14, 25}));
  EXPECT_FALSE(run_node("ScatterND", 18, {data, tensor<int64_t>({2, 1}, {3, 0}), updates}));
  EXPECT_FALSE(run_node("ScatterND", 18, {data, indices, counting<int64_t>({2, 1})}));
  EXPECT_FALSE(run_node("ScatterND", 18, {data, tensor<int64_t>({2, 3}, {0, 0, 0, 0, 0, 0}), updates}));
}

}  // namespace
}  // namespace wedge::testing
