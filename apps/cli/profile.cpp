// wedge profile: where the time and the memory of a run go.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/profile_report.h"
#include "cli/progress.h"

namespace wedge::cli {
namespace {

constexpr double longest_seconds = 86400;
constexpr size_t most_steps_shown = 20;

struct Options {
  std::string model;
  std::string page;
  std::string trace;
  bool as_json = false;
  ProfileOptions profile;
  FeedOptions feeds;
  SessionOptions session;
};

Result<> write_file(const std::string& path, std::string_view bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  bool written = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (file != nullptr) written = std::fclose(file) == 0 && written;
  if (!written) return fail(ErrorCode::io, "cannot write '", path, "': ", std::strerror(errno));
  return {};
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string shapes(const ProfiledStep& step) {
  std::string out;
  if (!step.inputs.empty()) out += to_string(step.inputs[0].shape);
  if (!step.outputs.empty()) out += text(" > ", step.outputs[0].shape);
  return out;
}

struct Unit {
  const char* name;
  double nanoseconds;
};

void print_step(const ProfiledStep& step, const Unit& unit, double total, double least_nanoseconds) {
  const double share = 100 * step.nanoseconds / std::max(total, 1.0);
  const double least = 100 * least_nanoseconds / std::max(step.nanoseconds, 1.0);
  std::printf("%9.3f %5.1f%% %8.1f %7.1f %5.0f%%  %-20s %-24s %s\n", step.nanoseconds / unit.nanoseconds, share,
              step.operations / std::max(step.nanoseconds, 1.0), step.bytes / std::max(step.nanoseconds, 1.0), least,
              step.op_type.c_str(), step.kernel.c_str(), shapes(step).c_str());
}

void print_table(const Profile& profile, const MachinePeak& peak) {
  std::vector<ProfiledStep> steps = profile.steps;
  std::ranges::sort(steps, std::ranges::greater(), &ProfiledStep::nanoseconds);
  double total = 0;
  for (const auto& step : steps) total += step.nanoseconds;
  const Unit unit =
      profile.run_nanoseconds < 1e6 ? Unit{.name = "us", .nanoseconds = 1e3} : Unit{.name = "ms", .nanoseconds = 1e6};
  std::printf("a run    %9.3f %s, median of %zu with %u %s\n", profile.run_nanoseconds / unit.nanoseconds, unit.name,
              profile.runs, profile.threads, profile.threads == 1 ? "thread" : "threads");
  std::printf("machine  %9.1f GFLOP/s of f32, %.1f GB/s read from memory\n", peak.f32_per_ns,
              peak.readings.empty() ? 0 : peak.readings.back().bytes_per_ns);
  std::printf("\n%9s %6s %8s %7s %6s  %-20s %-24s %s\n", unit.name, "share", "GFLOP/s", "GB/s", "roof", "operator",
              "kernel", "shapes");
  for (size_t i = 0; i < std::min(steps.size(), most_steps_shown); ++i) {
    print_step(steps[i], unit, total, profile.least_nanoseconds(steps[i], peak));
  }
  if (steps.size() > most_steps_shown) {
    std::printf("and %zu steps more; --html shows them all\n", steps.size() - most_steps_shown);
  }
}

Result<> profile(const Options& options) {
  const Progress progress("loading");
  SessionOptions session_options = options.session;
  session_options.record_passes = true;
  WEDGE_ASSIGN(const Session session, Session::load(options.model, session_options));
  WEDGE_ASSIGN(const auto feeds, make_feeds(session, options.feeds));
  progress.say("running");
  WEDGE_ASSIGN(const Profile measured, session.profile(feeds, options.profile));
  progress.say("measuring the machine");
  const MachinePeak peak = measure_machine(measured.threads);
  const std::string name = file_name(options.model);
  const auto report = to_json(name, measured, peak);
  if (!options.page.empty()) WEDGE_TRY(write_file(options.page, to_page(report)));
  if (!options.trace.empty()) WEDGE_TRY(write_file(options.trace, dump(to_trace(name, measured))));
  if (options.as_json) {
    std::printf("%s\n", dump(report).c_str());
  } else {
    print_table(measured, peak);
  }
  return {};
}

}  // namespace

Command add_profile(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("profile", "Show where the time and the memory of a run go");
  command->add_option("model", options->model, "the .onnx file")->required();
  command->add_option("--html", options->page, "write a page: timeline, steps, memory and rewrites");
  command->add_option("--trace", options->trace, "write a trace for Perfetto or chrome://tracing");
  command->add_flag("--json", options->as_json, "print JSON");
  command->add_option("--warmup", options->profile.warmup_seconds, "seconds of runs before measuring")
      ->check(CLI::Range(0.0, longest_seconds))
      ->capture_default_str();
  command->add_option("--seconds", options->profile.seconds, "seconds to measure for")
      ->check(CLI::Range(0.0, longest_seconds))
      ->capture_default_str();
  options->feeds.random = true;
  options->feeds.add_to(*command);
  add_session_options(*command, options->session);
  command->footer(
      "Inputs that are not given are random.\n\n"
      "Example:\n  wedge profile models/mnist.onnx --threads 1 --html report.html");
  return [options] { return profile(*options); };
}

}  // namespace wedge::cli
