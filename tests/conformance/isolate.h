// Each test in a process of its own: a crash or a hang costs that test only.
#pragma once

#include <span>

#include "conformance/backend.h"

namespace wedge::conformance {

struct Outcome {
  std::string test;
  Subject subject;
  bool passed = false;
  std::string reason;  ///< why it did not
};

/// The outcomes in the order of the tests; `jobs` of them run at a time.
std::vector<Outcome> run_isolated(std::span<const BackendTest> tests, const SessionOptions& options, unsigned jobs);

}  // namespace wedge::conformance
