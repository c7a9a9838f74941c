// Keys or values of earlier calls joined with those of this one, as attention reads them and hands them on.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>

#include "ops/attention.h"

namespace wedge {

/// The result lies by head: past rows first, then those that are new, then zeros up to the capacity.
struct KeyValueCache {
  size_t batch = 1;
  size_t heads = 1;
  size_t past_capacity = 0;  ///< rows of a head in the past
  size_t new_rows = 0;
  size_t capacity = 0;  ///< rows of a head in the result
  size_t row_bytes = 0;
  HeadLayout from;  ///< of the new rows, in elements
  size_t element_bytes = 1;

  [[nodiscard]] size_t byte_size() const { return saturating_bytes(batch, heads, capacity, row_bytes); }

  /// One head of a batch element, of whose past `past_rows` rows are in use; `past` may be null when none are.
  /// past_rows is at most past_capacity, and past_rows + new_rows at most capacity. Where past and result are the same
  /// memory, the new rows are all that is written.
  void join(size_t batch_index, size_t head, size_t past_rows, const std::byte* past, const std::byte* added,
            std::byte* joined) const {
    if (row_bytes == 0) return;
    const size_t at = batch_index * heads + head;
    std::byte* to = joined + at * capacity * row_bytes;
    const bool is_in_place = past == joined && past_capacity == capacity;
    if (past_rows > 0) {
      if (!is_in_place) std::memcpy(to, past + at * past_capacity * row_bytes, past_rows * row_bytes);
      to += past_rows * row_bytes;
    }
    for (size_t row = 0; row < new_rows; ++row, to += row_bytes) {
      std::memcpy(to, added + from.offset(batch_index, head, row) * element_bytes, row_bytes);
    }
    const size_t rest = capacity - past_rows - new_rows;
    if (rest > 0 && !is_in_place) std::memset(to, 0, rest * row_bytes);
  }
};

/// Keys or values in the node's element type: the new rows themselves, or joined with the past, or handed on.
template <typename C>
class CachedRows {
 public:
  /// The tensors of past and present, if any, and how many elements come before these rows in them.
  struct Places {
    std::optional<size_t> past_input;
    std::optional<size_t> present_output;
    size_t past_start = 0;
    size_t present_start = 0;
  };

  CachedRows() = default;
  /// `always_joins`: even without past or present, where the new rows are not all.
  CachedRows(PrepareContext& context, DType dtype, const KeyValueCache& cache, const Places& places, size_t new_count,
             bool always_joins = false)
      : cache_(cache), places_(places) {
    if (places.past_input && !context.has_input(*places.past_input)) places_.past_input.reset();
    if (places.present_output && !context.has_output(*places.present_output)) places_.present_output.reset();
    joins_ = always_joins || places_.past_input || places_.present_output;
    if (places_.past_input && places_.present_output && cache.past_capacity == cache.capacity) {
      const auto& inputs = context.node().inputs;
      // A past that serves keys and values at once is still to be read when the first are joined.
      if (std::ranges::count(inputs, inputs[*places_.past_input]) == 1 && places_.past_start == 0) {
        context.in_place(*places_.present_output, *places_.past_input);
      }
    }
    if (joins_ && !places_.present_output) scratch_ = context.scratch(cache.byte_size());
    operand_ = {context, dtype, joins_ ? cache.byte_size() / cache.element_bytes : new_count};
  }

  /// Whether attention reads the joined rows rather than the new ones.
  [[nodiscard]] bool joins() const { return joins_; }

  /// The rows as attention reads them. past_rows(batch) says how many rows of the past are in use.
  const C* read(RunContext& run, const std::byte* added, FunctionRef<size_t(size_t)> past_rows) const {
    if (!joins_) return operand_.read(run, added);
    const size_t width = cache_.element_bytes;
    std::byte* joined = places_.present_output
                            ? run.output(*places_.present_output).data + places_.present_start * width
                            : run.scratch(scratch_);
    const std::byte* past = nullptr;
    if (places_.past_input) past = run.input(*places_.past_input).data + places_.past_start * width;
    const size_t heads = cache_.heads;
    run.workers().run(cache_.capacity == 0 ? 0 : cache_.batch * heads, 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        cache_.join(i / heads, i % heads, past_rows(i / heads), past, added, joined);
      }
    });
    return operand_.read(run, joined);
  }

  const C* read(RunContext& run, const std::byte* added) const {
    return read(run, added, [this](size_t) { return cache_.past_capacity; });
  }

 private:
  KeyValueCache cache_;
  Places places_;
  bool joins_ = false;
  Scratch scratch_;
  ComputedOperand<C> operand_;
};

}  // namespace wedge
