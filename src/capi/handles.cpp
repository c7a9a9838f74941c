#include "capi/handles.h"

#include <utility>

namespace wedge::capi {
namespace {

constexpr unsigned index_bits = sizeof(uintptr_t) == 8 ? 32 : 20;
constexpr unsigned generation_bits = sizeof(uintptr_t) * 8 - index_bits;
constexpr uintptr_t largest_index = (uintptr_t{1} << index_bits) - 1;
constexpr uintptr_t largest_generation = (uintptr_t{1} << generation_bits) - 1;

}  // namespace

std::string_view to_string(HandleKind kind) {
  switch (kind) {
    case HandleKind::tensor: return "tensor";
    case HandleKind::session: return "session";
    case HandleKind::loader: return "loader";
    case HandleKind::binding: return "binding";
    case HandleKind::none: break;
  }
  return "nothing";
}

Result<uintptr_t> HandleTable::add(HandleKind kind, std::shared_ptr<void> object) {
  const Lock lock(mutex_);
  size_t index = first_free_;
  if (index != no_slot) {
    first_free_ = slots_[index].next_free;
    if (first_free_ == no_slot) last_free_ = no_slot;
  } else {
    index = slots_.size();
    if (index > largest_index) return fail(ErrorCode::out_of_memory, "there are ", index, " handles already");
    slots_.emplace_back();
  }
  Slot& slot = slots_[index];
  slot.object = std::move(object);
  slot.kind = kind;
  slot.next_free = no_slot;
  return slot.generation << index_bits | index;
}

Result<size_t> HandleTable::index_of(HandleKind kind, uintptr_t handle) const {
  const size_t index = handle & largest_index;
  const uintptr_t generation = handle >> index_bits;
  if (handle == 0) return fail(invalid_handle, "the ", kind, " is null");
  if (index >= slots_.size() || slots_[index].generation < generation) {
    return fail(invalid_handle, "this is no handle of a ", kind);
  }
  const Slot& slot = slots_[index];
  if (slot.generation != generation) return fail(invalid_handle, "the ", kind, " was released before");
  if (slot.kind != kind) return fail(invalid_handle, "expected a ", kind, ", got a ", slot.kind);
  return index;
}

Result<std::shared_ptr<void>> HandleTable::find(HandleKind kind, uintptr_t handle) const {
  const Lock lock(mutex_);
  WEDGE_ASSIGN(const size_t index, index_of(kind, handle));
  return slots_[index].object;
}

Result<> HandleTable::release(HandleKind kind, uintptr_t handle) {
  // What the object's end does is done without the lock.
  std::shared_ptr<void> object;
  const Lock lock(mutex_);
  WEDGE_ASSIGN(const size_t index, index_of(kind, handle));
  Slot& slot = slots_[index];
  object = std::exchange(slot.object, nullptr);
  slot.kind = HandleKind::none;
  slot.generation = slot.generation == largest_generation ? 1 : slot.generation + 1;
  (last_free_ == no_slot ? first_free_ : slots_[last_free_].next_free) = index;
  last_free_ = index;
  return {};
}

HandleTable& handles() {
  // Never destroyed: handles may be released while the process ends.
  static auto* const table = new HandleTable;
  return *table;
}

}  // namespace wedge::capi
