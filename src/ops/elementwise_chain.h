// Functions of single elements, one after the other: the program of ElementwiseChain, as passes write it and the
// operator reads it.
#pragma once

#include <string>
#include <vector>

#include "graph/attribute.h"
#include "kernels/elementwise.h"

namespace wedge {

/// One function of one or two operands, each an input of the node or the result of an earlier step.
struct ChainStep {
  std::string function;  ///< an operator of two operands (Add, Sub, Mul, Div, Max, Min, Pow), or an activation's name
  int64_t first = 0;     ///< below the number of inputs: an input; else that many steps from the first one
  int64_t second = -1;   ///< as `first`; -1 for functions of one operand
  float alpha = 0;       ///< parameters of an activation, as in FusedActivation
  float beta = 0;
};

/// The kernel of an operator of two operands; null for other names.
kernels::BinaryLoopF32 binary_loop(std::string_view name);

std::vector<Attribute> chain_attributes(const std::vector<ChainStep>& steps);
/// Error: invalid_model when the attributes are not such a program on `inputs` inputs.
Result<std::vector<ChainStep>> read_chain(const Attributes& attributes, size_t inputs);

}  // namespace wedge
