#include "conformance/report.h"

namespace wedge::conformance {
namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wedge: ONNX conformance</title>
<style>
:root { color-scheme: light dark; --line: #8884; --good: #2a8a4a; --bad: #c83c32; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0 } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.count { white-space: nowrap; font-variant-numeric: tabular-nums }
td.reason { overflow-wrap: anywhere }
.good { color: var(--good) } .bad { color: var(--bad) }
meter { width: 8rem }
</style>
)";

std::string escaped(std::string_view raw) {
  std::string out;
  for (const char c : raw) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

void append_failures(std::string& page, const Report& report) {
  append_text(page, "<h2>Tests that do not pass</h2>\n<table>\n<tr><th>test<th>reason\n");
  for (const Outcome& outcome : report.outcomes) {
    if (outcome.passed) continue;
    const auto known = report.exceptions.find(outcome.test);
    append_text(page, text("<tr><td>", escaped(outcome.test), "<td class=reason>", escaped(outcome.reason)));
    if (known != report.exceptions.end()) append_text(page, text("<br>Known: ", escaped(known->second)));
    page += '\n';
  }
  append_text(page, "</table>\n");
}

}  // namespace

std::string to_html(const Report& report) {
  const Tally all = total(report);
  std::string page(head);
  append_text(page, text("<h1>ONNX conformance</h1>\n<p><strong class=", all.passed == all.run ? "good" : "bad", ">",
                         all.passed, " of ", all.run, "</strong> backend tests pass.\n"));
  if (all.passed != all.run) append_failures(page, report);
  append_text(page, "<h2>By operator</h2>\n<table>\n<tr><th>operator<th>passed<th>\n");
  for (const auto& [subject, tally] : tally_by_subject(report)) {
    append_text(page, text("<tr><td>", escaped(full_name(subject.first, subject.second)), "<td class='count ",
                           tally.passed == tally.run ? "good" : "bad", "'>", tally.passed, " of ", tally.run,
                           "<td><meter max=", tally.run, " value=", tally.passed, "></meter>\n"));
  }
  append_text(page, "</table>\n</html>\n");
  return page;
}

}  // namespace wedge::conformance
