#include "conformance/report.h"

namespace wedge::conformance {
namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wedge: ONNX conformance</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1c1f; --quiet: #61676f; --line: #e2e5e9; --bad: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14161a; --ink: #e6e8eb; --quiet: #9aa1ab; --line: #2b2f37; --bad: #ff8a80 }
}
body { background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; max-width: 1180px; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.5rem; font-weight: 600; margin: 0 } h2 { font-size: 1.05rem; font-weight: 600; margin: 2.5rem 0 .6rem }
p { margin: .3rem 0 } strong { font-weight: 600 }
dl { margin: 0 } dt { overflow-wrap: anywhere; border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .5rem }
dd { margin: 0; overflow-wrap: anywhere }
.quiet, dd { color: var(--quiet) } .bad { color: var(--bad) }
ul { columns: 17rem; column-gap: 2.5rem; list-style: none; margin: 0; padding: 0 }
li { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--line); padding: .2rem 0;
  break-inside: avoid }
li span:first-child { overflow-wrap: anywhere }
li span:last-child { white-space: nowrap }
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
  append_text(page, "<h2>Tests that do not pass</h2>\n<dl>\n");
  for (const Outcome& outcome : report.outcomes) {
    if (outcome.passed) continue;
    const auto known = report.exceptions.find(outcome.test);
    const bool is_known = known != report.exceptions.end();
    append_text(page, text("<dt", is_known ? "" : " class=bad", ">", escaped(outcome.test)));
    if (is_known) append_text(page, text("<dd>", escaped(known->second)));
    append_text(page, text("<dd>", escaped(outcome.reason), '\n'));
  }
  append_text(page, "</dl>\n");
}

}  // namespace

std::string to_html(const Report& report) {
  const Tally all = total(report);
  std::string page(head);
  append_text(
      page, text("<h1>ONNX conformance</h1>\n<p><strong>", all.passed, " of ", all.run, "</strong> backend tests pass",
                 is_good(report) ? ".\n" : ", <span class=bad>others than known</span>.\n"));
  if (all.passed != all.run) append_failures(page, report);
  append_text(page, "<h2>By operator</h2>\n<ul>\n");
  for (const auto& [subject, tally] : tally_by_subject(report)) {
    append_text(page, text("<li><span>", escaped(full_name(subject.first, subject.second)),
                           "</span><span class=", tally.passed == tally.run ? "quiet" : "bad", ">", tally.passed,
                           " of ", tally.run, "</span>\n"));
  }
  append_text(page, "</ul>\n</html>\n");
  return page;
}

}  // namespace wedge::conformance
