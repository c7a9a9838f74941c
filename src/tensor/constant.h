// The elements of values that belong to a model.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "base/mutex.h"
#include "tensor/weight_form.h"
#include "wedge/tensor.h"

namespace wedge {

/// Elements that are known before a run. Large ones need not be in memory all the time: they are made from their origin
/// (the model's bytes, other constants) when somebody reads them, and dropped once kernels have them in their own form.
/// Copies share the elements. Safe to use from several threads.
class Constant {
 public:
  /// Elements of at least this many bytes are worth dropping.
  static constexpr size_t large = size_t{64} << 10U;

  struct Origin {
    std::function<Result<Tensor>()> make;   ///< the same elements every time
    std::span<const std::byte> raw = {};    ///< the elements as they lie in the model, at any alignment, if they do
    std::function<void()> release = {};     ///< tells whoever keeps `raw` that it is not needed for now
    bool holds_memory = false;              ///< memory, not a file's pages, goes when the origin goes
    const ArrivedWeight* formed = nullptr;  ///< what `make` holds and makes them of, if they came in a form
  };

  /// None.
  Constant() = default;
  /// Elements that stay in memory.
  Constant(Tensor elements);
  /// Elements that can be made again. The dtype and shape are those of what `origin` makes; `elements` are there
  /// already, or empty.
  Constant(DType dtype, const Shape& shape, Origin origin, Tensor elements = {});

  [[nodiscard]] bool empty() const { return dtype_ == DType::undefined; }
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] size_t rank() const { return shape_.rank(); }
  [[nodiscard]] int64_t numel() const { return shape_.numel(); }

  /// The elements, dense, which stay where they are at least until drop(). Empty when there is no memory for them.
  [[nodiscard]] Tensor elements() const;
  /// The elements at any alignment, for as long as this lives.
  struct Source {
    std::span<const std::byte> bytes;
    Tensor elements = {};
    std::function<Result<Tensor>()> origin = {};
  };
  /// The elements to be read once: where they lie in the model rather than a copy of them, unless there is one. Empty
  /// when there is no memory for them.
  [[nodiscard]] Source source() const;
  /// From now on the elements stay in memory: a plan holds their address.
  void keep() const;
  /// The elements as they lie in the model, at any alignment, where they are there whatever drop() does; else empty.
  /// From now on they are read: a plan holds their address.
  [[nodiscard]] std::span<const std::byte> read_raw() const;
  /// The form that the elements came in, which stays as long as they do; null if they did not.
  [[nodiscard]] const ArrivedWeight* formed() const;
  /// Whether keep() or read_raw() was called: some plan reads the elements, not only packed forms of them.
  [[nodiscard]] bool is_read() const;
  /// Gives back the memory of elements that can be made again, unless they are kept. Who holds a Tensor of them goes on
  /// holding it.
  void drop() const;
  /// Whether the origin holds memory that remake_by() would give back.
  [[nodiscard]] bool holds_memory() const;
  /// From now on elements that were dropped are made so, and the memory that their origin holds goes. Nothing happens
  /// where it holds none, or the elements are read where they are.
  void remake_by(std::function<Result<Tensor>()> make) const;
  /// What the elements take in memory (mapped pages included): nothing once they were dropped.
  [[nodiscard]] size_t resident_bytes() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Shape shape_;
  DType dtype_ = DType::undefined;
};

}  // namespace wedge
