#include "plan/program.h"

#include <algorithm>
#include <cstring>

#include "base/built_in_parts.h"
#include "plan/execute.h"

namespace wedge {
namespace {

// The most plans kept for the same point of a program; the one used longest ago gives way.
constexpr size_t most_children = 32;

void append_key(std::vector<int64_t>& key, const TensorRef& seen, bool by_value) {
  key.push_back(static_cast<int64_t>(seen.shape.rank()));
  key.insert(key.end(), seen.shape.begin(), seen.shape.end());
  if (!by_value) return;
  const auto bytes = seen.bytes();
  for (size_t at = 0; at < bytes.size(); at += sizeof(int64_t)) {
    int64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
    key.push_back(word);
  }
}

Result<std::shared_ptr<Segment>> next_segment(const PlanContext& context, Segment& parent,
                                              std::span<const TensorRef> slots, const std::vector<int64_t>& key) {
  const Lock lock(parent.mutex);
  const auto found =
      std::ranges::find(parent.children, key, [](const auto& child) -> const auto& { return child->key; });
  if (found != parent.children.end()) {
    std::rotate(parent.children.begin(), found, found + 1);
    return parent.children.front();
  }
  WEDGE_ASSIGN(auto made, plan_segment(context, parent, slots));
  made->key = key;
  if (parent.children.size() == most_children) parent.children.pop_back();
  parent.children.insert(parent.children.begin(), made);
  return made;
}

Result<> enter_level(const PlanContext& context, Execution& execution, size_t level, std::shared_ptr<Segment> segment) {
  if (execution.path.size() <= level) execution.path.resize(level + 1);
  Execution::Level& at = execution.path[level];
  const bool same_segment = at.segment == segment;
  if (!same_segment) {
    // Deeper segments belong to the branch that is being left.
    execution.path.resize(level + 1);
    Execution::Level& here = execution.path[level];
    here.segment = std::move(segment);
    if (here.arena.size() < here.segment->arena_size) {
      here.arena = AlignedBuffer();
      here.arena = AlignedBuffer::allocate(here.segment->arena_size);
      if (here.arena.size() < here.segment->arena_size) {
        return fail(ErrorCode::out_of_memory, "no memory for an arena of ", here.segment->arena_size, " bytes");
      }
    }
  }
  const Execution::Level& here = execution.path[level];
  return enter_segment(context, execution, *here.segment, here.arena.data(), !same_segment);
}

void find_largest(Segment& segment, Program::ArenaUse& largest) {
  if (segment.path_arena_size >= largest.arena) {
    largest.arena = segment.path_arena_size;
    largest.scratch = std::max<uint64_t>(largest.scratch, segment.scratch_size);
  }
  const Lock lock(segment.mutex);
  for (const auto& child : segment.children) find_largest(*child, largest);
}

uint64_t trim_subprograms(Segment& segment, uint64_t max_bytes) {
  uint64_t kept = 0;
  for (const Step& step : segment.steps) {
    for (const auto& program : step.subprograms) kept += program->trim(max_bytes - kept);
  }
  const Lock lock(segment.mutex);
  for (const auto& child : segment.children) kept += trim_subprograms(*child, max_bytes - kept);
  return kept;
}

}  // namespace

Program::Program(const PlanContext& context, const Graph& graph, std::span<const ValueId> feeds)
    : context_(context), feeds_(feeds.begin(), feeds.end()) {
  std::vector<ValueId> control;
  if constexpr (built_in::has_part("replanning")) control = control_feeds(context.module, graph, feeds);
  has_control_feeds_ = !control.empty();
  root_ = make_root(context, graph, feeds, control);
}

Program::~Program() = default;

Result<> Program::run(Execution& execution, std::span<const TensorRef> feeds) const {
  auto done = run_path(execution, feeds);
  // After a failure slots may be half filled in; the next run starts afresh.
  if (!done) execution.path.clear();
  return done;
}

Result<> Program::run_path(Execution& execution, std::span<const TensorRef> feeds) const {
  if (execution.path.empty()) {
    execution.path.emplace_back().segment = root_;
    execution.slots.resize(std::max(execution.slots.size(), feeds.size()));
    execution.owners.resize(execution.slots.size());
  }
  execution.outputs.resize(root_->frontier->outputs.size());
  std::ranges::copy(feeds, execution.slots.begin());
  for (size_t level = 0;; ++level) {
    Segment& segment = *execution.path[level].segment;
    WEDGE_TRY(run_steps(context_, execution, segment, execution.path[level].arena.data()));
    if (segment.frontier == nullptr) return finish_outputs(context_, execution, segment);
    execution.key.clear();
    for (const KeyPart& part : segment.next_key) append_key(execution.key, execution.slots[part.slot], part.by_value);
    std::shared_ptr<Segment> next;
    if (level + 1 < execution.path.size() && execution.path[level + 1].segment->key == execution.key) {
      next = execution.path[level + 1].segment;
    } else {
      WEDGE_ASSIGN(next, next_segment(context_, segment, execution.slots, execution.key));
    }
    WEDGE_TRY(enter_level(context_, execution, level + 1, std::move(next)));
  }
}

Result<std::shared_ptr<Segment>> Program::plan(std::span<const TensorRef> feeds) const {
  std::vector<int64_t> key;
  for (size_t i = 0; i < feeds.size(); ++i) append_key(key, feeds[i], root_->next_key[i].by_value);
  return next_segment(context_, *root_, feeds, key);
}

Program::ArenaUse Program::largest_arena() const {
  ArenaUse largest;
  find_largest(*root_, largest);
  return largest;
}

std::unique_ptr<Execution> Program::acquire() const {
  const Lock lock(mutex_);
  if (idle_.empty()) return std::make_unique<Execution>();
  auto execution = std::move(idle_.back());
  idle_.pop_back();
  return execution;
}

uint64_t Program::trim(uint64_t max_bytes) const {
  uint64_t kept = 0;
  {
    const Lock lock(mutex_);
    std::erase_if(idle_, [&](const std::unique_ptr<Execution>& execution) {
      uint64_t size = 0;
      for (const Execution::Level& level : execution->path) size += level.arena.size();
      if (size > max_bytes - kept) return true;
      kept += size;
      return false;
    });
  }
  return kept + trim_subprograms(*root_, max_bytes - kept);
}

void Program::release(std::unique_ptr<Execution> execution) const {
  const Lock lock(mutex_);
  idle_.push_back(std::move(execution));
}

}  // namespace wedge
