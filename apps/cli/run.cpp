// wedge run: one run of a model, its outputs printed and saved.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/npy.h"
#include "tensor/visit.h"

namespace wedge::cli {
namespace {

struct RunOptions {
  std::string model;
  std::string folder;
  bool print = false;
  FeedOptions feeds;
  SessionOptions session;
};

std::string element_text(const Tensor& tensor, size_t i) {
  const TensorRef ref(tensor);
  std::string out;
  if (tensor.dtype() == DType::boolean) out = ref.as<const bool>()[i] ? "true" : "false";
  if (tensor.dtype() == DType::string) out = text("\"", ref.as<const std::string_view>()[i], "\"");
  visit_floats(tensor.dtype(), [&]<typename T>() {
    out = text(static_cast<double>(static_cast<ArithmeticType<T>>(ref.as<const T>()[i])));
  });
  visit_integers(tensor.dtype(), [&]<typename T>() { out = text(static_cast<int64_t>(ref.as<const T>()[i])); });
  return out;
}

void print_elements(const Tensor& tensor, size_t most) {
  const auto count = static_cast<size_t>(tensor.numel());
  std::printf("  ");
  for (size_t i = 0; i < std::min(count, most); ++i) std::printf("%s ", element_text(tensor, i).c_str());
  std::printf("%s\n", count > most ? "..." : "");
}

void print_summary(const NamedTensor& output, bool whole) {
  const Tensor& tensor = output.tensor;
  std::printf("%s: %s %s\n", output.name.c_str(), std::string(to_string(tensor.dtype())).c_str(),
              to_string(tensor.shape()).c_str());
  const auto count = static_cast<size_t>(tensor.numel());
  double least = INFINITY;
  double most = -INFINITY;
  double sum = 0;
  const bool numbers = visit_numbers(tensor.dtype(), [&]<typename T>() {
    for (const T element : TensorRef(tensor).as<const T>()) {
      const auto x = static_cast<double>(static_cast<ArithmeticType<T>>(element));
      least = std::fmin(least, x);
      most = std::fmax(most, x);
      sum += x;
    }
  });
  if (numbers && count != 0) {
    std::printf("  min %.6g, max %.6g, mean %.6g\n", least, most, sum / static_cast<double>(count));
  }
  constexpr size_t first_few = 8;
  print_elements(tensor, whole ? count : first_few);
}

Result<> run(const RunOptions& options) {
  WEDGE_ASSIGN(const Session session, Session::load(options.model, options.session));
  WEDGE_ASSIGN(const auto feeds, make_feeds(session, options.feeds));
  WEDGE_ASSIGN(const Outputs outputs, session.run(feeds));
  for (const NamedTensor& output : outputs) print_summary(output, options.print);
  if (options.folder.empty() || options.folder == "-") return {};
  for (const NamedTensor& output : outputs) {
    std::string name = output.name;
    std::ranges::replace_if(name, [](char c) { return c == '/' || c == ':'; }, '_');
    WEDGE_TRY(save_npy(options.folder + "/" + name + ".npy", output.tensor));
  }
  return {};
}

}  // namespace

Command add_run(CLI::App& program) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand("run", "Run a model once and show its outputs");
  command->add_option("model", options->model, "the .onnx file")->required();
  command->add_option(
      "-o,--output", options->folder,
      "an existing folder to save every output in as NAME.npy ('/' and ':' become '_'), or '-' for none");
  command->add_flag("--print", options->print, "print all elements, not only the first");
  options->feeds.add_to(*command);
  add_session_options(*command, options->session);
  command->footer("Example:\n  wedge run models/digits.onnx --random --dims image=2,1,8,8 -o /tmp");
  return [options] { return run(*options); };
}

}  // namespace wedge::cli
