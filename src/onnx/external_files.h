// Which files beside it a model reads.
#pragma once

#include <string>
#include <vector>

#include "onnx/model.h"

namespace wedge::onnx {

/// The locations of its external data, each once, in the order they appear in.
std::vector<std::string> external_files(const Model& model);

}  // namespace wedge::onnx
