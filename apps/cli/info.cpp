// wedge info: what a model is, whether it can run, and what it will take.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "wedge/inspect.h"

namespace wedge::cli {
namespace {

using nlohmann::json;

struct InfoOptions {
  std::string model;
  bool as_json = false;
};

std::string domain_name(const std::string& domain) { return domain.empty() ? "ai.onnx" : domain; }

json to_json(const ValueInfo& info) {
  json dims = json::array();
  for (const DimInfo& dim : info.dims) {
    if (dim.value >= 0) {
      dims.push_back(dim.value);
    } else {
      dims.push_back(dim.symbol.empty() ? json(nullptr) : json(dim.symbol));
    }
  }
  return {{"name", info.name}, {"dtype", to_string(info.dtype)}, {"dims", info.has_rank ? dims : json(nullptr)}};
}

bool is_fixed(const ValueInfo& info) {
  return info.has_rank && std::ranges::all_of(info.dims, [](const DimInfo& dim) { return dim.value >= 0; });
}

void print_json(const ModelSummary& summary, const Result<Session>& session) {
  json out = {{"producer", summary.producer},     {"graph", summary.graph_name},
              {"ir_version", summary.ir_version}, {"nodes", summary.nodes},
              {"parameters", summary.parameters}, {"parameter_bytes", summary.parameter_bytes}};
  for (const auto& opset : summary.opsets) out["opsets"][domain_name(opset.domain)] = opset.version;
  for (const auto& [key, value] : summary.metadata) out["metadata"][key] = value;
  for (const auto& input : summary.inputs) out["inputs"].push_back(to_json(input));
  for (const auto& output : summary.outputs) out["outputs"].push_back(to_json(output));
  for (const auto& use : summary.operators) {
    out["operators"].push_back({{"domain", domain_name(use.domain)},
                                {"name", use.name},
                                {"version", use.version},
                                {"count", use.count},
                                {"supported", use.supported}});
  }
  if (session) {
    const MemoryUse memory = session->memory();
    out["memory"] = {
        {"weights", memory.weights}, {"packed", memory.packed}, {"arena", memory.arena}, {"scratch", memory.scratch}};
  } else {
    out["error"] = session.error().to_string();
  }
  std::printf("%s\n", out.dump(2, ' ', false, json::error_handler_t::replace).c_str());
}

void print_values(const char* title, const std::vector<ValueInfo>& values) {
  std::printf("%s\n", title);
  for (const auto& value : values) std::printf("  %-28s %s\n", value.name.c_str(), to_string(value).c_str());
}

void print_memory(const ModelSummary& summary, const Session& session) {
  const MemoryUse memory = session.memory();
  std::printf("memory\n  %-28s %s\n", "weights", human_bytes(memory.weights).c_str());
  if (!std::ranges::all_of(summary.inputs, is_fixed)) {
    std::printf("  %-28s %s\n", "arena", "depends on the shapes of the inputs; see wedge bench");
    return;
  }
  std::printf("  %-28s %s\n", "packed weights", human_bytes(memory.packed).c_str());
  std::printf("  %-28s %s, %s of it scratch\n", "arena", human_bytes(memory.arena).c_str(),
              human_bytes(memory.scratch).c_str());
}

void print_text(const ModelSummary& summary, const Result<Session>& session) {
  std::printf("model '%s' by %s, IR %lld", summary.graph_name.c_str(),
              summary.producer.empty() ? "an unnamed producer" : summary.producer.c_str(),
              static_cast<long long>(summary.ir_version));
  for (const auto& opset : summary.opsets) {
    std::printf(", %s %lld", domain_name(opset.domain).c_str(), static_cast<long long>(opset.version));
  }
  std::printf("\n%zu nodes, %llu parameters (%s)\n", summary.nodes, static_cast<unsigned long long>(summary.parameters),
              human_bytes(summary.parameter_bytes).c_str());
  print_values("inputs", summary.inputs);
  print_values("outputs", summary.outputs);
  std::printf("operators\n");
  for (const auto& use : summary.operators) {
    const std::string name = use.domain.empty() ? use.name : use.domain + "." + use.name;
    std::printf("  %-28s %zu%s\n", name.c_str(), use.count, use.supported ? "" : "  NOT SUPPORTED by this build");
  }
  for (const auto& [key, value] : summary.metadata) std::printf("metadata %s: %s\n", key.c_str(), value.c_str());
  if (session) {
    print_memory(summary, *session);
  } else {
    std::printf("cannot run: %s\n", session.error().message().c_str());
  }
}

Result<> info(const InfoOptions& options) {
  WEDGE_ASSIGN(const ModelSummary summary, inspect(options.model));
  const auto session = Session::load(options.model);
  options.as_json ? print_json(summary, session) : print_text(summary, session);
  return {};
}

}  // namespace

Command add_info(CLI::App& program) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = program.add_subcommand("info", "Show a model's inputs, outputs, operators and memory");
  command->add_option("model", options->model, "the .onnx file")->required();
  command->add_flag("--json", options->as_json, "print JSON");
  return [options] { return info(*options); };
}

}  // namespace wedge::cli
