// wedge ops: what a build must have to run a model.
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "wedge/inspect.h"

namespace wedge::cli {

Command add_ops(CLI::App& program) {
  auto models = std::make_shared<std::vector<std::string>>();
  CLI::App* command = program.add_subcommand("ops", "List the operators that running models takes, for small builds");
  command->add_option("models", *models, "the .onnx files")->required();
  command->footer(
      "A build with -DWEDGE_OPS_FROM=MODEL.onnx has these alone.\n\n"
      "Example:\n  wedge ops models/mnist.onnx");
  return [models]() -> Result<> {
    for (const std::string& model : *models) {
      WEDGE_ASSIGN(const auto names, needed_operators(model));
      for (const std::string& name : names) std::printf("%s\n", name.c_str());
    }
    return {};
  };
}

}  // namespace wedge::cli
