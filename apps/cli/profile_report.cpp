#include "cli/profile_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace wedge {
extern const std::string_view profile_page;
}  // namespace wedge

namespace wedge::cli {
namespace {

using nlohmann::json;

json to_json(const ProfiledTensor& tensor) {
  return {{"name", tensor.name}, {"dtype", to_string(tensor.dtype)}, {"shape", to_string(tensor.shape)}};
}

json to_json(const std::vector<ProfiledTensor>& tensors) {
  json out = json::array();
  for (const auto& tensor : tensors) out.push_back(to_json(tensor));
  return out;
}

json to_json(const ProfiledStep& step, double least_nanoseconds) {
  json attributes = json::object();
  for (const auto& [name, value] : step.attributes) attributes[name] = value;
  return {{"name", step.name},
          {"op", step.op_type},
          {"domain", step.domain},
          {"kernel", step.kernel},
          {"attributes", attributes},
          {"inputs", to_json(step.inputs)},
          {"outputs", to_json(step.outputs)},
          {"operations", step.operations},
          {"int8", step.is_int8},
          {"bytes", step.bytes},
          {"constant_bytes", step.constant_bytes},
          {"ns", step.nanoseconds},
          {"begin_ns", step.begin},
          {"end_ns", step.end},
          {"least_ns", least_nanoseconds}};
}

json to_json(const MachinePeak& peak) {
  json readings = json::array();
  for (const auto& reading : peak.readings) readings.push_back({reading.bytes, reading.bytes_per_ns});
  return {{"threads", peak.threads},
          {"f32_gflops", peak.f32_per_ns},
          {"int8_gops", peak.int8_per_ns},
          {"readings_gbs", readings}};
}

json to_json(const PassChange& change) {
  json operators = json::array();
  for (const auto& op : change.operators) operators.push_back({op.name, op.before, op.after});
  return {{"pass", change.pass},
          {"before", change.nodes_before},
          {"after", change.nodes_after},
          {"ns", change.nanoseconds},
          {"operators", operators}};
}

std::string title(const ProfiledStep& step) {
  return step.name.empty() ? step.op_type : text(step.op_type, " ", step.name);
}

json trace_event(const char* phase, std::string name, int process, double nanoseconds) {
  return {{"ph", phase}, {"name", std::move(name)}, {"pid", process}, {"tid", 1}, {"ts", nanoseconds * 1e-3}};
}

json name_of(const char* what, int process, const std::string& name) {
  json event = trace_event("M", what, process, 0);
  event["args"] = {{"name", name}};
  return event;
}

// Bytes of the arena in use while each step runs.
std::vector<uint64_t> bytes_in_use(const Profile& profile) {
  std::vector<uint64_t> bytes(profile.steps.size());
  for (const ArenaPiece& piece : profile.arena) {
    for (uint32_t step = piece.first_step; step <= piece.last_step; ++step) bytes[step] += piece.bytes;
  }
  return bytes;
}

}  // namespace

json to_json(const std::string& model, const Profile& profile, const MachinePeak& peak) {
  json out = {{"model", model},
              {"threads", profile.threads},
              {"runs", profile.runs},
              {"run_ns", profile.run_nanoseconds},
              {"machine", to_json(peak)},
              {"memory",
               {{"weights", profile.memory.weights},
                {"packed", profile.memory.packed},
                {"arena", profile.memory.arena},
                {"scratch", profile.memory.scratch}}},
              {"steps", json::array()},
              {"arena", json::array()},
              {"passes", json::array()}};
  for (const auto& step : profile.steps) {
    out["steps"].push_back(to_json(step, profile.least_nanoseconds(step, peak)));
  }
  for (const auto& piece : profile.arena) {
    json made = to_json(piece.tensor);
    made.update(
        {{"offset", piece.offset}, {"bytes", piece.bytes}, {"first", piece.first_step}, {"last", piece.last_step}});
    out["arena"].push_back(std::move(made));
  }
  for (const auto& change : profile.passes) out["passes"].push_back(to_json(change));
  return out;
}

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string to_page(const json& profile) {
  constexpr std::string_view place = "{{profile}}";
  std::string data;
  // Nothing in a name may end the element that holds the data.
  for (const char c : dump(profile)) data += c == '<' ? std::string("\\u003c") : std::string(1, c);
  std::string page(profile_page);
  return page.replace(page.find(place), place.size(), data);
}

json to_trace(const std::string& model, const Profile& profile) {
  constexpr int run = 1;
  constexpr int load = 2;
  json events = json::array({name_of("process_name", run, "run of " + model), name_of("thread_name", run, "steps")});
  const auto in_use = bytes_in_use(profile);
  for (size_t i = 0; i < profile.steps.size(); ++i) {
    const ProfiledStep& step = profile.steps[i];
    json event = trace_event("X", title(step), run, step.begin);
    event["dur"] = (step.end - step.begin) * 1e-3;
    event["cat"] = step.op_type;
    event["args"] = {{"kernel", step.kernel},
                     {"inputs", to_json(step.inputs)},
                     {"outputs", to_json(step.outputs)},
                     {"operations", step.operations},
                     {"bytes", step.bytes}};
    events.push_back(std::move(event));
    json counter = trace_event("C", "arena", run, step.begin);
    counter["args"] = {{"bytes", in_use[i]}};
    events.push_back(std::move(counter));
  }
  if (!profile.passes.empty()) events.push_back(name_of("process_name", load, "rewrites at load"));
  double begin = 0;
  for (const PassChange& change : profile.passes) {
    json event = trace_event("X", change.pass, load, begin);
    event["dur"] = change.nanoseconds * 1e-3;
    event["args"] = {{"nodes_before", change.nodes_before}, {"nodes_after", change.nodes_after}};
    events.push_back(std::move(event));
    begin += change.nanoseconds;
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}};
}

}  // namespace wedge::cli
