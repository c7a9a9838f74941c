// Counts what the whole program takes from the heap.
#pragma once

#include <cstddef>

namespace wedge::test {

/// How often operator new has been called so far, by any thread.
size_t allocations();

}  // namespace wedge::test
