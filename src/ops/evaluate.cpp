#include "ops/evaluate.h"

#include <cstring>

#include "ops/inference.h"
#include "ops/operator.h"

namespace wedge {
namespace {

Result<std::vector<Tensor>> run_once(const Node& node, std::span<const InputInfo> infos, std::span<const Tensor> inputs,
                                     size_t limit) {
  const auto no_subgraphs = [](const Graph&, std::span<const OutputInfo>) -> Result<std::vector<OutputInfo>> {
    return fail(ErrorCode::internal, "a node with subgraphs cannot be evaluated on its own");
  };
  InferContext inference(node, infos, no_subgraphs);
  WEDGE_TRY(infer_node(inference));

  const size_t input_count = node.inputs.size();
  std::vector<Tensor> owners(input_count + node.outputs.size());
  std::vector<TensorRef> slots(owners.size());
  std::vector<uint32_t> input_slots(input_count, RunContext::no_slot);
  std::vector<uint32_t> output_slots(node.outputs.size(), RunContext::no_slot);
  for (size_t i = 0; i < input_count; ++i) {
    if (!infos[i].present) continue;
    input_slots[i] = static_cast<uint32_t>(i);
    owners[i] = inputs[i];
    slots[i] =
        inputs[i].empty() ? TensorRef(infos[i].dtype, *infos[i].shape.concrete(), nullptr) : TensorRef(inputs[i]);
  }

  std::vector<PrepareContext::Output> outputs(node.outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto& info = inference.outputs()[i];
    outputs[i] = {.present = node.outputs[i] != no_value, .dtype = info.dtype, .shape = info.shape.concrete()};
    if (outputs[i].present && info.dtype != DType::undefined) {
      WEDGE_TRY(check_made(info.dtype, i));
      if (outputs[i].shape) WEDGE_TRY(checked_byte_size(info.dtype, *outputs[i].shape));
    }
    if (is_container(info.dtype)) return fail(ErrorCode::unsupported, "a ", info.dtype, " is only made in a run");
  }
  WEDGE_TRY(check_runs(node));
  PackedStore store(limit);
  PrepareContext preparation(node, infos, outputs, Workers(), store);
  WEDGE_ASSIGN(const Kernel kernel, node.op->prepare(preparation));

  size_t total = preparation.scratch_size();
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].present) continue;
    const size_t slot = input_count + i;
    output_slots[i] = static_cast<uint32_t>(slot);
    slots[slot].dtype = outputs[i].dtype;
    const auto& shape = outputs[i].shape;
    if (!shape || outputs[i].dtype == DType::undefined) continue;
    WEDGE_ASSIGN(const size_t size, checked_byte_size(outputs[i].dtype, *shape));
    total = size > SIZE_MAX - total ? SIZE_MAX : total + size;
    if (total > limit) {
      return fail(ErrorCode::out_of_memory, "the result takes more than the limit of ", limit, " bytes");
    }
    WEDGE_ASSIGN(owners[slot], Tensor::allocate(outputs[i].dtype, *shape));
    slots[slot] = TensorRef(owners[slot]);
  }
  for (const auto& view : preparation.views()) {
    const size_t slot = input_count + view.output;
    std::memcpy(slots[slot].data, slots[view.input].data + view.byte_offset, slots[slot].byte_size());
  }
  if (kernel) {
    auto scratch = AlignedBuffer::allocate(preparation.scratch_size());
    if (scratch.size() != preparation.scratch_size()) {
      return fail(ErrorCode::out_of_memory, "no memory for ", preparation.scratch_size(), " bytes of scratch");
    }
    RunContext run(slots.data(), owners.data(), Workers());
    run.enter(input_slots, output_slots, scratch.data(), nullptr);
    WEDGE_TRY(kernel(run));
  }
  std::vector<Tensor> results(owners.begin() + static_cast<ptrdiff_t>(input_count), owners.end());
  for (Tensor& result : results) {
    // Strings may point into the inputs, which the caller is free to drop.
    if (result.dtype() == DType::string) {
      WEDGE_ASSIGN(result, result.clone());
    }
  }
  return results;
}

template <typename Run>
Result<std::vector<Tensor>> checked(const Node& node, Run run) {
  WEDGE_TRY(check_node(node));
  auto result = run();
  if (!result) return std::unexpected(result.error().at_node(node.name, node.op_type));
  return result;
}

}  // namespace

Result<std::vector<Tensor>> evaluate(const Node& node, std::span<const Tensor> inputs, size_t limit) {
  return checked(node, [&] {
    std::vector<InputInfo> infos(inputs.size());
    std::vector<Constant> known(inputs.begin(), inputs.end());
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& input = inputs[i];
      if (input.empty()) continue;
      infos[i] = {
          .present = true, .dtype = input.dtype(), .shape = input.shape(), .value = &known[i], .weight = no_value};
    }
    return run_once(node, infos, inputs, limit);
  });
}

Result<std::vector<Tensor>> evaluate_shapes(const Node& node, std::span<const Shape> inputs) {
  return checked(node, [&] {
    std::vector<InputInfo> infos(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      infos[i] = {.present = true, .dtype = DType::undefined, .shape = inputs[i], .value = nullptr, .weight = no_value};
    }
    return run_once(node, infos, std::vector<Tensor>(inputs.size()), SIZE_MAX);
  });
}

}  // namespace wedge
