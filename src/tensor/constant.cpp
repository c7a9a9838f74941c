#include "tensor/constant.h"

#include <utility>

#include "base/checked.h"
#include "tensor/tensor_ref.h"

namespace wedge {

struct Constant::Shared {
  Origin origin;
  Mutex mutex;  ///< guards what follows
  Tensor elements;
  bool kept = false;
  bool raw_is_read = false;
  bool dropped = false;
};

Constant::Constant(Tensor elements) : shape_(elements.shape()), dtype_(elements.dtype()) {
  if (elements.empty()) return;
  shared_ = std::make_shared<Shared>();
  shared_->elements = std::move(elements);
}

Constant::Constant(DType dtype, const Shape& shape, Origin origin, Tensor elements)
    : shared_(std::make_shared<Shared>()), shape_(shape), dtype_(dtype) {
  shared_->origin = std::move(origin);
  shared_->elements = std::move(elements);
}

Tensor Constant::elements() const {
  if (shared_ == nullptr) return {};
  const Lock lock(shared_->mutex);
  if (shared_->elements.empty()) {
    if (auto made = shared_->origin.make()) shared_->elements = *std::move(made);
    shared_->dropped = false;
  }
  return shared_->elements;
}

Constant::Source Constant::source() const {
  if (shared_ == nullptr) return {};
  {
    const Lock lock(shared_->mutex);
    if (shared_->elements.empty() && !shared_->origin.raw.empty()) {
      shared_->dropped = false;
      return {.bytes = shared_->origin.raw, .origin = shared_->origin.make};
    }
  }
  Source source{.elements = elements()};
  source.bytes = source.elements.bytes();
  return source;
}

void Constant::keep() const {
  if (shared_ == nullptr) return;
  const Lock lock(shared_->mutex);
  shared_->kept = true;
  shared_->dropped = false;
}

std::span<const std::byte> Constant::read_raw() const {
  if (shared_ == nullptr) return {};
  const Lock lock(shared_->mutex);
  shared_->raw_is_read = !shared_->origin.raw.empty();
  return shared_->origin.raw;
}

const ArrivedWeight* Constant::formed() const { return shared_ == nullptr ? nullptr : shared_->origin.formed; }

bool Constant::is_read() const {
  if (shared_ == nullptr) return false;
  const Lock lock(shared_->mutex);
  return shared_->kept || shared_->raw_is_read;
}

void Constant::drop() const {
  if (shared_ == nullptr || !shared_->origin.make) return;
  const Lock lock(shared_->mutex);
  if (shared_->kept || shared_->dropped) return;
  shared_->elements = Tensor();
  shared_->dropped = true;
  if (shared_->origin.release) shared_->origin.release();
}

bool Constant::holds_memory() const {
  if (shared_ == nullptr) return false;
  const Lock lock(shared_->mutex);
  return shared_->origin.holds_memory;
}

void Constant::remake_by(std::function<Result<Tensor>()> make) const {
  if (shared_ == nullptr) return;
  const Lock lock(shared_->mutex);
  if (!shared_->origin.holds_memory || shared_->kept || shared_->raw_is_read) return;
  shared_->origin = {.make = std::move(make)};
}

size_t Constant::resident_bytes() const {
  if (shared_ == nullptr) return 0;
  const Lock lock(shared_->mutex);
  return shared_->dropped ? 0 : checked_byte_size(dtype_, shape_).value_or(0);
}

}  // namespace wedge
