// What else this build has: see built_in.h. Apart from it, since fewer sources ask for these.
#pragma once

#include "base/built_in.h"
#include "built_in_parts_lists.h"

namespace wedge::built_in {

/// Whether graphs may have operators of that name: those that rewrites replace need not be run.
constexpr bool reads(std::string_view op_type) { return runs(op_type) || is_among(op_type, lists::read); }

constexpr bool has_pass(std::string_view name) { return !lists::is_made_for_models || is_among(name, lists::passes); }

/// Whether the build has a part that not every model takes (BuildNeeds::parts).
constexpr bool has_part(std::string_view name) { return !lists::is_made_for_models || is_among(name, lists::parts); }

/// As wedge::is_container() of a tensor that there can be.
constexpr bool is_container(DType dtype) { return has_part("containers") && wedge::is_container(dtype); }

}  // namespace wedge::built_in
