// From bytes to a module that is ready to be planned.
#pragma once

#include "graph/graph.h"
#include "onnx/data_source.h"
#include "passes/pass_log.h"
#include "wedge/session.h"

namespace wedge {

/// Parses and builds: the module as the file says it, unknown operators included.
Result<Module> build_module_from(std::span<const std::byte> bytes, const onnx::DataSource& source);

/// Parses, builds, checks, infers and optimises; `log` keeps what the passes did unless it is null. Constants that
/// nothing reads any more are dropped.
Result<Module> load_module(std::span<const std::byte> bytes, const onnx::DataSource& source,
                           const SessionOptions& options, PassLog* log = nullptr);

/// The folder of a path, "." when it names none.
std::string folder_of(const std::string& path);

}  // namespace wedge
