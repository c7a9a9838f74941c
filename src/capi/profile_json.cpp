#include "capi/profile_json.h"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"

namespace wedge::capi {
namespace {

/// Writes values one after the other, with commas where they belong.
class JsonWriter {
 public:
  void open(char bracket) {
    separate();
    out_ += bracket;
    is_first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    is_first_ = false;
  }
  void key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    is_first_ = true;
  }
  void value(std::string_view text) {
    separate();
    quote(text);
  }
  void value(std::integral auto number) {
    separate();
    append_text(out_, number);
  }
  void value(double number) {
    // JSON has no infinities. Whole nanoseconds keep their digits.
    if (!std::isfinite(number)) return value(std::string_view("infinite"));
    if (std::abs(number) < 1e15) return value(static_cast<int64_t>(number));
    separate();
    append_text(out_, number);
  }
  void field(std::string_view name, const auto& content) {
    key(name);
    value(content);
  }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!is_first_) out_ += ',';
    is_first_ = false;
  }
  void quote(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    out_ += '"';
    for (const char c : text) {
      const auto code = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (code < 0x20) {
        out_ += "\\u00";
        out_ += digits[code >> 4U];
        out_ += digits[code & 15U];
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string out_;
  bool is_first_ = true;
};

void write(JsonWriter& json, std::string_view name, std::span<const ProfiledTensor> tensors) {
  json.key(name);
  json.open('[');
  for (const auto& tensor : tensors) {
    json.open('{');
    json.field("name", std::string_view(tensor.name));
    json.field("dtype", to_string(tensor.dtype));
    json.key("dims");
    json.open('[');
    for (const int64_t dim : tensor.shape) json.value(dim);
    json.close(']');
    json.close('}');
  }
  json.close(']');
}

void write(JsonWriter& json, const ProfiledStep& step) {
  json.open('{');
  json.field("name", std::string_view(step.name));
  json.field("op", std::string_view(step.op_type));
  json.field("domain", std::string_view(step.domain));
  json.field("kernel", std::string_view(step.kernel));
  write(json, "inputs", step.inputs);
  write(json, "outputs", step.outputs);
  json.field("operations", step.operations);
  json.field("bytes", step.bytes);
  json.field("nanoseconds", step.nanoseconds);
  json.field("begin", step.begin);
  json.field("end", step.end);
  json.close('}');
}

void write(JsonWriter& json, const MemoryUse& memory) {
  json.open('{');
  json.field("weights", memory.weights);
  json.field("packed", memory.packed);
  json.field("arena", memory.arena);
  json.field("scratch", memory.scratch);
  json.close('}');
}

void write(JsonWriter& json, const PassChange& change) {
  json.open('{');
  json.field("pass", std::string_view(change.pass));
  json.field("nodesBefore", change.nodes_before);
  json.field("nodesAfter", change.nodes_after);
  json.field("nanoseconds", change.nanoseconds);
  json.close('}');
}

}  // namespace

std::string to_json(const Profile& profile) {
  JsonWriter json;
  json.open('{');
  json.field("threads", profile.threads);
  json.field("runs", profile.runs);
  json.field("runNanoseconds", profile.run_nanoseconds);
  json.key("memory");
  write(json, profile.memory);
  json.key("steps");
  json.open('[');
  for (const auto& step : profile.steps) write(json, step);
  json.close(']');
  json.key("passes");
  json.open('[');
  for (const auto& change : profile.passes) write(json, change);
  json.close(']');
  json.close('}');
  return json.take();
}

}  // namespace wedge::capi
