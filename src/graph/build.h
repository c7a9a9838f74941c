// From what the file says to what it means.
#pragma once

#include "base/function_ref.h"
#include "graph/graph.h"
#include "onnx/data_source.h"
#include "onnx/model.h"

namespace wedge {

/// Looks up an operator by domain and name; null for one that is not built in.
using OperatorLookup = FunctionRef<const Operator*(std::string_view domain, std::string_view name)>;

/// Makes the module of a model: names become values, functions of the model are inlined, nodes are put in an order in
/// which they can run, initialisers become constants (also those that IR 3 lists among the inputs). Nodes whose
/// operator is unknown keep a null op. Constants may be views of the model's bytes and of external data.
/// Errors: invalid_model (undefined or doubly defined names, cycles, missing opsets, recursive functions), and those
/// of the tensors' data.
Result<Module> build_module(const onnx::Model& model, const onnx::DataSource& source, OperatorLookup find_operator);

}  // namespace wedge
