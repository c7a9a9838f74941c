#include "tensor/tensor_pool.h"

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/mutex.h"
#include "base/result.h"

namespace wedge {
namespace {

constexpr size_t classes_per_power = 8;
constexpr size_t smallest_power = 6;
constexpr size_t powers = sizeof(size_t) * 8 - smallest_power;
constexpr size_t class_count = powers * classes_per_power;

struct SizeClass {
  size_t index;
  size_t size;

  // `size` is far from the end of the address space.
  explicit SizeClass(size_t wanted) {
    const size_t least = std::max(wanted, size_t{1} << smallest_power);
    const auto power = static_cast<size_t>(std::bit_width(least - 1)) - 1;
    const size_t step = (size_t{1} << power) / classes_per_power;
    const size_t eighths = (least - (size_t{1} << power) + step - 1) / step;
    size = (size_t{1} << power) + eighths * step;
    index = (power - smallest_power + 1) * classes_per_power + eighths - 1;
  }
};

}  // namespace

// Stands at the head of its own memory; the reference count of the tensor that has it lies there too.
struct TensorPool::Block {
  AlignedBuffer memory;
  std::shared_ptr<State> pool;  // while a tensor has the block
  Block* next = nullptr;        // while none has
  SizeClass size_class;
  alignas(std::max_align_t) std::array<std::byte, 64> count;

  explicit Block(const SizeClass& wanted) : size_class(wanted) {}
};

struct TensorPool::State {
  Mutex mutex;  // guards what follows
  std::array<Block*, class_count> idle{};
  PoolUse use;

  ~State() { free_idle(0); }

  Block* take(const SizeClass& wanted) {
    const Lock lock(mutex);
    Block*& first = idle[wanted.index];
    Block* const block = first;
    ++(block == nullptr ? use.made : use.reused);
    if (block != nullptr) {
      first = block->next;
      use.idle -= wanted.size;
    }
    use.in_use += wanted.size;
    use.peak = std::max(use.peak, use.in_use);
    return block;
  }

  void give_back(Block* block) {
    const Lock lock(mutex);
    Block*& first = idle[block->size_class.index];
    block->next = std::exchange(first, block);
    use.in_use -= block->size_class.size;
    use.idle += block->size_class.size;
  }

  void forget(const SizeClass& refused) {
    const Lock lock(mutex);
    use.in_use -= refused.size;
    --use.made;
  }

  void trim(uint64_t max_bytes) {
    const Lock lock(mutex);
    free_idle(max_bytes);
  }

  void free_idle(uint64_t max_bytes) {
    for (size_t i = class_count; i-- > 0;) {
      while (idle[i] != nullptr && use.idle > max_bytes) {
        Block* const block = std::exchange(idle[i], idle[i]->next);
        use.idle -= block->size_class.size;
        const AlignedBuffer memory = std::move(block->memory);
        block->~Block();
      }
    }
  }
};

// Puts the reference count into the block. What frees the count is the last to touch the block, so it gives it back.
template <typename T>
struct TensorPool::InBlock {
  using value_type = T;
  Block* block;

  explicit InBlock(Block* of) : block(of) {}
  template <typename U>
  explicit(false) InBlock(const InBlock<U>& other) : block(other.block) {}

  T* allocate(size_t) {
    static_assert(sizeof(T) <= sizeof(Block::count) && alignof(T) <= alignof(std::max_align_t));
    return reinterpret_cast<T*>(block->count.data());
  }
  void deallocate(T*, size_t) {
    const std::shared_ptr<State> pool = std::move(block->pool);
    pool->give_back(block);
  }
  template <typename U>
  bool operator==(const InBlock<U>& other) const {
    return block == other.block;
  }
};

TensorPool::TensorPool() : state_(std::make_shared<State>()) {}

Result<Tensor> TensorPool::allocate(DType dtype, const Shape& shape) {
  if (dtype == DType::undefined || dtype == DType::string || is_container(dtype)) {
    return Tensor::allocate(dtype, shape);
  }
  constexpr size_t header =
      (sizeof(Block) + AlignedBuffer::alignment - 1) / AlignedBuffer::alignment * AlignedBuffer::alignment;
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  const auto refused = [&] { return fail(ErrorCode::out_of_memory, "no memory for a tensor of ", size, " bytes"); };
  if (size > SIZE_MAX / 4) return refused();
  const SizeClass wanted(size);
  Block* block = state_->take(wanted);
  if (block == nullptr) {
    auto memory = AlignedBuffer::allocate(header + wanted.size);
    if (memory.data() == nullptr) {
      state_->forget(wanted);
      return refused();
    }
    block = new (memory.data()) Block(wanted);
    block->memory = std::move(memory);
  }
  block->pool = state_;
  std::byte* const data = reinterpret_cast<std::byte*>(block) + header;
  std::shared_ptr<const void> owner(data, [](const void*) {}, InBlock<std::byte>(block));
  return Tensor::wrap_bytes(dtype, {data, size}, shape, false, std::move(owner));
}

void TensorPool::trim(uint64_t max_bytes) { state_->trim(max_bytes); }

PoolUse TensorPool::use() const {
  const Lock lock(state_->mutex);
  return state_->use;
}

}  // namespace wedge
