#include "plan/storage.h"

#include <algorithm>

#include "base/built_in_parts.h"
#include "base/checked.h"
#include "plan/arena_layout.h"

namespace wedge {
namespace {

class Storage {
 public:
  Storage(Frontier& frontier, Segment& segment) : frontier_(frontier), segment_(segment) {
    const size_t count = frontier.slots.size() - segment.first_slot;
    lives_.resize(count);
    end_ = static_cast<uint32_t>(segment.steps.size());
    find_lifetimes();
  }

  // A step's output takes over its input's memory when the input dies there and nothing else in the step lies in it.
  void share_in_place(std::span<const StorageRequests::InPlace> requests) {
    for (const auto& request : requests) {
      Slot& output = slot(request.output);
      const uint32_t root = root_of(request.input);
      if (output.place != Place::arena || !is_own(root) || slot(root).place != Place::arena) continue;
      if (life(root).last != request.step || bytes(request.output) != bytes(root)) continue;
      if (is_shared_otherwise(request, root)) continue;
      output.place = Place::alias;
      output.index = root;
      output.offset = 0;
      life(root).last = life(request.output).last;
    }
  }

  // A value that is only read once more, to be copied into a larger one, is made there. Where it lies is said when the
  // larger one has its place: until then it is an alias of a later slot.
  void place_parts(std::span<const StorageRequests::Part> requests) {
    for (const auto& request : requests) {
      const uint32_t root = root_of(request.input);
      if (slot(request.output).place != Place::arena || !is_own(root) || slot(root).place != Place::arena) continue;
      if (bytes(root) != bytes(request.input) || offset_in_root(request.input) != 0) continue;
      if (life(root).last != request.step || slot(root).dtype == DType::string) continue;
      slot(root).place = Place::alias;
      slot(root).index = request.output;
      slot(root).offset = request.byte_offset;
      life(request.output).first = std::min(life(request.output).first, life(root).first);
      parts_.push_back(root);
    }
  }

  void place_outputs() {
    const bool last = segment_.next_key.empty();
    for (uint32_t i = 0; i < frontier_.outputs.size(); ++i) {
      if (frontier_.outputs_done.contains(i)) continue;
      const ValueId id = frontier_.outputs[i];
      const uint32_t number = frontier_.slot_of[id];
      if (number == RunContext::no_slot) continue;
      const uint32_t root = root_of(number);
      const bool whole = is_own(root) && slot(root).place == Place::arena && offset_in_root(number) == 0 &&
                         bytes(root) == bytes(number) && slot(number).dtype != DType::string;
      if (whole) {
        slot(root).place = Place::output;
        slot(root).index = i;
        segment_.written.push_back({.output = i, .slot = number});
        frontier_.outputs_done.insert(i);
      } else if (last) {
        segment_.copied.push_back({.output = i, .slot = number});
      }
    }
  }

  void lay_out(std::span<const size_t> scratch) {
    std::vector<Lifetime> lifetimes;
    std::vector<uint32_t> owners;
    for (uint32_t number = segment_.first_slot; number < frontier_.slots.size(); ++number) {
      if (slot(number).place != Place::arena) continue;
      lifetimes.push_back({.size = bytes(number), .first = life(number).first, .last = life(number).last});
      owners.push_back(number);
    }
    for (uint32_t step = 0; step < scratch.size(); ++step) {
      lifetimes.push_back({.size = scratch[step], .first = step, .last = step});
      segment_.scratch_size = std::max(segment_.scratch_size, scratch[step]);
    }
    const ArenaLayout layout = lay_out_arena(lifetimes);
    for (size_t i = 0; i < owners.size(); ++i) slot(owners[i]).offset = layout.offsets[i];
    for (size_t step = 0; step < scratch.size(); ++step) {
      segment_.steps[step].scratch_offset = layout.offsets[owners.size() + step];
    }
    segment_.arena_size = layout.size;
  }

  // Slots are resolved in order, so parts say themselves where they are.
  void resolve_parts() {
    std::vector<Slot> places;
    for (const uint32_t part : parts_) {
      Slot place = slot(root_of(part));
      place.offset += offset_in_root(part);
      places.push_back(place);
    }
    for (size_t i = 0; i < parts_.size(); ++i) {
      Slot& part = slot(parts_[i]);
      part.place = places[i].place;
      part.index = places[i].index;
      part.offset = places[i].offset;
    }
  }

  void publish() {
    const auto first = frontier_.slots.begin() + segment_.first_slot;
    segment_.slots.assign(first, frontier_.slots.end());
    for (uint32_t number = segment_.first_slot; number < frontier_.slots.size(); ++number) {
      const Slot& root = slot(root_of(number));
      const bool fixed = root.place == Place::constant || root.place == Place::arena;
      if (!fixed && slot(number).place != Place::dynamic) segment_.moving.push_back(number);
    }
  }

 private:
  Slot& slot(uint32_t number) { return frontier_.slots[number]; }
  [[nodiscard]] bool is_own(uint32_t number) const { return number >= segment_.first_slot; }
  Lifetime& life(uint32_t number) { return lives_[number - segment_.first_slot]; }
  [[nodiscard]] uint32_t root_of(uint32_t number) const {
    while (frontier_.slots[number].place == Place::alias) number = frontier_.slots[number].index;
    return number;
  }
  [[nodiscard]] size_t offset_in_root(uint32_t number) const {
    size_t offset = 0;
    for (; frontier_.slots[number].place == Place::alias; number = frontier_.slots[number].index) {
      offset += frontier_.slots[number].offset;
    }
    return offset;
  }
  [[nodiscard]] size_t bytes(uint32_t number) const {
    const Slot& of = frontier_.slots[number];
    return checked_byte_size(of.dtype, of.shape).value_or(SIZE_MAX / 2);
  }

  void use(uint32_t number, uint32_t step) {
    if (number == RunContext::no_slot) return;
    const uint32_t root = root_of(number);
    if (is_own(root)) life(root).last = std::max(life(root).last, step);
  }

  void find_lifetimes() {
    for (uint32_t step = 0; step < end_; ++step) {
      for (const uint32_t number : segment_.steps[step].outputs) {
        if (number != RunContext::no_slot && is_own(number)) life(number) = {.size = 0, .first = step, .last = step};
        use(number, step);
      }
      for (const uint32_t number : segment_.steps[step].inputs) use(number, step);
      for (const auto& captures : segment_.steps[step].captures) {
        for (const uint32_t number : captures) use(number, step);
      }
    }
    // What later segments or the caller read lives to the end.
    const auto use_later = [&](ValueId id) { use(frontier_.slot_of[id], end_); };
    for (const WorkItem& item : frontier_.work) {
      // Without more plans there is no work left.
      if constexpr (!built_in::has_part("replanning")) break;
      if (item.branch != nullptr) {
        std::ranges::for_each(item.branch->outputs, use_later);
      } else {
        for_each_use(*item.node, use_later);
      }
    }
    for (const KeyPart& part : segment_.next_key) use(part.slot, end_);
    std::ranges::for_each(frontier_.outputs, use_later);
  }

  [[nodiscard]] bool is_shared_otherwise(const StorageRequests::InPlace& request, uint32_t root) const {
    const Step& step = segment_.steps[request.step];
    const auto collides = [&](uint32_t number) {
      if (number == RunContext::no_slot || number == request.input || number == request.output) return false;
      return root_of(number) == root;
    };
    return std::ranges::any_of(step.inputs, collides) || std::ranges::any_of(step.outputs, collides);
  }

  Frontier& frontier_;
  Segment& segment_;
  std::vector<Lifetime> lives_;
  std::vector<uint32_t> parts_;
  uint32_t end_ = 0;
};

}  // namespace

Result<> assign_storage(const PlanContext& context, Frontier& frontier, Segment& segment,
                        const StorageRequests& requests) {
  Storage storage(frontier, segment);
  storage.share_in_place(requests.in_place);
  storage.place_parts(requests.parts);
  storage.place_outputs();
  // The sums bound what any layout can take, so that the layout's own arithmetic cannot overflow.
  uint64_t arena_most = 0;
  uint64_t outputs = 0;
  const auto add = [](uint64_t& total, uint64_t size) { total = checked_add(total, size).value_or(UINT64_MAX); };
  for (uint32_t number = segment.first_slot; number < frontier.slots.size(); ++number) {
    const Slot& slot = frontier.slots[number];
    if (slot.place != Place::arena && slot.place != Place::output) continue;
    WEDGE_ASSIGN(const size_t size, checked_byte_size(slot.dtype, slot.shape));
    add(slot.place == Place::arena ? arena_most : outputs, size);
  }
  for (const size_t size : requests.scratch) add(arena_most, size);
  for (const OutputPlan& copied : segment.copied) {
    const Slot& slot = frontier.slots[copied.slot];
    WEDGE_ASSIGN(const size_t size, checked_byte_size(slot.dtype, slot.shape));
    add(outputs, size);
  }
  if (arena_most > SIZE_MAX / 4) {
    return fail(ErrorCode::out_of_memory, "the run's intermediate values exceed the address space");
  }
  storage.lay_out(requests.scratch);
  storage.resolve_parts();
  frontier.arena_bytes += segment.arena_size;
  segment.path_arena_size = frontier.arena_bytes;
  const uint64_t weights = resident_constant_bytes(context.module);
  uint64_t needed = frontier.arena_bytes + weights + context.store.bytes();
  add(needed, outputs);
  if (needed > context.memory_limit) {
    return fail(ErrorCode::out_of_memory, "the session needs ", needed, " bytes (weights ", weights,
                ", packed weights ", context.store.bytes(), ", arena ", frontier.arena_bytes, ", outputs ", outputs,
                "), the limit is ", context.memory_limit);
  }
  storage.publish();
  return {};
}

}  // namespace wedge
