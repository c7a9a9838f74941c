// From Results to the codes and sentences of the C interface.
#pragma once

#include "base/result.h"
#include "wedge/wedge.h"

namespace wedge::capi {

/// Keeps an error for wedge_error_message() and gives its code; WEDGE_OK without one.
wedge_status report(const Result<>& result);

/// What a function of the C interface does; `body` returns Result<>.
template <typename Body>
wedge_status guard(Body&& body) {
  return report(body());
}

/// Error: invalid_argument when a pointer is null.
Result<> require_that(bool is_there, std::string_view name);
template <typename T>
Result<> require(const T* pointer, std::string_view name) {
  return require_that(pointer != nullptr, name);
}

}  // namespace wedge::capi
