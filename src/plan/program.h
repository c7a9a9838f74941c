// A graph that can be run: its plan tree, and the executions that walk it.
#pragma once

#include <memory>
#include <vector>

#include "plan/planner.h"

namespace wedge {

/// The memory of one run in progress: slots, arenas and outputs, kept for the next run. Used by one thread at a time.
struct Execution {
  struct Level {
    std::shared_ptr<Segment> segment;
    AlignedBuffer arena;
  };
  std::vector<TensorRef> slots;
  std::vector<Tensor> owners;  ///< of dynamic slots
  std::vector<Level> path;     ///< the segments of the last run, the root first
  std::vector<int64_t> key;
  /// By output: what the last run wrote. Before a run, a dense tensor of the right type and shape is written into;
  /// another is replaced, or refused when the caller insists on it.
  std::vector<Tensor> outputs;
  IdSet bound_outputs;
  /// Where set, run() appends the time at which each segment begins and each step ends.
  std::vector<uint64_t>* clock = nullptr;
};

class Program {
 public:
  /// `feeds` are the graph's inputs and what it captures; `context` and `graph` must outlive the program.
  Program(const PlanContext& context, const Graph& graph, std::span<const ValueId> feeds);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Runs on dense feeds, in the order given at construction. Safe to call at the same time on several executions.
  Result<> run(Execution& execution, std::span<const TensorRef> feeds) const;

  /// Plans for feeds of these types and shapes as far as can be known before a run, and returns the segment reached.
  [[nodiscard]] Result<std::shared_ptr<Segment>> plan(std::span<const TensorRef> feeds) const;

  /// An execution left by an earlier run, or a new one; give it back after use.
  [[nodiscard]] std::unique_ptr<Execution> acquire() const;
  void release(std::unique_ptr<Execution> execution) const;

  /// Frees the arenas of executions that wait for a run, here and in subgraphs, until at most `max_bytes` of them are
  /// left, and returns how many are.
  uint64_t trim(uint64_t max_bytes) const;

  struct ArenaUse {
    uint64_t arena = 0;
    uint64_t scratch = 0;
  };
  /// The arena of the plan that needs most among those made so far.
  [[nodiscard]] ArenaUse largest_arena() const;

  [[nodiscard]] std::span<const ValueId> feeds() const { return feeds_; }
  /// Whether a plan depends on the elements of feeds.
  [[nodiscard]] bool has_control_feeds() const { return has_control_feeds_; }

 private:
  Result<> run_path(Execution& execution, std::span<const TensorRef> feeds) const;

  const PlanContext& context_;
  std::vector<ValueId> feeds_;
  bool has_control_feeds_ = false;
  std::shared_ptr<Segment> root_;
  mutable Mutex mutex_;  ///< guards idle_
  mutable std::vector<std::unique_ptr<Execution>> idle_;
};

}  // namespace wedge
