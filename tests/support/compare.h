// Results of operators of com.microsoft held against others that should be close.
#pragma once

#include <cmath>

#include "support/samples.h"

namespace wedge::testing {

/// Numbers without a pattern, small enough for softmax to mix many values.
inline Tensor sample(const Shape& shape, float phase) {
  std::vector<float> elements(static_cast<size_t>(shape.numel()));
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = std::sin(phase + 1.7F * static_cast<float>(i));
  return tensor<float>(shape, elements);
}

inline std::vector<float> result_of(const std::string& name, const std::vector<Tensor>& inputs,
                                    const std::vector<Attribute>& attributes, size_t output = 0,
                                    size_t output_count = 1) {
  const auto results = run_contrib(name, inputs, attributes, output_count);
  if (!results) {
    ADD_FAILURE() << results.error().to_string();
    return {};
  }
  return values<float>((*results)[output]);
}

inline void expect_near(const std::vector<float>& a, const std::vector<float>& b, float tolerance = 1e-5F) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << "at " << i;
}

inline Tensor half(const Tensor& floats) {
  std::vector<Float16> elements;
  for (const float x : values<float>(floats)) elements.emplace_back(x);
  return tensor<Float16>(floats.shape(), elements);
}

inline std::vector<float> widened(const Tensor& halves) {
  std::vector<float> elements;
  for (const Float16 x : values<Float16>(halves)) elements.push_back(static_cast<float>(x));
  return elements;
}

}  // namespace wedge::testing
