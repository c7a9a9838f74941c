// The activation functions that recurrent operators choose by name.
#pragma once

#include <string_view>
#include <vector>

#include "kernels/elementwise.h"
#include "ops/node_view.h"

namespace wedge {

struct RecurrentActivation {
  enum class Kind { elementwise, affine, scaled_tanh, thresholded_relu };

  Kind kind = Kind::elementwise;
  kernels::UnaryFunction function = kernels::UnaryFunction::tanh;  ///< of elementwise
  float alpha = 0;
  float beta = 0;

  [[nodiscard]] bool is(kernels::UnaryFunction wanted) const { return kind == Kind::elementwise && function == wanted; }
  void apply(float* elements, size_t count) const;
};

/// The attributes activations, activation_alpha and activation_beta for some directions; each uses `defaults` when
/// the node names none.
Result<std::vector<RecurrentActivation>> read_activations(const NodeView& node, size_t directions,
                                                          std::span<const std::string_view> defaults);

}  // namespace wedge
