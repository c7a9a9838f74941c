// Runs ONNX's backend tests with Wedge. Exits with 1 when one fails that is not a known exception, with 2 when the
// tests cannot be run.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "base/platform.h"
#include "conformance/report.h"

namespace {

namespace fs = std::filesystem;
using wedge::ErrorCode;
using wedge::fail;
using wedge::Result;
using namespace wedge::conformance;

struct Options {
  std::vector<std::string> sources;
  std::string json;
  std::string html;
  std::string operators;
  std::string exceptions = WEDGE_EXCEPTIONS;
  bool quiet = false;
  wedge::SessionOptions session{.threads = 1, .log = {}};
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "wedge-conformance-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<> unpack(const std::string& archive, const fs::path& folder) {
  if (folder.empty()) return fail(ErrorCode::io, "cannot make a temporary folder");
  std::string target = folder.string();
  std::string file = archive;
  std::string program = "tar";
  std::string extract = "-xf";
  std::string into = "-C";
  char* const arguments[] = {program.data(), extract.data(), file.data(), into.data(), target.data(), nullptr};
  pid_t process = 0;
  int status = -1;
  if (posix_spawnp(&process, "tar", nullptr, nullptr, arguments, environ) != 0 || waitpid(process, &status, 0) < 0 ||
      status != 0) {
    return fail(ErrorCode::io, archive, ": tar cannot unpack it");
  }
  return {};
}

Result<> write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file.flush()) return fail(ErrorCode::io, path, ": cannot be written");
  return {};
}

Result<std::vector<Outcome>> run_source(const std::string& source, const wedge::SessionOptions& session) {
  if (fs::is_directory(source)) {
    WEDGE_ASSIGN(const auto tests, find_tests(source));
    return run_isolated(tests, session, wedge::platform::processor_count());
  }
  const TemporaryFolder folder;
  WEDGE_TRY(unpack(source, folder.path()));
  WEDGE_ASSIGN(const auto tests, find_tests(folder.path()));
  return run_isolated(tests, session, wedge::platform::processor_count());
}

Result<Report> run(const Options& options) {
  Report report;
  WEDGE_ASSIGN(report.exceptions, read_exceptions(options.exceptions));
  for (const std::string& source : options.sources) {
    WEDGE_ASSIGN(const auto outcomes, run_source(source, options.session));
    report.outcomes.insert(report.outcomes.end(), outcomes.begin(), outcomes.end());
  }
  print(report, options.quiet);
  if (!options.json.empty()) WEDGE_TRY(write_file(options.json, to_json(report)));
  if (!options.html.empty()) WEDGE_TRY(write_file(options.html, to_html(report)));
  if (!options.operators.empty()) WEDGE_TRY(write_file(options.operators, operators_page(report)));
  return report;
}

}  // namespace

// Options are registered outside the try: what that throws is a mistake in this program.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  CLI::App program("Runs ONNX's backend tests with Wedge.", "wedge-conformance");
  Options options;
  program.add_option("FOLDER|ARCHIVE", options.sources, "Folders of tests, or archives that tar unpacks")->required();
  program.add_option("--json", options.json, "Write every result to this file");
  program.add_option("--html", options.html, "Write a page for people to this file");
  program.add_option("--operators", options.operators, "Write the table of operators to this file");
  program.add_option("--exceptions", options.exceptions, "The list of known failures")->capture_default_str();
  program.add_option("--without", options.session.without_passes, "Rewrites of the graph to leave out")
      ->delimiter(',')
      ->allow_extra_args(false);
  program.add_flag("--quiet", options.quiet, "Print unexpected results and the total only");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  const auto report = run(options);
  if (report) return is_good(*report) ? 0 : 1;
  std::fprintf(stderr, "wedge-conformance: %s\n", report.error().to_string().c_str());
  return 2;
}
