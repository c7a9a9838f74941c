// Profiles as JSON, for bindings.
#pragma once

#include <string>

#include "wedge/profile.h"

namespace wedge::capi {

/// {"threads", "runs", "runNanoseconds", "memory": {…}, "steps": [{"name", "op", "domain", "kernel", "inputs",
/// "outputs", "operations", "bytes", "nanoseconds", "begin", "end"}], "passes": [{"pass", "nodesBefore", "nodesAfter",
/// "nanoseconds"}]}; a tensor is {"name", "dtype", "dims"}.
std::string to_json(const Profile& profile);

}  // namespace wedge::capi
