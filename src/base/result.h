// Ways to build an Error and to pass it on.
#pragma once

#include <utility>

#include "base/text.h"
#include "wedge/error.h"

// Returns the error of a Result from the enclosing function; the value, if any, is dropped.
#define WEDGE_TRY(expression)                                         \
  do {                                                                \
    if (auto wedge_result = (expression); !wedge_result) [[unlikely]] \
      return std::unexpected(std::move(wedge_result).error());        \
  } while (false)

#define WEDGE_CONCAT_INNER(a, b) a##b
#define WEDGE_CONCAT(a, b) WEDGE_CONCAT_INNER(a, b)

// WEDGE_ASSIGN(auto x, f()): x is the value of f(), or the enclosing function returns f()'s error.
#define WEDGE_ASSIGN(declaration, expression) \
  WEDGE_ASSIGN_INNER(WEDGE_CONCAT(wedge_result_, __LINE__), declaration, expression)
#define WEDGE_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                               \
  if (!result) [[unlikely]]                                 \
    return std::unexpected(std::move(result).error());      \
  declaration = *std::move(result)

namespace wedge {

/// Builds the unexpected half of a Result from a code and the pieces of a sentence (see base/text.h).
template <typename... Parts>
[[nodiscard, gnu::cold, gnu::noinline]] std::unexpected<Error> fail(ErrorCode code, const Parts&... parts) {
  return std::unexpected(Error(code, text(parts...)));
}

}  // namespace wedge
