#include "plan/execute.h"

#include <algorithm>

#include "base/built_in_parts.h"
#include "base/platform.h"

namespace wedge {
namespace {

// Gives the output a tensor of this type and shape to be written into.
Result<> ready_output(const PlanContext& context, Execution& execution, uint32_t index, DType dtype,
                      const Shape& shape) {
  Tensor& output = execution.outputs[index];
  if (execution.bound_outputs.contains(index)) {
    if (output.dtype() == dtype && output.shape() == shape) return {};
    return fail(ErrorCode::invalid_argument, "output ", index, " is bound to a ", output.dtype(), " tensor of shape ",
                output.shape(), ", the model makes ", dtype, " of shape ", shape);
  }
  if (output.dtype() == dtype && output.shape() == shape && !output.is_read_only()) return {};
  output = Tensor();
  WEDGE_ASSIGN(output, context.pool.allocate(dtype, shape));
  return {};
}

void resolve(Execution& execution, const Slot& slot, uint32_t number, std::byte* arena) {
  TensorRef& target = execution.slots[number];
  target.dtype = slot.dtype;
  target.shape = slot.shape;
  switch (slot.place) {
    case Place::constant: target.data = slot.data; break;
    case Place::arena: target.data = arena + slot.offset; break;
    case Place::output: target.data = const_cast<std::byte*>(execution.outputs[slot.index].data()) + slot.offset; break;
    case Place::alias: target.data = execution.slots[slot.index].data + slot.offset; break;
    case Place::feed:
    case Place::dynamic: break;
  }
}

void read_clock(Execution& execution) {
  if (execution.clock != nullptr) [[unlikely]]
    execution.clock->push_back(platform::now_nanoseconds());
}

// A node's subgraphs, run with the values they capture from the run in progress.
class StepSubgraphs final : public SubgraphRunner {
 public:
  StepSubgraphs(const Step& step, std::span<const TensorRef> slots) : step_(step), slots_(slots) {}

  Result<std::vector<Tensor>> run(size_t subgraph, std::span<const Tensor> inputs) override {
    const Program& program = *step_.subprograms[subgraph];
    std::vector<TensorRef> feeds(inputs.begin(), inputs.end());
    for (const uint32_t number : step_.captures[subgraph]) feeds.push_back(slots_[number]);
    auto execution = program.acquire();
    // What an earlier call returned now belongs to its caller.
    execution->outputs.assign(execution->outputs.size(), Tensor());
    auto done = program.run(*execution, feeds);
    auto outputs = execution->outputs;
    program.release(std::move(execution));
    if (!done) return std::unexpected(std::move(done).error());
    return outputs;
  }

 private:
  const Step& step_;
  std::span<const TensorRef> slots_;
};

}  // namespace

Result<> enter_segment(const PlanContext& context, Execution& execution, const Segment& segment, std::byte* arena,
                       bool fresh) {
  const size_t count = segment.first_slot + segment.slots.size();
  if (execution.slots.size() < count) {
    execution.slots.resize(count);
    execution.owners.resize(count);
  }
  for (const OutputPlan& written : segment.written) {
    const Slot& slot = segment.slots[written.slot - segment.first_slot];
    WEDGE_TRY(ready_output(context, execution, written.output, slot.dtype, slot.shape));
  }
  if (fresh) {
    // An alias lies in a slot that was made before it.
    for (uint32_t i = 0; i < segment.slots.size(); ++i) {
      resolve(execution, segment.slots[i], segment.first_slot + i, arena);
    }
  } else {
    for (const uint32_t number : segment.moving) {
      resolve(execution, segment.slots[number - segment.first_slot], number, arena);
    }
  }
  return {};
}

Result<> run_steps(const PlanContext& context, Execution& execution, const Segment& segment, std::byte* arena) {
  RunContext run(execution.slots.data(), execution.owners.data(), context.workers, context.memory_limit, &context.pool);
  read_clock(execution);
  for (const Step& step : segment.steps) {
    StepSubgraphs subgraphs(step, execution.slots);
    run.enter(step.inputs, step.outputs, arena + step.scratch_offset,
              built_in::has_part("replanning") ? &subgraphs : nullptr);
    if (auto done = step.kernel(run); !done) [[unlikely]] {
      return std::unexpected(done.error().at_node(step.node->name, step.node->op_type));
    }
    read_clock(execution);
  }
  return {};
}

Result<> finish_outputs(const PlanContext& context, Execution& execution, const Segment& segment) {
  for (const OutputPlan& copied : segment.copied) {
    const TensorRef& source = execution.slots[copied.slot];
    Tensor& output = execution.outputs[copied.output];
    if (source.dtype == DType::string || is_container(source.dtype)) {
      // What the elements refer to lies in memory that the run does not own.
      WEDGE_ASSIGN(output, source.copy());
      continue;
    }
    WEDGE_TRY(ready_output(context, execution, copied.output, source.dtype, source.shape));
    std::ranges::copy(source.bytes(), output.mutable_bytes().begin());
  }
  return {};
}

}  // namespace wedge
