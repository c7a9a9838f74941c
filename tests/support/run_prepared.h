// One operator as a plan would run it: some inputs are weights of the model, and there may be several threads.
#pragma once

#include <cstring>

#include "base/aligned_buffer.h"
#include "ops/operator.h"
#include "support/run_node.h"

namespace wedge::testing {

/// Runs a node with one output whose inputs in `weights` are constants that kernels may pack. The packed ones are
/// hidden from the run, as a plan may have dropped them.
inline Tensor run_with_weights(const Node& node, const std::vector<Tensor>& inputs, const std::vector<size_t>& weights,
                               unsigned threads = 1) {
  std::vector<InputInfo> infos(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) continue;
    infos[i] = {.present = true, .dtype = inputs[i].dtype(), .shape = inputs[i].shape()};
  }
  const std::vector<Constant> constants(inputs.begin(), inputs.end());
  for (const size_t i : weights) {
    infos[i].value = &constants[i];
    infos[i].weight = static_cast<ValueId>(i);
  }
  const auto no_subgraphs = [](const Graph&, std::span<const OutputInfo>) -> Result<std::vector<OutputInfo>> {
    return std::vector<OutputInfo>();
  };
  InferContext inference(node, infos, no_subgraphs);
  EXPECT_TRUE(infer_node(inference));
  const OutputInfo& info = inference.outputs()[0];
  const PrepareContext::Output output{.present = true, .dtype = info.dtype, .shape = info.shape.concrete()};
  PackedStore store;
  PrepareContext preparation(node, infos, {&output, 1}, Workers(threads), store);
  auto kernel = node.op->prepare(preparation);
  if (!kernel || !*kernel) {
    ADD_FAILURE() << (kernel ? "no kernel" : kernel.error().to_string());
    return {};
  }
  Tensor result = Tensor::allocate(info.dtype, *info.shape.concrete()).value();
  std::vector<Tensor> owners(inputs.size() + 1);
  std::vector<TensorRef> slots;
  std::vector<uint32_t> input_slots;
  for (size_t i = 0; i < inputs.size(); ++i) {
    slots.push_back(inputs[i].empty() ? TensorRef() : TensorRef(inputs[i]));
    input_slots.push_back(inputs[i].empty() ? RunContext::no_slot : static_cast<uint32_t>(i));
  }
  if (store.bytes() != 0) {
    for (const size_t i : weights) slots[i].data = nullptr;
  }
  slots.emplace_back(result);
  const auto output_slot = static_cast<uint32_t>(inputs.size());
  auto scratch = AlignedBuffer::allocate(preparation.scratch_size());
  RunContext run(slots.data(), owners.data(), Workers(threads));
  run.enter(input_slots, {&output_slot, 1}, scratch.data(), nullptr);
  EXPECT_TRUE((*kernel)(run));
  return result;
}

}  // namespace wedge::testing
