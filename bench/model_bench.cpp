// Whole models: a run of one node, runs and loading of the models in the repository, and the time from the start of a
// process to its first result. WEDGE_BENCH_MODELS names a folder of more models to run on random numbers.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/measured.h"
#include "support/proto_writer.h"
#include "wedge/session.h"

extern "C" char** environ;

namespace wedge {
namespace {

const std::string models = WEDGE_SOURCE_DIR "/models/";

Session must(Result<Session> session) {
  if (session) return *std::move(session);
  std::fprintf(stderr, "%s\n", session.error().to_string().c_str());
  std::exit(1);
}

// Zeros for every input; what is not fixed is 1.
std::vector<NamedTensor> zeros(const Session& session) {
  std::vector<NamedTensor> feeds;
  for (const ValueInfo& input : session.inputs()) {
    std::vector<int64_t> dims;
    for (const DimInfo& dim : input.dims) dims.push_back(dim.value < 0 ? 1 : dim.value);
    feeds.push_back({input.name, Tensor::zeros(input.dtype, Shape::from(dims).value()).value()});
  }
  return feeds;
}

Binding bound(const Session& session) {
  Binding binding = session.bind();
  for (const NamedTensor& feed : zeros(session)) (void)binding.set_input(feed.name, feed.tensor);
  return binding;
}

void run_bound(benchmark::State& state, const Session& session) {
  Binding binding = bound(session);
  for (auto _ : state) {
    if (!binding.run()) return state.SkipWithError("the model does not run on zeros");
  }
}

Session load(const std::string& path) {
  SessionOptions options;
  options.threads = 1;
  return must(Session::load(path, options));
}

Session one_node(std::string_view op, int64_t size) {
  test::GraphWriter graph("one node");
  graph.input("x", DType::f32, {size}).node(op, {"x"}, {"y"}).output("y", DType::f32, {size});
  SessionOptions options;
  options.threads = 1;
  auto bytes = std::make_shared<const std::string>(test::ModelWriter(graph).opset("", 20).bytes());
  return must(Session::load(test::as_bytes(*bytes), options, bytes));
}

void one_node_bound(benchmark::State& state) { run_bound(state, one_node("Relu", state.range(0))); }

void one_node_by_name(benchmark::State& state) {
  const Session session = one_node("Relu", state.range(0));
  const auto feeds = zeros(session);
  for (auto _ : state) benchmark::DoNotOptimize(session.run(feeds));
}

void run(benchmark::State& state, const std::string& path) { run_bound(state, load(path)); }

void create(benchmark::State& state, const std::string& path) {
  for (auto _ : state) benchmark::DoNotOptimize(load(path));
}

void create_and_run(benchmark::State& state, const std::string& path) {
  for (auto _ : state) {
    const Session session = load(path);
    Binding binding = bound(session);
    if (!binding.run()) return state.SkipWithError("the model does not run on zeros");
  }
}

constexpr const char* first_result_command = "first-result";

// What the process under test does: one result, and a byte on standard output to say so.
int first_result(const char* path) {
  const Session session = load(path);
  Binding binding = bound(session);
  if (!binding.run()) return 1;
  const char done = '!';
  return write(STDOUT_FILENO, &done, 1) == 1 ? 0 : 1;
}

// From before the process is started until its first result is there.
void process_to_first_result(benchmark::State& state, const std::string& path) {
  char self[4096] = {};
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return state.SkipWithError("no /proc");
  std::string command = first_result_command;
  std::string model = path;
  char* arguments[] = {self, command.data(), model.data(), nullptr};
  for (auto _ : state) {
    int ends[2];
    if (pipe(ends) != 0) return state.SkipWithError("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    pid_t child = 0;
    const int failed = posix_spawn(&child, self, &actions, nullptr, arguments, environ);
    close(ends[1]);
    char done = 0;
    const bool came = failed == 0 && read(ends[0], &done, 1) == 1;
    state.PauseTiming();
    close(ends[0]);
    posix_spawn_file_actions_destroy(&actions);
    if (failed == 0) waitpid(child, nullptr, 0);
    if (!came) return state.SkipWithError("the process gave no result");
    state.ResumeTiming();
  }
}

void add_suites(const std::string& path) {
  const std::string name = std::filesystem::path(path).stem().string();
  const auto add = [&](const char* what, auto* function) {
    return benchmark::RegisterBenchmark((what + ("/" + name)).c_str(), function, path)->UseRealTime();
  };
  add("run", run);
  add("create", create);
  add("create_and_run", create_and_run);
  add("process_to_first_result", process_to_first_result);
}

BENCHMARK(one_node_bound)->Arg(16)->Arg(1024);
BENCHMARK(one_node_by_name)->Arg(16)->Arg(1024);

}  // namespace
}  // namespace wedge

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], wedge::first_result_command) == 0) return wedge::first_result(argv[2]);
  for (const char* name : {"mnist.onnx", "digits.onnx"}) wedge::add_suites(wedge::models + name);
  if (const char* folder = std::getenv("WEDGE_BENCH_MODELS")) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".onnx") wedge::add_suites(entry.path().string());
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
