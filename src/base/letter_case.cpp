#include "base/letter_case.h"

#include <algorithm>
#include <span>

#include "base/letter_case_table.h"
#include "base/utf8.h"

namespace wedge {
namespace {

char32_t changed(char32_t code, std::span<const CaseRun> runs) {
  const auto after = std::ranges::upper_bound(runs, code, {}, &CaseRun::first);
  if (after == runs.begin()) return code;
  const CaseRun& run = *(after - 1);
  const bool belongs = code <= run.last && (code - run.first) % static_cast<char32_t>(run.step) == 0;
  return belongs ? static_cast<char32_t>(static_cast<int32_t>(code) + run.distance) : code;
}

std::string in_case(std::string_view text, std::span<const CaseRun> runs) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    if (point.value == CodePoint::invalid) {
      result += text[at];
    } else {
      append_utf8(changed(point.value, runs), result);
    }
    at += point.length;
  }
  return result;
}

}  // namespace

std::string lower_case(std::string_view text) { return in_case(text, lower_case_runs); }

std::string upper_case(std::string_view text) { return in_case(text, upper_case_runs); }

}  // namespace wedge
