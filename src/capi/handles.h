// Handles: the numbers callers hold instead of pointers. A handle is the index of a slot and the slot's generation,
// which grows whenever the slot is emptied, so that handles of what was there before are known to be stale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace wedge::capi {

/// A code that only this interface knows, after those of ErrorCode.
inline constexpr auto invalid_handle = static_cast<ErrorCode>(static_cast<int>(ErrorCode::internal) + 1);

enum class HandleKind : uint8_t { none, tensor, session, loader, binding };

std::string_view to_string(HandleKind kind);

/// Safe to use from several threads.
class HandleTable {
 public:
  /// Error: out_of_memory when there are as many as an index can tell.
  Result<uintptr_t> add(HandleKind kind, std::shared_ptr<void> object);
  /// Error: invalid_handle.
  Result<std::shared_ptr<void>> find(HandleKind kind, uintptr_t handle) const;
  /// Empties the slot; the object goes with its last user. Error: invalid_handle.
  Result<> release(HandleKind kind, uintptr_t handle);

 private:
  static constexpr size_t no_slot = SIZE_MAX;
  struct Slot {
    std::shared_ptr<void> object;
    uintptr_t generation = 1;  ///< never 0, so that no handle is null
    size_t next_free = no_slot;
    HandleKind kind = HandleKind::none;
  };

  [[nodiscard]] Result<size_t> index_of(HandleKind kind, uintptr_t handle) const;

  mutable Mutex mutex_;
  std::vector<Slot> slots_;
  // Free slots are a queue, oldest first, so that generations last as long as they can.
  size_t first_free_ = no_slot;
  size_t last_free_ = no_slot;
};

/// The one of the process.
HandleTable& handles();

}  // namespace wedge::capi
