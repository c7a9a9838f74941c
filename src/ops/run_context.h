// What a kernel sees while it runs.
#pragma once

#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "graph/graph.h"
#include "ops/prepare_context.h"
#include "tensor/tensor_ref.h"

namespace wedge {

class TensorPool;

/// Runs a node's subgraphs, with the values they capture taken from the run in progress.
class SubgraphRunner {
 public:
  virtual ~SubgraphRunner() = default;
  /// `inputs` are the subgraph's own, in order. The outputs belong to the caller.
  virtual Result<std::vector<Tensor>> run(size_t subgraph, std::span<const Tensor> inputs) = 0;
};

/// One step of a run. Slots are the plan's table of tensors; the step names those it reads and writes.
class RunContext {
 public:
  static constexpr uint32_t no_slot = UINT32_MAX;

  /// `limit`: the most bytes an output may take whose shape depends on data.
  /// `pool`: where outputs come from whose shape depends on data; null for the heap.
  RunContext(TensorRef* slots, Tensor* owners, Workers workers, uint64_t limit = UINT64_MAX, TensorPool* pool = nullptr)
      : slots_(slots), owners_(owners), workers_(workers), limit_(limit), pool_(pool) {}

  [[nodiscard]] bool has_input(size_t i) const { return i < inputs_.size() && inputs_[i] != no_slot; }
  [[nodiscard]] const TensorRef& input(size_t i) const { return slots_[inputs_[i]]; }
  [[nodiscard]] size_t input_count() const { return inputs_.size(); }
  [[nodiscard]] bool has_output(size_t i) const { return i < outputs_.size() && outputs_[i] != no_slot; }
  [[nodiscard]] const TensorRef& output(size_t i) const { return slots_[outputs_[i]]; }
  [[nodiscard]] size_t output_count() const { return outputs_.size(); }

  /// The elements of an input or output; the operator knows the type from prepare.
  template <typename T>
  [[nodiscard]] std::span<const T> input(size_t i) const {
    return input(i).as<const T>();
  }
  template <typename T>
  [[nodiscard]] std::span<T> output(size_t i) const {
    return output(i).as<T>();
  }

  /// The start of a piece of scratch that prepare asked for.
  template <typename T = std::byte>
  [[nodiscard]] T* scratch(Scratch piece) const {
    return reinterpret_cast<T*>(scratch_ + piece.offset);
  }
  /// The start of a worker's own, when there is one for each.
  template <typename T = std::byte>
  [[nodiscard]] T* scratch(Scratch piece, unsigned worker) const {
    return reinterpret_cast<T*>(scratch_ + piece.offset + worker * piece.size);
  }
  [[nodiscard]] Workers workers() const { return workers_; }

  /// Makes an output whose shape depends on data; output(i) is valid afterwards. Error: out_of_memory.
  Result<> allocate_output(size_t i, const Shape& shape);
  /// Makes a tensor that already exists the output; it must be dense.
  void set_output(size_t i, Tensor tensor);

  /// The most bytes that what a step keeps may take.
  [[nodiscard]] uint64_t limit() const { return limit_; }

  /// A copy of an input that may outlive the step. Error: out_of_memory.
  [[nodiscard]] Result<Tensor> keep(size_t i) const;

  /// Runs a subgraph of the node.
  Result<std::vector<Tensor>> run_subgraph(size_t subgraph, std::span<const Tensor> inputs) {
    return subgraphs_->run(subgraph, inputs);
  }

  /// Points the context at a step.
  void enter(std::span<const uint32_t> inputs, std::span<const uint32_t> outputs, std::byte* scratch,
             SubgraphRunner* subgraphs) {
    inputs_ = inputs;
    outputs_ = outputs;
    scratch_ = scratch;
    subgraphs_ = subgraphs;
  }

 private:
  TensorRef* slots_;
  Tensor* owners_;
  Workers workers_;
  uint64_t limit_;
  TensorPool* pool_;
  std::span<const uint32_t> inputs_;
  std::span<const uint32_t> outputs_;
  std::byte* scratch_ = nullptr;
  SubgraphRunner* subgraphs_ = nullptr;
};

}  // namespace wedge
