#pragma once

#include "graph/graph.h"
#include "wedge/session.h"

namespace wedge {

/// The public form of a declaration.
ValueInfo describe(const Declaration& declared, std::span<const std::string> symbols);

}  // namespace wedge
