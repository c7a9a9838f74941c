// What a run of the tests came to, for people and programs.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/isolate.h"

namespace wedge::conformance {

struct Tally {
  size_t passed = 0;
  size_t run = 0;
  // Of the tests that passed.
  std::set<int64_t> opsets;
  std::set<std::string> types;
};

/// By domain and operator; tests that are not about one operator come under their own name.
using Tallies = std::map<std::pair<std::string, std::string>, Tally>;

struct Report {
  std::vector<Outcome> outcomes;
  std::map<std::string, std::string> exceptions;  ///< known failures and their reasons, by test
};

Tallies tally_by_subject(const Report& report);
Tally total(const Report& report);
/// "ai.onnx.ml.Scaler"; operators of the standard domain go without it.
std::string full_name(const std::string& domain, const std::string& op);

/// Reads lines of a test's name and a reason; lines that begin with # are comments.
Result<std::map<std::string, std::string>> read_exceptions(const std::string& path);

/// Every failure is a known exception, and every exception fails.
bool is_good(const Report& report);

void print(const Report& report, bool quiet);
std::string to_json(const Report& report);
std::string to_html(const Report& report);
/// docs/operators.md: the operators of this build, and the tests of each.
std::string operators_page(const Report& report);

}  // namespace wedge::conformance
