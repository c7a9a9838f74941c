// wedge ops: what a build must have to run a model.
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "wedge/inspect.h"

namespace wedge::cli {

Command add_ops(CLI::App& program) {
  auto models = std::make_shared<std::vector<std::string>>();
  CLI::App* command = program.add_subcommand("ops", "List what running models takes, for small builds");
  command->add_option("models", *models, "the .onnx files")->required();
  command->footer(
      "A build with -DWEDGE_OPS_FROM=MODEL.onnx has these alone.\n\n"
      "Example:\n  wedge ops models/mnist.onnx");
  return [models]() -> Result<> {
    for (const std::string& model : *models) {
      WEDGE_ASSIGN(const BuildNeeds needs, build_needs(model));
      for (const std::string& name : needs.run) std::printf("run %s\n", name.c_str());
      for (const std::string& name : needs.read) std::printf("read %s\n", name.c_str());
      for (const std::string& name : needs.passes) std::printf("pass %s\n", name.c_str());
      for (const DType type : needs.types) std::printf("type %s\n", std::string(to_string(type)).c_str());
      for (const std::string& name : needs.parts) std::printf("with %s\n", name.c_str());
    }
    return {};
  };
}

}  // namespace wedge::cli
