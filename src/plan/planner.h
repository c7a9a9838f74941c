// Turns a graph into segments.
#pragma once

#include <vector>

#include "base/id_map.h"
#include "plan/segment.h"
#include "tensor/tensor_pool.h"

namespace wedge {

/// What planning needs to know besides the graph. Outlives every plan made from it.
struct PlanContext {
  const Module& module;
  PackedStore& store;
  TensorPool& pool;
  Workers workers;
  uint64_t memory_limit = UINT64_MAX;
};

/// A node still to be planned, or, after the nodes of an If's branch, the binding of the If's outputs to the branch's.
struct WorkItem {
  NodePointer node;
  std::shared_ptr<const Graph> branch;
};

/// The state of planning between two segments.
struct Frontier {
  std::vector<WorkItem> work;  ///< the next item is at the back
  std::vector<Slot> slots;
  std::vector<uint32_t> slot_of;  ///< by value; RunContext::no_slot where there is none
  IdMap<Constant> known;          ///< values known by now that are not constants of the model
  std::vector<ValueId> outputs;   ///< of the program
  IdSet outputs_done;             ///< those whose memory was decided in an earlier segment
  uint64_t arena_bytes = 0;       ///< of the segments so far
};

/// The feeds of a graph as the root of its plan tree. Feeds in `by_value` select plans by their elements too.
std::shared_ptr<Segment> make_root(const PlanContext& context, const Graph& graph, std::span<const ValueId> feeds,
                                   std::span<const ValueId> by_value);

/// Plans on from where `parent` stopped, given what its run has left in the slots.
Result<std::shared_ptr<Segment>> plan_segment(const PlanContext& context, const Segment& parent,
                                              std::span<const TensorRef> slots);

/// Feeds small enough to be part of a plan's key whose elements alone decide branches or shapes.
std::vector<ValueId> control_feeds(const Module& module, const Graph& graph, std::span<const ValueId> feeds);

}  // namespace wedge
