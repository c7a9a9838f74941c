// Decides where the values of a segment live: in place of one another, as a part of one another, in the buffer of an
// output, or in the arena.
#pragma once

#include <vector>

#include "plan/planner.h"

namespace wedge {

struct StorageRequests {
  struct InPlace {
    uint32_t step;
    uint32_t output;
    uint32_t input;
  };
  struct Part {
    uint32_t step;
    uint32_t input;
    uint32_t output;
    size_t byte_offset;
  };
  std::vector<InPlace> in_place;  ///< in the order of the steps
  std::vector<Part> parts;        ///< in the order of the steps
  std::vector<size_t> scratch;    ///< by step
};

/// Fills in the segment's slots, output plans, scratch offsets and arena size from the frontier that planning has
/// reached. Error: out_of_memory when arenas, weights and packed weights would exceed the limit.
Result<> assign_storage(const PlanContext& context, Frontier& frontier, Segment& segment,
                        const StorageRequests& requests);

}  // namespace wedge
