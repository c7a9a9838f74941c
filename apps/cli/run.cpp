// wedge run: one run of a model, its outputs printed and saved.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/npy.h"
#include "cli/progress.h"
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
  visit_integers(tensor.dtype(), [&]<typename T>() { out = std::to_string(ref.as<const T>()[i]); });
  return out;
}

void print_elements(const Tensor& tensor, size_t most) {
  const auto count = static_cast<size_t>(tensor.numel());
  std::printf("  ");
  for (size_t i = 0; i < std::min(count, most); ++i) std::printf("%s ", element_text(tensor, i).c_str());
  std::printf("%s\n", count > most ? "..." : "");
}

// "scores[2]": an element of a sequence or optional.
NamedTensor element_of(const NamedTensor& container, size_t i) {
  return {.name = text(container.name, "[", i, "]"), .tensor = container.tensor.elements()[i]};
}

void print_summary(const NamedTensor& output, bool whole) {
  const Tensor& tensor = output.tensor;
  std::printf("%s: %s %s\n", output.name.c_str(), std::string(to_string(tensor.dtype())).c_str(),
              to_string(tensor.shape()).c_str());
  const auto count = static_cast<size_t>(tensor.numel());
  if (is_container(tensor.dtype())) {
    for (size_t i = 0; i < count; ++i) print_summary(element_of(output, i), whole);
    return;
  }
  double least = INFINITY;
  double most = -INFINITY;
  double sum = 0;
  size_t not_numbers = 0;
  const bool numbers = visit_numbers(tensor.dtype(), [&]<typename T>() {
    for (const T element : TensorRef(tensor).as<const T>()) {
      const auto x = static_cast<double>(static_cast<ArithmeticType<T>>(element));
      if (std::isnan(x)) {
        ++not_numbers;
        continue;
      }
      least = std::min(least, x);
      most = std::max(most, x);
      sum += x;
    }
  });
  const size_t counted = count - not_numbers;
  if (numbers && counted != 0) {
    std::printf("  min %.6g, max %.6g, mean %.6g\n", least, most, sum / static_cast<double>(counted));
  }
  if (not_numbers != 0) std::printf("  %zu of %zu elements are NaN\n", not_numbers, count);
  constexpr size_t first_few = 8;
  print_elements(tensor, whole ? count : first_few);
}

Result<> make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::io, "cannot make the folder '", folder, "': ", error.message());
  return {};
}

Result<> save(const NamedTensor& output, const std::string& folder) {
  if (is_container(output.tensor.dtype())) {
    for (size_t i = 0; i < output.tensor.elements().size(); ++i) WEDGE_TRY(save(element_of(output, i), folder));
    return {};
  }
  std::string name = output.name;
  std::ranges::replace_if(name, [](char c) { return c == '/' || c == ':'; }, '_');
  return save_npy(text(folder, "/", name, ".npy"), output.tensor);
}

Result<Outputs> compute(const RunOptions& options) {
  const Progress progress("loading");
  WEDGE_ASSIGN(const Session session, Session::load(options.model, options.session));
  WEDGE_ASSIGN(const auto feeds, make_feeds(session, options.feeds));
  progress.say("running");
  return session.run(feeds);
}

Result<> run(const RunOptions& options) {
  const bool saves = !options.folder.empty() && options.folder != "-";
  if (saves) WEDGE_TRY(make_folder(options.folder));
  WEDGE_ASSIGN(const Outputs outputs, compute(options));
  for (const NamedTensor& output : outputs) print_summary(output, options.print);
  if (!saves) return {};
  for (const NamedTensor& output : outputs) WEDGE_TRY(save(output, options.folder));
  return {};
}

}  // namespace

Command add_run(CLI::App& program) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand("run", "Run a model once and show its outputs");
  command->add_option("model", options->model, "the .onnx file")->required();
  command->add_option("-o,--output", options->folder,
                      "a folder to save every output in as NAME.npy ('/' and ':' become '_'), or '-' for none");
  command->add_flag("--print", options->print, "print all elements, not only the first");
  options->feeds.add_to(*command);
  add_session_options(*command, options->session);
  command->footer(
      "Examples:\n"
      "  wedge run models/digits.onnx -i image=models/digits-input.npy -o outputs\n"
      "  wedge run models/digits.onnx --random --dims image=2,1,8,8 --print\n"
      "  wedge run detector.onnx -i image=photo.jpg --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225\n"
      "  wedge run speech.onnx -i sound=sound.npy -i rate=16000");
  return [options] { return run(*options); };
}

}  // namespace wedge::cli
