// wedge bench: how long a model takes to load and to run, and what memory it needs.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/platform.h"
#include "cli/command.h"
#include "cli/progress.h"

namespace wedge::cli {
namespace {

constexpr double longest_seconds = 86400;

struct BenchOptions {
  std::string model;
  double warmup_seconds = 0.5;
  double seconds = 2;
  bool as_json = false;
  FeedOptions feeds;
  SessionOptions session;
};

struct Measured {
  double load_ms = 0;
  double first_ms = 0;
  std::vector<double> run_ms;  // sorted
  MemoryUse memory;

  [[nodiscard]] double percentile(double share) const {
    return run_ms[std::min(run_ms.size() - 1, static_cast<size_t>(share * static_cast<double>(run_ms.size())))];
  }
};

double milliseconds_since(uint64_t start) { return static_cast<double>(platform::now_nanoseconds() - start) * 1e-6; }

Result<Measured> measure(const BenchOptions& options) {
  const Progress progress("loading");
  Measured measured;
  uint64_t start = platform::now_nanoseconds();
  WEDGE_ASSIGN(const Session session, Session::load(options.model, options.session));
  measured.load_ms = milliseconds_since(start);
  WEDGE_ASSIGN(const auto feeds, make_feeds(session, options.feeds));
  Binding binding = session.bind();
  for (const NamedTensor& feed : feeds) WEDGE_TRY(binding.set_input(feed.name, feed.tensor));
  start = platform::now_nanoseconds();
  WEDGE_TRY(binding.run());
  measured.first_ms = milliseconds_since(start);
  progress.say("warming up");
  for (start = platform::now_nanoseconds(); milliseconds_since(start) < options.warmup_seconds * 1e3;)
    WEDGE_TRY(binding.run());
  progress.say("measuring");
  start = platform::now_nanoseconds();
  do {
    const uint64_t before = platform::now_nanoseconds();
    WEDGE_TRY(binding.run());
    measured.run_ms.push_back(milliseconds_since(before));
  } while (milliseconds_since(start) < options.seconds * 1e3);
  std::ranges::sort(measured.run_ms);
  measured.memory = session.memory();
  return measured;
}

Result<> bench(const BenchOptions& options) {
  WEDGE_ASSIGN(const Measured measured, measure(options));
  const double peak_mb = static_cast<double>(platform::peak_resident_bytes()) / (1024 * 1024);
  if (options.as_json) {
    const nlohmann::json out = {{"load_ms", measured.load_ms},
                                {"first_ms", measured.first_ms},
                                {"median_ms", measured.percentile(0.5)},
                                {"p90_ms", measured.percentile(0.9)},
                                {"p99_ms", measured.percentile(0.99)},
                                {"min_ms", measured.run_ms.front()},
                                {"runs", measured.run_ms.size()},
                                {"peak_rss_mb", peak_mb},
                                {"arena_bytes", measured.memory.arena},
                                {"packed_bytes", measured.memory.packed},
                                {"weight_bytes", measured.memory.weights}};
    std::printf("%s\n", out.dump().c_str());
    return {};
  }
  std::printf("load     %9.3f ms\nfirst    %9.3f ms\n", measured.load_ms, measured.first_ms);
  std::printf("median   %9.3f ms   min %.3f, p90 %.3f, p99 %.3f over %zu runs\n", measured.percentile(0.5),
              measured.run_ms.front(), measured.percentile(0.9), measured.percentile(0.99), measured.run_ms.size());
  std::printf("memory   weights %s, packed %s, arena %s, peak resident %.1f MB\n",
              human_bytes(measured.memory.weights).c_str(), human_bytes(measured.memory.packed).c_str(),
              human_bytes(measured.memory.arena).c_str(), peak_mb);
  return {};
}

}  // namespace

Command add_bench(CLI::App& program) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = program.add_subcommand("bench", "Measure loading, running and memory");
  command->add_option("model", options->model, "the .onnx file")->required();
  command->add_option("--warmup", options->warmup_seconds, "seconds of runs before measuring")
      ->check(CLI::Range(0.0, longest_seconds))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "seconds to measure for")
      ->check(CLI::Range(0.0, longest_seconds))
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "print JSON");
  options->feeds.random = true;
  options->feeds.add_to(*command);
  add_session_options(*command, options->session);
  command->footer("Inputs that are not given are random.\n\nExample:\n  wedge bench models/mnist.onnx --threads 1");
  return [options] { return bench(*options); };
}

}  // namespace wedge::cli
