#include "wedge/profile.h"

#include <algorithm>
#include <set>

#include "base/function_ref.h"
#include "base/platform.h"
#include "base/result.h"
#include "session/state.h"

namespace wedge {
namespace {

// Times kept, over all runs.
constexpr size_t most_times = size_t{1} << 22U;

double seconds_since(uint64_t start) { return static_cast<double>(platform::now_nanoseconds() - start) * 1e-9; }

template <typename T>
double median(std::vector<T> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

// Times of the steps of many runs, each run a list of (begin, end) in nanoseconds from the run's start.
struct Times {
  struct Span {
    uint64_t begin, end;
  };
  std::vector<std::vector<Span>> runs;
  std::vector<uint64_t> whole;  ///< of runs without a clock inside

  /// The run of median length.
  [[nodiscard]] const std::vector<Span>& middle() const {
    std::vector<size_t> order(runs.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto length = [&](size_t i) { return runs[i].empty() ? 0 : runs[i].back().end; };
    std::ranges::nth_element(order, order.begin() + static_cast<ptrdiff_t>(order.size() / 2), {}, length);
    return runs[order[order.size() / 2]];
  }
};

// The clock's readings as spans: a segment of n steps left n + 1.
std::vector<Times::Span> spans_of(const Execution& execution, std::span<const uint64_t> clock) {
  std::vector<Times::Span> spans;
  size_t at = 0;
  for (const Execution::Level& level : execution.path) {
    for (size_t i = 0; i < level.segment->steps.size(); ++i, ++at) {
      spans.push_back({.begin = clock[at] - clock[0], .end = clock[at + 1] - clock[0]});
    }
    ++at;
  }
  return spans;
}

Result<Times> measure(FunctionRef<Result<>()> run, Execution& execution, const ProfileOptions& options) {
  // The first run plans and does not count.
  WEDGE_TRY(run());
  for (const uint64_t start = platform::now_nanoseconds(); seconds_since(start) < options.warmup_seconds;) {
    WEDGE_TRY(run());
  }
  Times times;
  std::vector<uint64_t> clock;
  clock.reserve(1 << 12U);
  const uint64_t start = platform::now_nanoseconds();
  do {
    const uint64_t before = platform::now_nanoseconds();
    WEDGE_TRY(run());
    times.whole.push_back(platform::now_nanoseconds() - before);
    clock.clear();
    execution.clock = &clock;
    const auto done = run();
    execution.clock = nullptr;
    WEDGE_TRY(done);
    auto spans = spans_of(execution, clock);
    // Where chance decides the path, the runs that went as the first did are those that count.
    if (times.runs.empty() || times.runs.front().size() == spans.size()) times.runs.push_back(std::move(spans));
  } while (seconds_since(start) < options.seconds && times.runs.size() * clock.size() < most_times);
  return times;
}

std::string describe(const Attribute::Value& value) {
  const auto list = [](const auto& elements) {
    std::string out = "[";
    for (size_t i = 0; i < elements.size(); ++i) append_text(out, text(i == 0 ? "" : ", ", elements[i]));
    return out + "]";
  };
  return std::visit(
      [&]<typename T>(const T& held) -> std::string {
        if constexpr (std::is_same_v<T, Tensor>) {
          return text(held.dtype(), " ", held.shape());
        } else if constexpr (std::is_same_v<T, std::vector<Tensor>>) {
          return text(held.size(), " tensors");
        } else if constexpr (requires { held.begin(); } && !std::is_same_v<T, std::string>) {
          return list(held);
        } else {
          return text(held);
        }
      },
      value);
}

// Reads the plan that the execution went along last.
class PlanReader {
 public:
  PlanReader(const Module& module, const Execution& execution) : module_(module), execution_(execution) {
    names_.resize(execution.slots.size());
    last_use_.resize(execution.slots.size());
    for (size_t i = 0; i < module.graph.inputs.size(); ++i) names_[i] = module.values[module.graph.inputs[i]].name;
  }

  void read(Profile& profile) {
    uint64_t base = 0;
    for (const Execution::Level& level : execution_.path) {
      for (const Step& step : level.segment->steps) add_step(profile, *level.segment, step, base);
      base += level.segment->arena_size;
    }
    for (const auto& [piece, slot] : pieces_) profile.arena[piece].last_step = last_use_[slot];
  }

 private:
  [[nodiscard]] ProfiledTensor tensor(uint32_t slot, ValueId id) const {
    const TensorRef& seen = execution_.slots[slot];
    const std::string& name = id == no_value ? names_[slot] : module_.values[id].name;
    return {.name = name, .dtype = seen.dtype, .shape = seen.shape};
  }

  void count_bytes(const Step& step, ProfiledStep& made) const {
    made.bytes = step.cost.bytes;
    if (step.cost.bytes >= 0) return;
    std::set<uint32_t> slots(step.inputs.begin(), step.inputs.end());
    slots.insert(step.outputs.begin(), step.outputs.end());
    slots.erase(RunContext::no_slot);
    made.bytes = 0;
    for (const uint32_t slot : slots) made.bytes += static_cast<double>(execution_.slots[slot].byte_size());
    std::set<uint32_t> constants;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      const ValueId id = step.node->inputs[i];
      if (id == no_value || module_.values[id].constant.empty() || !constants.insert(step.inputs[i]).second) continue;
      made.constant_bytes += static_cast<double>(execution_.slots[step.inputs[i]].byte_size());
    }
  }

  void add_step(Profile& profile, const Segment& segment, const Step& step, uint64_t base) {
    const Node& node = *step.node;
    const auto number = static_cast<uint32_t>(profile.steps.size());
    ProfiledStep made{.name = node.name,
                      .op_type = node.op_type,
                      .domain = node.domain,
                      .kernel = std::string(step.kernel_name),
                      .operations = step.cost.operations,
                      .is_int8 = step.cost.is_int8};
    count_bytes(step, made);
    for (const Attribute& attribute : node.attributes.all()) {
      made.attributes.emplace_back(attribute.name, describe(attribute.value));
    }
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      if (step.inputs[i] == RunContext::no_slot) continue;
      made.inputs.push_back(tensor(step.inputs[i], node.inputs[i]));
      last_use_[step.inputs[i]] = number;
    }
    for (const auto& captures : step.captures) {
      for (const uint32_t slot : captures) last_use_[slot] = number;
    }
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      const uint32_t slot = step.outputs[i];
      if (slot == RunContext::no_slot) continue;
      names_[slot] = module_.values[node.outputs[i]].name;
      last_use_[slot] = number;
      made.outputs.push_back(tensor(slot, node.outputs[i]));
      add_piece(profile, segment, made.outputs.back(), slot, base);
    }
    if (step.scratch_size != 0) {
      profile.arena.push_back({.tensor = {.name = "", .dtype = DType::u8, .shape = {}},
                               .offset = base + step.scratch_offset,
                               .bytes = step.scratch_size,
                               .first_step = number,
                               .last_step = number});
    }
    profile.steps.push_back(std::move(made));
  }

  void add_piece(Profile& profile, const Segment& segment, const ProfiledTensor& tensor, uint32_t slot, uint64_t base) {
    uint64_t offset = base;
    uint32_t root = slot;
    while (root >= segment.first_slot && segment.slots[root - segment.first_slot].place == Place::alias) {
      offset += segment.slots[root - segment.first_slot].offset;
      root = segment.slots[root - segment.first_slot].index;
    }
    if (root < segment.first_slot || segment.slots[root - segment.first_slot].place != Place::arena) return;
    pieces_.emplace_back(profile.arena.size(), slot);
    const auto number = static_cast<uint32_t>(profile.steps.size());
    profile.arena.push_back({.tensor = tensor,
                             .offset = offset + segment.slots[root - segment.first_slot].offset,
                             .bytes = execution_.slots[slot].byte_size(),
                             .first_step = number,
                             .last_step = number});
  }

  const Module& module_;
  const Execution& execution_;
  std::vector<std::string> names_;                   ///< by slot
  std::vector<uint32_t> last_use_;                   ///< by slot
  std::vector<std::pair<size_t, uint32_t>> pieces_;  ///< of the arena, with their slots
};

}  // namespace

Result<Profile> Session::profile(std::span<const NamedTensor> feeds, const ProfileOptions& options) const {
  Binding::State binding(state_);
  WEDGE_TRY(binding.set_inputs(feeds));
  const auto run = [&] { return binding.run(); };
  WEDGE_ASSIGN(const Times times, measure(run, *binding.execution, options));
  Profile profile{.threads = state_->context.workers.count(),
                  .runs = times.runs.size(),
                  .run_nanoseconds = median(times.whole),
                  .memory = memory(),
                  .passes = state_->passes};
  PlanReader(state_->module, *binding.execution).read(profile);
  const auto& middle = times.middle();
  std::vector<uint64_t> lengths(times.runs.size());
  for (size_t i = 0; i < profile.steps.size() && i < middle.size(); ++i) {
    for (size_t run = 0; run < lengths.size(); ++run) lengths[run] = times.runs[run][i].end - times.runs[run][i].begin;
    profile.steps[i].nanoseconds = median(lengths);
    profile.steps[i].begin = middle[i].begin;
    profile.steps[i].end = middle[i].end;
  }
  return profile;
}

}  // namespace wedge
