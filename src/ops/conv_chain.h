// A chain of ChannelsLastConv as one node (ConvChain), as a pass writes it and the operator reads it. Inputs are the
// image, then weights and bias of each convolution, then what is added to the last one's sums.
#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace wedge {

/// The node's inputs, and its attributes: those of each convolution with its number before their names.
struct ConvChainParts {
  std::vector<ValueId> inputs;
  std::vector<Attribute> attributes;
};

/// convs: nodes of ChannelsLastConv, each the input of the next.
ConvChainParts conv_chain_parts(std::span<const Node* const> convs);

}  // namespace wedge
