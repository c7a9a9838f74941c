#pragma once

#include <optional>

#include "graph/attribute.h"
#include "onnx/data_source.h"
#include "onnx/model.h"

namespace wedge {

/// An attribute other than a graph; nullopt for a kind that nodes here do not carry (types).
/// Errors: those of its tensors.
Result<std::optional<Attribute>> build_attribute(const onnx::AttributeProto& proto, const onnx::DataSource& source);

}  // namespace wedge
