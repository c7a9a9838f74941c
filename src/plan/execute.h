// Walking a segment.
#pragma once

#include "plan/program.h"

namespace wedge {

/// Points the segment's slots at their memory: all of them when the segment is `fresh` to the execution, else only
/// those that move from run to run. Allocates outputs where there is no tensor to write into.
Result<> enter_segment(const PlanContext& context, Execution& execution, const Segment& segment, std::byte* arena,
                       bool fresh);

Result<> run_steps(const PlanContext& context, Execution& execution, const Segment& segment, std::byte* arena);

/// Brings the outputs that no step wrote in place to where the caller reads them.
Result<> finish_outputs(const PlanContext& context, Execution& execution, const Segment& segment);

}  // namespace wedge
