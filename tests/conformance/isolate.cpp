#include "conformance/isolate.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

namespace wedge::conformance {
namespace {

constexpr unsigned seconds_per_test = 60;
// Less than a pipe holds, so that a test never waits for its reader.
constexpr size_t longest_reason = 4000;

void send(int pipe, const nlohmann::json& line) {
  // Names and messages come from the model and may hold any bytes.
  const std::string bytes = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  if (write(pipe, bytes.data(), bytes.size()) < 0) _exit(2);
}

// The subject goes first: it is known even when the test then crashes.
[[noreturn]] void run_child(const BackendTest& test, const SessionOptions& options, int pipe) {
  alarm(seconds_per_test);
  if (const auto subject = subject_of(test)) {
    send(pipe, {{"domain", subject->domain},
                {"op", subject->op},
                {"is_operator", subject->is_operator},
                {"opset", subject->opset},
                {"types", subject->types}});
  }
  const auto result = run_test(test, options);
  std::string reason = result ? std::string() : result.error().message();
  if (!result && !result.error().op().empty()) reason = text(result.error().op(), ": ", reason);
  if (reason.size() > longest_reason) reason.resize(longest_reason);
  send(pipe, {{"passed", result.has_value()}, {"reason", reason}});
  _exit(0);
}

struct Child {
  size_t test;
  int pipe;
};

std::string read_all(int pipe) {
  std::string bytes;
  char buffer[4096];
  for (ssize_t count; (count = read(pipe, buffer, sizeof buffer)) > 0;)
    bytes.append(buffer, static_cast<size_t>(count));
  close(pipe);
  return bytes;
}

std::string how_it_ended(int status) {
  if (!WIFSIGNALED(status)) return text("ended with exit status ", WEXITSTATUS(status));
  if (WTERMSIG(status) == SIGALRM) return text("no result after ", seconds_per_test, " seconds");
  return text("crashed with signal ", WTERMSIG(status));
}

Outcome outcome_of(const BackendTest& test, const std::string& messages, int status) {
  Outcome outcome{.test = test.name, .subject = {.domain = {}, .op = test.name}, .reason = how_it_ended(status)};
  for (size_t begin = 0, end; (end = messages.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const auto line = nlohmann::json::parse(messages.substr(begin, end - begin));
    if (line.contains("op")) {
      outcome.subject = {.domain = line["domain"],
                         .op = line["op"],
                         .is_operator = line["is_operator"],
                         .opset = line["opset"],
                         .types = line["types"]};
    } else {
      outcome.passed = line["passed"];
      outcome.reason = line["reason"];
    }
  }
  return outcome;
}

}  // namespace

std::vector<Outcome> run_isolated(std::span<const BackendTest> tests, const SessionOptions& options, unsigned jobs) {
  std::vector<Outcome> outcomes(tests.size());
  std::map<pid_t, Child> children;
  std::fflush(nullptr);
  for (size_t next = 0; next < tests.size() || !children.empty();) {
    if (next < tests.size() && children.size() < jobs) {
      int ends[2];
      const pid_t process = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
      if (process == 0) run_child(tests[next], options, ends[1]);
      if (process > 0) {
        close(ends[1]);
        children.emplace(process, Child{.test = next, .pipe = ends[0]});
      } else {
        outcomes[next] = {.test = tests[next].name, .subject = {}, .reason = "cannot start a process"};
      }
      ++next;
      continue;
    }
    int status = 0;
    const pid_t process = waitpid(-1, &status, 0);
    if (process < 0 && errno == EINTR) continue;
    const auto child = children.find(process);
    if (child == children.end()) break;
    outcomes[child->second.test] = outcome_of(tests[child->second.test], read_all(child->second.pipe), status);
    children.erase(child);
  }
  return outcomes;
}

}  // namespace wedge::conformance
