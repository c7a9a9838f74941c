// What the engine knows of an operator. An operator is one file: attributes, shape rule, prepare and run.
//
//   infer    runs whenever types and shapes are asked for: at load on symbolic dimensions, at planning on numbers.
//   prepare  runs once per plan, with every input's type and shape known: it checks, chooses a kernel, packs constant
//            inputs, asks for scratch, and returns the Kernel.
//   Kernel   runs once per run: spans in, spans out, no allocation, no look-up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/built_in.h"
#include "ops/infer_context.h"
#include "ops/operator_table.h"
#include "ops/prepare_context.h"
#include "ops/run_context.h"

namespace wedge {

struct Operator {
  Result<> (*infer)(InferContext&) = nullptr;
  /// Null for control flow, and where this build has the shape rule alone.
  Result<Kernel> (*prepare)(PrepareContext&) = nullptr;

  // Arity is checked before infer and prepare see the node: the first min_inputs inputs are there, and no more than
  // max_inputs and max_outputs.
  size_t min_inputs = 1;
  size_t max_inputs = 1;
  size_t max_outputs = 1;

  /// Where there may be any number of inputs, some of them may be left out.
  bool has_gaps = false;

  /// The first opset version of the domain whose meaning this file honours.
  int64_t since = 1;
  /// The outputs follow from the inputs' shapes alone, so that they are known as soon as those are (Shape, Size).
  bool reads_only_shapes = false;
  /// The planner splices the branch that is taken into the plan (If).
  bool is_spliced = false;
  /// Inputs may be sequences and optionals.
  bool takes_containers = false;
  /// Two runs on the same inputs give the same outputs: false for random operators, which are never folded.
  bool is_pure = true;
};

inline constexpr size_t any_number = SIZE_MAX;

/// What this build has of an operator: `whole` is assigned to it.
struct OperatorPart {
  bool is_run;

  constexpr Operator operator=(Operator whole) const {
    if (!is_run) whole.prepare = nullptr;
    return whole;
  }
};

}  // namespace wedge

// Makes the definition that follows a row of the generated operator table:
//   WEDGE_OPERATOR(onnx, Relu) = {.infer = …, .prepare = …};
// `domain` is the tail of a domain_ constant in operator_table.h. C names are the same whatever namespace they are in,
// and a unit of many sources has one for each (scripts/units.py).
#define WEDGE_OPERATOR(domain, name)                          \
  extern "C" const Operator wedge_operator_##domain##_##name; \
  constinit const Operator wedge_operator_##domain##_##name = OperatorPart { built_in::runs(#name) }
