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
  std::vector<std::string> dims;
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

json to_json(const std::vector<ValueInfo>& infos) {
  json out = json::array();
  for (const ValueInfo& info : infos) out.push_back(to_json(info));
  return out;
}

bool is_fixed(const ValueInfo& info) {
  return info.has_rank && std::ranges::all_of(info.dims, [](const DimInfo& dim) { return dim.value >= 0; });
}

// What a run takes, as far as it can be told beforehand.
struct Plan {
  MemoryUse memory;
  bool is_whole = false;  // it covers a whole run, not the weights alone
};

Result<Plan> make_plan(const ModelSummary& summary, const Session& session, const std::vector<std::string>& dims) {
  const bool is_planned = std::ranges::all_of(summary.inputs, is_fixed);
  if (dims.empty()) return Plan{.memory = session.memory(), .is_whole = is_planned};
  WEDGE_ASSIGN(const auto shapes, input_shapes(session, dims));
  const auto memory = session.plan(shapes);
  if (memory) return Plan{.memory = *memory, .is_whole = true};
  // The plan depends on the values of the inputs.
  if (memory.error().code() == ErrorCode::unsupported) return Plan{.memory = session.memory(), .is_whole = false};
  return std::unexpected(memory.error());
}

void print_json(const ModelSummary& summary, const Result<Plan>& plan) {
  json out = {{"producer", summary.producer},
              {"graph", summary.graph_name},
              {"ir_version", summary.ir_version},
              {"nodes", summary.nodes},
              {"parameters", summary.parameters},
              {"parameter_bytes", summary.parameter_bytes},
              {"functions", summary.functions},
              {"inputs", to_json(summary.inputs)},
              {"outputs", to_json(summary.outputs)},
              {"operators", json::array()},
              {"opsets", json::object()},
              {"metadata", json::object()}};
  for (const auto& opset : summary.opsets) out["opsets"][domain_name(opset.domain)] = opset.version;
  for (const auto& [key, value] : summary.metadata) out["metadata"][key] = value;
  for (const auto& use : summary.operators) {
    out["operators"].push_back({{"domain", domain_name(use.domain)},
                                {"name", use.name},
                                {"version", use.version},
                                {"count", use.count},
                                {"supported", use.supported}});
  }
  if (plan) {
    const MemoryUse& memory = plan->memory;
    out["memory"] = {
        {"weights", memory.weights}, {"packed", memory.packed}, {"arena", memory.arena}, {"scratch", memory.scratch}};
  } else {
    out["error"] = plan.error().to_string();
  }
  std::printf("%s\n", out.dump(2, ' ', false, json::error_handler_t::replace).c_str());
}

void print_values(const char* title, const std::vector<ValueInfo>& values) {
  std::printf("%s\n", title);
  for (const auto& value : values) std::printf("  %-28s %s\n", value.name.c_str(), to_string(value).c_str());
}

void print_memory(const Plan& plan) {
  std::printf("memory\n  %-28s %s\n", "weights", human_bytes(plan.memory.weights).c_str());
  if (!plan.is_whole) {
    std::printf("  %-28s %s\n", "arena", "depends on the inputs; give --dims or see wedge bench");
    return;
  }
  std::printf("  %-28s %s\n", "packed weights", human_bytes(plan.memory.packed).c_str());
  std::printf("  %-28s %s, %s of it scratch\n", "arena", human_bytes(plan.memory.arena).c_str(),
              human_bytes(plan.memory.scratch).c_str());
}

void print_text(const ModelSummary& summary, const Result<Plan>& plan) {
  std::printf("model '%s' by %s, IR %lld", summary.graph_name.c_str(),
              summary.producer.empty() ? "an unnamed producer" : summary.producer.c_str(),
              static_cast<long long>(summary.ir_version));
  for (const auto& opset : summary.opsets) {
    std::printf(", %s %lld", domain_name(opset.domain).c_str(), static_cast<long long>(opset.version));
  }
  std::printf("\n%zu nodes, %llu parameters (%s)", summary.nodes, static_cast<unsigned long long>(summary.parameters),
              human_bytes(summary.parameter_bytes).c_str());
  if (summary.functions != 0) std::printf(", %zu functions", summary.functions);
  std::printf("\n");
  print_values("inputs", summary.inputs);
  print_values("outputs", summary.outputs);
  std::printf("operators\n");
  for (const auto& use : summary.operators) {
    const std::string name = use.domain.empty() ? use.name : use.domain + "." + use.name;
    std::printf("  %-28s %zu%s\n", name.c_str(), use.count, use.supported ? "" : "  NOT SUPPORTED by this build");
  }
  for (const auto& [key, value] : summary.metadata) std::printf("metadata %s: %s\n", key.c_str(), value.c_str());
  if (plan) {
    print_memory(*plan);
  } else {
    std::printf("cannot run: %s\n", plan.error().message().c_str());
  }
}

Result<> info(const InfoOptions& options) {
  WEDGE_ASSIGN(const ModelSummary summary, inspect(options.model));
  const auto session = Session::load(options.model);
  Result<Plan> plan = session ? make_plan(summary, *session, options.dims) : std::unexpected(session.error());
  // A model that cannot run is worth describing; dimensions that do not fit are the caller's mistake.
  if (session && !plan) return std::unexpected(plan.error());
  options.as_json ? print_json(summary, plan) : print_text(summary, plan);
  return {};
}

}  // namespace

Command add_info(CLI::App& program) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = program.add_subcommand("info", "Show a model's inputs, outputs, operators and memory");
  command->add_option("model", options->model, "the .onnx file")->required();
  add_dims_option(*command, options->dims);
  command->add_flag("--json", options->as_json, "print JSON");
  command->footer(
      "Examples:\n  wedge info models/mnist.onnx\n  wedge info models/digits.onnx --dims image=16,1,8,8 --json");
  return [options] { return info(*options); };
}

}  // namespace wedge::cli
