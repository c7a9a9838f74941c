// A model as a session has it: the optimised graph and the weights as kernels want them, in one file that is mapped and
// run. It serves the same version of the library on the same kind of machine, or any machine when no weights are
// packed.
//
//   magic, format      8 bytes and a number
//   version, machine   texts; no machine is any
//   header             a text: the module (module_fields.h), where its constants are, and what is packed
//   data               at the next multiple of 64: elements and packed weights, each at a multiple of 64 of its own
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "onnx/data_source.h"
#include "ops/packed_store.h"

namespace wedge::packed {

/// Takes the bytes of a file one stretch after the other.
using Sink = std::function<Result<>(std::span<const std::byte>)>;

/// The bytes begin as those of a packed model do.
bool is_packed(std::span<const std::byte> bytes);

/// Writes the module and what the store has of its weights; for any machine when it is null. Elements that were packed
/// and are read by no step are left out when `is_planned`: every plan there can be has been made. Errors:
/// out_of_memory, and those of the sink.
Result<> write(const Module& module, const PackedStore* store, bool is_planned, const Sink& sink);

struct PackedWeight {
  ValueId weight = no_value;
  std::string form;
  std::span<const std::byte> bytes;
};

struct PackedModel {
  Module module;
  std::vector<PackedWeight> weights;
  bool is_for_any_machine = true;
};

/// The model, its constants and weights views of the bytes. Errors: unsupported when they were packed by another
/// version or for another machine; invalid_model; invalid_argument when the bytes do not lie at a multiple of 64.
Result<PackedModel> read(const onnx::OwnedBytes& bytes);

}  // namespace wedge::packed
