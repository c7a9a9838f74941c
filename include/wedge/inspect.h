// What a model file holds, without loading it for a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wedge/session.h"

namespace wedge {

/// An operator and how often a model uses it, its subgraphs and inlined functions included.
struct OperatorUse {
  std::string domain;  ///< empty for ai.onnx
  std::string name;
  int64_t version = 0;  ///< the opset of the domain
  size_t count = 0;
  bool supported = false;  ///< whether this build has it
};

struct ModelSummary {
  std::string producer;
  std::string graph_name;
  int64_t ir_version = 0;
  std::vector<OpsetVersion> opsets;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<OperatorUse> operators;  ///< by name
  size_t nodes = 0;
  size_t functions = 0;          ///< functions that the model defines
  uint64_t parameters = 0;       ///< elements of all constants of numbers
  uint64_t parameter_bytes = 0;  ///< their size in memory
};

/// Reads a model as far as its meaning, unknown operators included. Errors: those of Session::load() that are not about
/// operators, naming the file.
Result<ModelSummary> inspect(const std::string& path);
/// As above, of a model in memory. External data is not looked for.
Result<ModelSummary> inspect(std::span<const std::byte> bytes);

/// What a build must have to run a model; names without their domains, each once.
struct BuildNeeds {
  std::vector<std::string> run;     ///< operators that are run, those that rewrites make among them
  std::vector<std::string> read;    ///< operators that rewrites replace, of which the shape rules are enough
  std::vector<std::string> passes;  ///< rewrites that change the model
  std::vector<DType> types;         ///< of elements
  /// Parts of the library that not every model takes: to read it "onnx", with "functions" and "external_data", or
  /// "packed", with "packed_weights"; "containers", which sequences and optionals are; "replanning" where one plan made
  /// at load is not all there is; and what only makes it faster: "large_weights" that are packed while they arrive,
  /// "groups" of convolutions, "tiles" of matrix products.
  std::vector<std::string> parts;
};

/// Errors: those of Session::load().
Result<BuildNeeds> build_needs(const std::string& path);

}  // namespace wedge
