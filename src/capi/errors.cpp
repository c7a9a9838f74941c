#include "capi/errors.h"

#include <string>

#include "capi/handles.h"

namespace wedge::capi {
namespace {

constexpr wedge_status status_of(ErrorCode code) { return static_cast<wedge_status>(code) + 1; }
static_assert(status_of(ErrorCode::invalid_argument) == WEDGE_INVALID_ARGUMENT);
static_assert(status_of(ErrorCode::invalid_model) == WEDGE_INVALID_MODEL);
static_assert(status_of(ErrorCode::unsupported) == WEDGE_UNSUPPORTED);
static_assert(status_of(ErrorCode::out_of_range) == WEDGE_OUT_OF_RANGE);
static_assert(status_of(ErrorCode::out_of_memory) == WEDGE_OUT_OF_MEMORY);
static_assert(status_of(ErrorCode::not_found) == WEDGE_NOT_FOUND);
static_assert(status_of(ErrorCode::io) == WEDGE_IO);
static_assert(status_of(ErrorCode::internal) == WEDGE_INTERNAL);
static_assert(status_of(invalid_handle) == WEDGE_INVALID_HANDLE);

struct LastError {
  std::string message;
  std::string node;
  std::string op;
  std::string file;
};

LastError& last_error() {
#ifdef __wasm__
  // Nothing is destroyed at the end of a thread there.
  thread_local LastError* error = nullptr;
  if (error == nullptr) error = new LastError;
  return *error;
#else
  thread_local LastError error;
  return error;
#endif
}

}  // namespace

wedge_status report(const Result<>& result) {
  if (result) return WEDGE_OK;
  const Error& error = result.error();
  last_error() = {.message = error.to_string(), .node = error.node(), .op = error.op(), .file = error.file()};
  return status_of(error.code());
}

Result<> require_that(bool is_there, std::string_view name) {
  if (is_there) return {};
  return fail(ErrorCode::invalid_argument, "'", name, "' is null");
}

}  // namespace wedge::capi

const char* wedge_error_message() { return wedge::capi::last_error().message.c_str(); }
const char* wedge_error_node() { return wedge::capi::last_error().node.c_str(); }
const char* wedge_error_operator() { return wedge::capi::last_error().op.c_str(); }
const char* wedge_error_file() { return wedge::capi::last_error().file.c_str(); }
