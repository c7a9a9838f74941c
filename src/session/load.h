// From bytes to a module that is ready to be planned.
#pragma once

#include "graph/graph.h"
#include "onnx/data_source.h"
#include "packed/packed_model.h"
#include "passes/pass_log.h"
#include "wedge/session.h"

namespace wedge {

/// Parses and builds: the module as the file says it, unknown operators included. Not for packed models.
Result<Module> build_module_from(std::span<const std::byte> bytes, const onnx::DataSource& source);

/// Parses, builds, checks, infers and optimises; `log` keeps what the passes did unless it is null. Constants that
/// nothing reads any more are dropped. A packed model was optimised when it was packed.
Result<packed::PackedModel> load_model(std::span<const std::byte> bytes, const onnx::DataSource& source,
                                       const SessionOptions& options, PassLog* log = nullptr);

/// The folder of a path, "." when it names none.
std::string folder_of(const std::string& path);

}  // namespace wedge
