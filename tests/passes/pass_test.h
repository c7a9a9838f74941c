// What the tests of passes share: a model as the passes leave it, and what it computes.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "onnx/data_source.h"
#include "session/load.h"
#include "support/load.h"
#include "tensor/tensor_ref.h"

namespace wedge::test {

inline Module module_of(const std::string& bytes, Optimization optimization,
                        const std::vector<std::string>& without = {}) {
  const onnx::DataSource source;
  SessionOptions options{.log = {}};
  options.optimization = optimization;
  options.without_passes = without;
  auto loaded = load_model(as_bytes(bytes), source, options);
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().to_string());
  return std::move(loaded->module);
}

/// The operators of the graph in running order.
inline std::vector<std::string> operators(const Module& module) {
  std::vector<std::string> names;
  for (const auto& node : module.graph.nodes) names.push_back(node->op_type);
  return names;
}
inline std::vector<std::string> operators(const std::string& bytes, Optimization optimization,
                                          const std::vector<std::string>& without = {}) {
  return operators(module_of(bytes, optimization, without));
}

/// Numbers that differ from each other, in [-1, 1].
inline Tensor waves(const Shape& shape, float phase = 0) {
  const Tensor tensor = Tensor::zeros(DType::f32, shape).value();
  const auto values = TensorRef(tensor).as<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i) * 1.7F + phase);
  return tensor;
}

inline void expect_close(const Outputs& expected, const Outputs& actual, float tolerance) {
  ASSERT_EQ(expected.size(), actual.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i].tensor.shape(), actual[i].tensor.shape());
    const auto wanted = elements<float>(expected[i].tensor);
    const auto got = elements<float>(actual[i].tensor);
    for (size_t k = 0; k < wanted.size(); ++k) {
      // Infinities are equal, too.
      if (wanted[k] == got[k]) continue;
      ASSERT_NEAR(wanted[k], got[k], tolerance) << expected[i].name << " at " << k;
    }
  }
}

/// The model computes the same with all passes, and with each alone left out, as with none, up to rounding.
inline void expect_same_results(const std::string& bytes, const std::vector<NamedTensor>& feeds,
                                float tolerance = 1e-5F) {
  SessionOptions options{.log = {}};
  options.threads = 1;
  options.optimization = Optimization::none;
  const Outputs expected = must_load(bytes, options).run(feeds).value();
  const auto check = [&] { expect_close(expected, must_load(bytes, options).run(feeds).value(), tolerance); };
  options.optimization = Optimization::all;
  check();
  for (const std::string_view name : pass_names()) {
    SCOPED_TRACE(testing::Message() << "without " << name);
    options.without_passes = {std::string(name)};
    check();
  }
}

}  // namespace wedge::test
