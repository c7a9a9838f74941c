// SequenceMap: runs its body on each element of a sequence, beside those of other sequences and whole tensors.
#include "ops/sequence.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(expect_sequence(context, 0));
  const Node& node = context.node();
  if (node.subgraphs.size() != 1 || node.subgraphs[0]->inputs.size() != context.input_count() ||
      node.subgraphs[0]->outputs.size() != context.output_count()) {
    return fail(ErrorCode::invalid_model, "the body does not fit ", context.input_count(), " inputs and ",
                context.output_count(), " outputs");
  }
  std::vector<OutputInfo> inputs;
  for (size_t i = 0; i < context.input_count(); ++i) {
    const DType dtype = context.dtype(i);
    inputs.push_back({.dtype = is_sequence(dtype) ? element_type(dtype) : dtype, .shape = {}});
  }
  WEDGE_ASSIGN(const auto outputs, context.subgraph_outputs(0, inputs));
  for (size_t i = 0; i < outputs.size(); ++i) context.set_output(i, sequence_of(outputs[i].dtype), {});
  return {};
}

// What the body is given of every input: a tensor, or a span of elements to choose from.
Result<std::vector<Tensor>> whole_inputs(const RunContext& run) {
  std::vector<Tensor> inputs(run.input_count());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (is_sequence(run.input(i).dtype)) {
      if (elements(run, i).size() != elements(run, 0).size()) {
        return fail(ErrorCode::invalid_argument, "sequences of ", elements(run, 0).size(), " and of ",
                    elements(run, i).size(), " elements cannot be mapped together");
      }
    } else {
      WEDGE_ASSIGN(inputs[i], run.input(i).copy());
    }
  }
  return inputs;
}

Result<> map(RunContext& run) {
  WEDGE_ASSIGN(auto inputs, whole_inputs(run));
  std::vector<std::vector<Tensor>> results(run.output_count());
  for (size_t position = 0; position < elements(run, 0).size(); ++position) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (is_sequence(run.input(i).dtype)) inputs[i] = elements(run, i)[position];
    }
    WEDGE_ASSIGN(auto outputs, run.run_subgraph(0, inputs));
    for (size_t i = 0; i < results.size(); ++i) results[i].push_back(std::move(outputs[i]));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    if (!run.has_output(i)) continue;
    WEDGE_ASSIGN(Tensor sequence, Tensor::sequence(element_type(run.output(i).dtype), std::move(results[i])));
    run.set_output(i, std::move(sequence));
  }
  return {};
}

Result<Kernel> prepare(PrepareContext&) { return Kernel(map); }

}  // namespace

WEDGE_OPERATOR(onnx, SequenceMap) = {
    .infer = infer, .prepare = prepare, .max_inputs = any_number, .max_outputs = any_number, .takes_containers = true};

}  // namespace wedge
