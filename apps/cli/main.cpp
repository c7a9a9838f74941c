// The wedge program.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/command.h"

namespace {

using wedge::cli::Exit;

int run_chosen(CLI::App& program, const std::map<std::string, wedge::cli::Command>& commands) {
  auto result = commands.at(program.get_subcommands().front()->get_name())();
  if (result && std::fflush(stdout) != 0) {
    result = wedge::fail(wedge::ErrorCode::io, "cannot write to standard output: ", std::strerror(errno));
  }
  if (result) return static_cast<int>(Exit::success);
  std::fprintf(stderr, "wedge: %s\n", result.error().to_string().c_str());
  return static_cast<int>(Exit::failure);
}

std::string usage_sentence(const CLI::App* program, const CLI::Error& error) {
  const auto words = program->remaining();
  if (program->get_subcommands().empty() && !words.empty()) {
    return wedge::text("wedge: there is no command '", words.front(), "'; see wedge --help\n");
  }
  return wedge::text("wedge: ", error.what(), "; see wedge --help\n");
}

}  // namespace

// Options are registered outside the try: what that throws is a mistake in this program.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  CLI::App program("Run ONNX models anywhere.", "wedge");
  program.set_version_flag("--version", "wedge " WEDGE_VERSION);
  program.require_subcommand(1);
  program.failure_message(usage_sentence);
  program.footer(
      "Examples:\n"
      "  wedge info models/mnist.onnx\n"
      "  wedge run models/digits.onnx -i image=models/digits-input.npy -o outputs\n"
      "  wedge bench models/mnist.onnx --threads 1\n"
      "  wedge profile models/mnist.onnx --html report.html\n"
      "  wedge pack models/mnist.onnx -o mnist.wedge\n"
      "  wedge ocr demos/ocr/notice.png\n\n"
      "Exit codes: 0 done; 1 the work failed, and the sentence on standard error says why; 2 wrong usage.\n"
      "\"wedge COMMAND --help\" shows the options of a command.");
  const std::map<std::string, wedge::cli::Command> commands = {
      {"run", wedge::cli::add_run(program)},       {"info", wedge::cli::add_info(program)},
      {"bench", wedge::cli::add_bench(program)},   {"profile", wedge::cli::add_profile(program)},
      {"pack", wedge::cli::add_pack(program)},     {"ocr", wedge::cli::add_ocr(program)},
      {"digits", wedge::cli::add_digits(program)}, {"ops", wedge::cli::add_ops(program)}};
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? static_cast<int>(Exit::success) : static_cast<int>(Exit::usage);
  }
  return run_chosen(program, commands);
}
