// wedge pack: a model with its weights as kernels want them, for fast loading.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/progress.h"

namespace wedge::cli {
namespace {

struct Options {
  std::string model;
  std::string output;
  std::vector<std::string> dims;
  bool is_for_any = false;
  SessionOptions session;
};

Result<> make_plan(const Session& session, const std::vector<std::string>& dims) {
  WEDGE_ASSIGN(const auto shapes, input_shapes(session, dims));
  const auto planned = session.plan(shapes);
  // What depends on the inputs' values is packed at the first run.
  if (!planned && planned.error().code() != ErrorCode::unsupported) return std::unexpected(planned.error());
  return {};
}

Result<> pack(const Options& options) {
  const Progress progress("loading");
  WEDGE_ASSIGN(const Session session, Session::load(options.model, options.session));
  progress.say("packing");
  WEDGE_TRY(make_plan(session, options.dims));
  // A file that is mapped must not change: the old one, if there is one, is replaced as a whole.
  const std::string unfinished = options.output + ".part";
  std::FILE* file = std::fopen(unfinished.c_str(), "wb");
  const auto failed = [&] {
    return fail(ErrorCode::io, "cannot write '", options.output, "': ", std::strerror(errno));
  };
  if (file == nullptr) return failed();
  uint64_t written = 0;
  auto done = session.pack(
      [&](std::span<const std::byte> bytes) -> Result<> {
        if (std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) return failed();
        written += bytes.size();
        return {};
      },
      options.is_for_any ? PackFor::any_machine : PackFor::this_machine);
  if (std::fclose(file) != 0 && done) done = failed();
  if (done && std::rename(unfinished.c_str(), options.output.c_str()) != 0) done = failed();
  if (!done) {
    std::remove(unfinished.c_str());
    return done;
  }
  std::printf("%s: %s, ", options.output.c_str(), human_bytes(written).c_str());
  if (options.is_for_any) {
    std::printf("for any machine\n");
  } else {
    std::printf("%s of packed weights\n", human_bytes(session.memory().packed).c_str());
  }
  return {};
}

}  // namespace

Command add_pack(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("pack", "Write a model that loads faster on machines like this one");
  command->add_option("model", options->model, "the .onnx file")->required();
  command->add_option("-o,--output", options->output, "the file to write; the model's name with .wedge if left out");
  command->add_flag("--any-machine", options->is_for_any,
                    "for machines of all kinds, browsers among them: weights are packed when they are loaded");
  add_dims_option(*command, options->dims);
  add_session_options(*command, options->session);
  command->footer(
      "The file holds the optimised graph and the weights in the form that this machine's kernels want, and is used "
      "in\n"
      "the place of the model. Other machines refuse it unless it was written with --any-machine, other versions do "
      "always.\n\n"
      "Example:\n"
      "  wedge pack models/mnist.onnx -o mnist.wedge");
  return [options] {
    if (options->output.empty()) {
      options->output = std::filesystem::path(options->model).replace_extension(".wedge").string();
    }
    return pack(*options);
  };
}

}  // namespace wedge::cli
