// Activations that another step applies: what a product or a convolution does with its sums before it stores them, and
// a chain of element-wise functions with its elements.
#pragma once

#include <optional>

#include "graph/graph.h"
#include "kernels/channels_last.h"

namespace wedge {

/// A function of single elements by the name of its operator, with its parameters.
struct FusedActivation {
  std::string_view name;  ///< of static storage
  float alpha = 0;
  float beta = 0;
};

/// The finish that applies an operator by its name, Clip between alpha and beta; the operator's own defaults where they
/// are absent, and nothing where there is no name.
Result<kernels::ConvFinish> activation_finish(std::string_view name, std::optional<float> alpha,
                                              std::optional<float> beta);

/// What a node that applies a function to every element of its first input does; nullopt when that is none of those a
/// step can take over. `constant` gives the elements of a constant value, else null.
std::optional<FusedActivation> fused_activation_of(const Node& node, FunctionRef<Tensor(ValueId)> constant);

/// It as the attributes `activation`, `activation_alpha` and `activation_beta`, and the finish that they ask for, with
/// `scale` and `shift` for what becomes of the result.
std::vector<Attribute> activation_attributes(const FusedActivation& activation);
Result<kernels::ConvFinish> read_fused_activation(const Attributes& attributes);

}  // namespace wedge
