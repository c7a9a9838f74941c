// A profile in the forms that other programs read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "wedge/profile.h"

namespace wedge::cli {

/// All of the profile, times in nanoseconds.
nlohmann::json to_json(const std::string& model, const Profile& profile, const MachinePeak& peak);

/// A page that needs nothing but itself, made of what to_json() says.
std::string to_page(const nlohmann::json& profile);

/// Chrome's trace event format, which Perfetto and chrome://tracing show: one run of median length, the arena's use
/// along it, and the rewrites at load.
nlohmann::json to_trace(const std::string& model, const Profile& profile);

/// JSON on one line, with whatever is not UTF-8 replaced: names come from the model.
std::string dump(const nlohmann::json& value);

}  // namespace wedge::cli
