// The activation that a convolution applies to its sums before it stores them.
#pragma once

#include <optional>

#include "graph/graph.h"
#include "kernels/channels_last.h"

namespace wedge {

/// The finish that applies an operator by its name, Clip between alpha and beta; the operator's own defaults where they
/// are absent, and nothing where there is no name.
Result<kernels::ConvFinish> activation_finish(std::string_view name, std::optional<float> alpha,
                                              std::optional<float> beta);

/// The same by the attributes `activation` (an operator's name), `activation_alpha` and `activation_beta`.
Result<kernels::ConvFinish> read_conv_activation(const Attributes& attributes);

/// These attributes for a node that applies a function to every element of its first input; nullopt when a convolution
/// cannot take it over. `constant` gives the elements of a constant value, else null.
std::optional<std::vector<Attribute>> conv_activation_of(const Node& node, FunctionRef<Tensor(ValueId)> constant);

}  // namespace wedge
