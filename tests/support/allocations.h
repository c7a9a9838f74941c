// Counts what the whole program takes from the heap.
#pragma once

#include <cstddef>

#include "wedge/session.h"

namespace wedge::test {

/// How often operator new has been called so far, by any thread.
size_t allocations();

/// Of ten runs of a binding whose inputs are set, once three have been made.
Result<size_t> allocations_in_steady_state(Binding& binding);

}  // namespace wedge::test
