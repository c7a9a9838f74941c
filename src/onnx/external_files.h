// The external data of a model: which files it lies in, and what of them is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onnx/model.h"

namespace wedge::onnx {

/// Where external data lies: the entries of TensorProto::external_data.
struct Location {
  std::string_view path;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

/// Error: invalid_model for numbers that are none, and for a path that is absolute or climbs.
Result<Location> parse_location(const TensorProto& tensor);

struct ExternalFile {
  struct Range {
    uint64_t offset = 0;
    uint64_t size = 0;
    const TensorProto* tensor = nullptr;  ///< of the model, if it alone is made of it
  };
  std::string location;
  std::vector<Range> ranges;  ///< by offset; they do not overlap
};

/// The files a model reads, in the order they appear in. Errors: those of the tensors' locations, types and shapes.
Result<std::vector<ExternalFile>> external_files(const Model& model);

}  // namespace wedge::onnx
