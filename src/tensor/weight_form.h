// Weights that arrive, and forms that kernels want them in.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/aligned_buffer.h"
#include "wedge/shape.h"

namespace wedge {

/// How the elements of one weight become a form of it.
class WeightForm {
 public:
  virtual ~WeightForm() = default;

  /// The name by which kernels ask for it (PrepareContext::pack).
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The weight that it is of: dense floats.
  [[nodiscard]] virtual Shape shape() const = 0;
  /// What its elements take.
  [[nodiscard]] virtual size_t element_bytes() const = 0;
  /// What the form takes.
  [[nodiscard]] virtual size_t bytes() const = 0;
  /// So many bytes of elements are packed at a time; the last may be fewer.
  [[nodiscard]] virtual size_t piece_bytes() const = 0;
  /// Packs a piece, the elements from byte `at` on, where it belongs in `packed`.
  virtual void pack(std::span<const std::byte> piece, size_t at, std::byte* packed) const = 0;
  /// Writes all elements, bit for bit.
  virtual void unpack(const std::byte* packed, std::byte* elements) const = 0;
};

/// Chooses forms of weights that are about to arrive.
class WeightForms {
 public:
  virtual ~WeightForms() = default;

  /// The form of an initializer whose raw data comes next; null for its elements. `graph`: the fields of its GraphProto
  /// that have come; `tensor`: those of its TensorProto.
  virtual std::unique_ptr<const WeightForm> choose(std::span<const std::byte> graph,
                                                   std::span<const std::byte> tensor) = 0;
};

/// A weight as it arrived: its elements' bytes, or a form of them.
struct ArrivedWeight {
  std::unique_ptr<const WeightForm> form;
  AlignedBuffer bytes;
};

}  // namespace wedge
