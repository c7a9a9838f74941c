#include <gtest/gtest.h>

#include <vector>

#include "onnx/model.h"
#include "onnx/tensor_data.h"
#include "support/proto_writer.h"

namespace wedge::onnx {
namespace {

using test::as_bytes;
using test::tensor;
using test::TensorWriter;

Result<Tensor> convert(const TensorWriter& values, const TensorWriter& indices, std::initializer_list<int64_t> dims) {
  test::GraphWriter graph;
  graph.sparse_initializer("s", values, indices, dims);
  const std::string bytes = test::model(graph);
  WEDGE_ASSIGN(const Model model, parse_model(as_bytes(bytes)));
  return to_tensor(model.graph.sparse_initializer.at(0), DataSource());
}

std::string error_of(const Result<Tensor>& result) { return result ? "no error" : result.error().message(); }

void expect_floats(const Result<Tensor>& result, const std::vector<float>& expected) {
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_TRUE(std::ranges::equal(result->view<float>().value(), expected));
}

TEST(SparseTensor, BothFormsOfIndices) {
  const auto values = tensor<float>({2}, {5, 7});
  const std::vector<float> expected{0, 0, 5, 0, 7, 0};
  expect_floats(convert(values, tensor<int64_t>({2}, {2, 4}), {2, 3}), expected);
  expect_floats(convert(values, tensor<int64_t>({2, 2}, {0, 2, 1, 1}), {2, 3}), expected);
  expect_floats(convert(values, tensor<int64_t>({2, 1}, {0, 1}), {3}), {5, 7, 0});
  expect_floats(convert(tensor<float>({0}, {}), tensor<int64_t>({0}, {}), {2}), {0, 0});
}

TEST(SparseTensor, RefusesWhatDoesNotFit) {
  const auto values = tensor<float>({2}, {5, 7});
  EXPECT_EQ(error_of(convert(values, tensor<int64_t>({2}, {0, 6}), {2, 3})),
            "sparse tensor 's': index 6 is outside shape [2, 3]");
  EXPECT_EQ(error_of(convert(values, tensor<int64_t>({2}, {-1, 0}), {2, 3})),
            "sparse tensor 's': index -1 is outside shape [2, 3]");
  EXPECT_EQ(error_of(convert(values, tensor<int64_t>({2, 2}, {0, 3, 0, 0}), {2, 3})),
            "sparse tensor 's': index 3 is outside shape [2, 3]");
  EXPECT_EQ(error_of(convert(values, tensor<int64_t>({3}, {0, 1, 2}), {2, 3})),
            "sparse tensor 's': indices of shape [3] for 2 values in a tensor of rank 2");
  EXPECT_EQ(error_of(convert(values, tensor<int32_t>({2}, {0, 1}), {2, 3})),
            "sparse tensor 's': the tensor holds int32, not int64");
  EXPECT_EQ(error_of(convert(tensor<float>({1, 2}, {5, 7}), tensor<int64_t>({2}, {0, 1}), {2, 3})),
            "sparse tensor 's': values of shape [1, 2], not [NNZ]");
  EXPECT_EQ(error_of(convert(tensor<std::string_view>({1}, {"a"}), tensor<int64_t>({1}, {0}), {3})),
            "sparse tensor 's': elements of type string");
}

TEST(SparseTensor, LimitsTheDenseSize) {
  const auto result = convert(tensor<float>({1}, {5}), tensor<int64_t>({1}, {0}), {1 << 20, 1 << 20});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::out_of_memory);
  EXPECT_FALSE(convert(tensor<float>({1}, {5}), tensor<int64_t>({1}, {0}), {INT64_MAX, INT64_MAX}));
}

}  // namespace
}  // namespace wedge::onnx
