#include "ops/prepare_context.h"

#include "base/built_in_parts.h"
#include "ops/infer_context.h"
#include "tensor/tensor_ref.h"

namespace wedge {

Scratch PrepareContext::scratch(size_t size) {
  const Scratch result{.offset = scratch_size_, .size = size};
  const auto end = checked_add(scratch_size_, size);
  // A size that cannot be is left for the planner to refuse.
  scratch_size_ = end && *end < too_many_bytes ? round_up(*end, AlignedBuffer::alignment) : too_many_bytes;
  return result;
}

Scratch PrepareContext::scratch(uint64_t count, size_t element_bytes, uint64_t times) {
  return scratch(saturating_bytes(count, element_bytes, times));
}

Scratch PrepareContext::scratch_per_worker(size_t count, size_t element_bytes) {
  const size_t size = round_up(saturating_bytes(count, element_bytes), AlignedBuffer::alignment);
  return {.offset = scratch(size, workers().count()).offset, .size = size};
}

Result<const std::byte*> PrepareContext::pack(size_t input, std::string_view form, size_t size,
                                              FunctionRef<void(std::byte* packed)> fill) {
  return pack_if(input, form, size, [&](std::byte* to) {
    const bool there = constant(input) != nullptr;
    if (there) fill(to);
    return there;
  });
}

Result<const std::byte*> PrepareContext::pack_unaligned(
    size_t input, std::string_view form, size_t size,
    FunctionRef<void(const std::byte* elements, std::byte* packed)> fill) {
  return pack_if(input, form, size, [&](std::byte* to) {
    const Constant::Source source = known(input)->source();
    const bool there = !source.bytes.empty() || !source.elements.empty();
    if (there) fill(source.bytes.data(), to);
    return there;
  });
}

Result<const std::byte*> PrepareContext::pack_if(size_t input, std::string_view form, size_t size,
                                                 FunctionRef<bool(std::byte* packed)> fill) {
  const ValueId weight = has_input(input) ? weight_of(input) : no_value;
  if (weight == no_value) return nullptr;
  const ArrivedWeight* arrived = built_in::has_part("large_weights") ? known(input)->formed() : nullptr;
  WEDGE_ASSIGN(const std::byte* packed, store_.get(weight, form, size, arrived, fill));
  set_reads(input, Reads::nothing);
  return packed;
}

void PrepareContext::unpacks(size_t input, const std::byte* packed,
                             std::function<void(const std::byte* packed, std::byte*)> unpack) {
  const Constant* weights = known(input);
  if (packed == nullptr || weights == nullptr || !weights->holds_memory()) return;
  weights->remake_by(
      [packed, unpack = std::move(unpack), dtype = weights->dtype(), shape = weights->shape()]() -> Result<Tensor> {
        WEDGE_ASSIGN(Tensor elements, Tensor::allocate(dtype, shape));
        unpack(packed, TensorRef(elements).data);
        return elements;
      });
}

Result<> infer_same_as_input(InferContext& context) {
  context.set_output(0, context.dtype(0), context.shape(0));
  return {};
}

}  // namespace wedge
