// A plan is a tree of segments. A segment is a flat list of steps over values whose shapes are all known; it ends
// where something must be seen before planning can go on: the shape of a result that depends on data, or the value of
// a tensor that decides shapes or a branch. What was seen selects the next segment, which is planned once and kept.
// A model with static shapes has a root (its feeds) and one segment.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "ops/operator.h"

namespace wedge {

class Program;
struct Frontier;

/// Where a slot's memory is.
enum class Place : uint8_t {
  feed,      ///< the caller's input
  constant,  ///< a constant of the model or of the plan
  arena,     ///< at an offset in the segment's arena
  output,    ///< the buffer of an output of the model
  dynamic,   ///< made by its step at run time
  alias,     ///< inside another slot's memory
};

/// A tensor of the plan. Slots are numbered through the tree: a segment's follow those of its parent.
struct Slot {
  DType dtype = DType::undefined;
  Shape shape;
  Place place = Place::arena;
  uint32_t index = 0;         ///< of the output, or of the slot that an alias lies in
  size_t offset = 0;          ///< in bytes, into the arena, the output or the aliased slot
  std::byte* data = nullptr;  ///< a constant's elements
};

struct Step {
  NodePointer node;
  Kernel kernel;
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> outputs;
  size_t scratch_offset = 0;
  size_t scratch_size = 0;
  std::string_view kernel_name;
  Cost cost;
  std::vector<std::unique_ptr<Program>> subprograms;  ///< of a node that runs subgraphs
  std::vector<std::vector<uint32_t>> captures;        ///< the slots that each of them captures
};

struct OutputPlan {
  uint32_t output = 0;  ///< index among the program's outputs
  uint32_t slot = 0;
};

/// What selects the next segment.
struct KeyPart {
  ValueId value = no_value;
  uint32_t slot = 0;
  bool by_value = false;  ///< the elements count, not only the shape
};

struct Segment {
  std::vector<int64_t> key;  ///< what was seen when it was chosen
  uint32_t first_slot = 0;
  std::vector<Slot> slots;
  std::vector<uint32_t> moving;  ///< slots whose address changes from run to run
  std::vector<Step> steps;
  std::vector<OutputPlan> written;  ///< outputs that steps of this segment write in place
  std::vector<OutputPlan> copied;   ///< outputs to be copied at the end of the last segment
  size_t arena_size = 0;
  size_t scratch_size = 0;
  uint64_t path_arena_size = 0;  ///< arenas from the root to here
  std::vector<Constant> held;    ///< constants of a last segment; others keep theirs in the frontier

  std::vector<KeyPart> next_key;
  std::unique_ptr<Frontier> frontier;  ///< where planning stopped; null in a last segment

  Mutex mutex;  ///< guards children
  std::vector<std::shared_ptr<Segment>> children;
};

}  // namespace wedge
