// Operators in tests: one node, made and run in a line.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/evaluate.h"
#include "ops/inference.h"

namespace wedge::testing {

/// A dense tensor from a list of elements.
template <Element T>
Tensor tensor(const Shape& shape, const std::vector<T>& values) {
  Tensor result = Tensor::allocate(dtype_of<T>, shape).value();
  auto target = result.mutable_view<T>().value();
  EXPECT_EQ(target.size(), values.size());
  std::copy(values.begin(), values.end(), target.begin());
  return result;
}

/// The elements of a tensor, converted to T when it holds another number type is an error of the test.
template <Element T>
std::vector<T> values(const Tensor& tensor) {
  const auto view = tensor.view<T>();
  if (!view) {
    ADD_FAILURE() << view.error().to_string();
    return {};
  }
  return {view->begin(), view->end()};
}

/// A node of the standard domain with all its inputs (no_value where the Tensor is empty).
inline Node make_node(const std::string& op_type, int64_t version, const std::vector<Tensor>& inputs,
                      std::vector<Attribute> attributes, size_t output_count = 1, const std::string& domain = "") {
  Node node{.name = "node",
            .domain = domain,
            .op_type = op_type,
            .version = version,
            .op = find_operator(domain, op_type),
            .inputs = {},
            .outputs = {},
            .attributes = Attributes(std::move(attributes)),
            .subgraph_names = {},
            .subgraphs = {}};
  ValueId next = 0;
  for (const Tensor& input : inputs) node.inputs.push_back(input.empty() ? no_value : next++);
  for (size_t i = 0; i < output_count; ++i) node.outputs.push_back(next++);
  return node;
}

/// Runs one operator on its own.
inline Result<std::vector<Tensor>> run_node(const std::string& op_type, int64_t version,
                                            const std::vector<Tensor>& inputs, std::vector<Attribute> attributes = {},
                                            size_t output_count = 1) {
  return evaluate(make_node(op_type, version, inputs, std::move(attributes), output_count), inputs);
}

/// The same for an operator of ai.onnx.ml.
inline Result<std::vector<Tensor>> run_ml(const std::string& op_type, int64_t version,
                                          const std::vector<Tensor>& inputs, std::vector<Attribute> attributes,
                                          size_t output_count = 1) {
  return evaluate(make_node(op_type, version, inputs, std::move(attributes), output_count, "ai.onnx.ml"), inputs);
}

/// Runs one operator of com.microsoft on its own.
inline Result<std::vector<Tensor>> run_contrib(const std::string& op_type, const std::vector<Tensor>& inputs,
                                               std::vector<Attribute> attributes = {}, size_t output_count = 1) {
  return evaluate(make_node(op_type, 1, inputs, std::move(attributes), output_count, "com.microsoft"), inputs);
}

/// The only output of an operator that must succeed.
inline Tensor run_single(const std::string& op_type, int64_t version, const std::vector<Tensor>& inputs,
                         std::vector<Attribute> attributes = {}) {
  auto result = run_node(op_type, version, inputs, std::move(attributes));
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    return {};
  }
  return result->front();
}

}  // namespace wedge::testing
