// GRU: gated recurrent units along a sequence.
#include <algorithm>

#include "ops/recurrent.h"

namespace wedge {
namespace {

constexpr size_t gate_count = 3;  // update, reset, candidate

Result<> infer(InferContext& context) { return infer_recurrent(context, gate_count); }

struct Gru {
  Recurrent shared;
  GateWeights input_weights;
  GateWeights recurrent_weights;  ///< update and reset together, then the candidate
  Scratch candidates;             ///< [batch, hidden]
  bool linear_before_reset = false;
};

// C (+)= rows of A times a part of the recurrent weights.
void multiply(const Gru& plan, const RecurrentStep& step, size_t part, const float* a, float* c, size_t stride,
              const float* bias, bool accumulate) {
  auto g = plan.recurrent_weights.product(plan.shared.batch, step.direction, part,
                                          plan.recurrent_weights.elements(step.run));
  g.a.data = a;
  g.c = c;
  g.c_stride = static_cast<ptrdiff_t>(stride);
  g.column_bias = bias;
  g.accumulate = accumulate;
  kernels::gemm(g, step.run.scratch(plan.shared.product), step.run.workers());
}

void advance(const Gru& plan, const RecurrentStep& step) {
  const Recurrent& shared = plan.shared;
  const size_t hidden = shared.hidden;
  const auto* functions = &shared.activations[2 * step.direction];
  float* candidates = step.run.scratch<float>(plan.candidates);
  const auto gates_of = [&](size_t n) { return step.gates + n * step.stride; };

  multiply(plan, step, 0, step.state, step.gates, step.stride, nullptr, true);
  for (size_t n = 0; n < shared.batch; ++n) {
    clip_gates(gates_of(n), 2 * hidden, shared.clip);
    functions[0].apply(gates_of(n), 2 * hidden);
  }

  if (plan.linear_before_reset) {
    const float* biases = shared.biases(step.run, step.direction, 1);
    multiply(plan, step, 1, step.state, candidates, hidden, biases == nullptr ? nullptr : biases + 2 * hidden, false);
    for (size_t n = 0; n < shared.batch; ++n) {
      const float* reset = gates_of(n) + hidden;
      float* candidate = gates_of(n) + 2 * hidden;
      for (size_t i = 0; i < hidden; ++i) candidate[i] += reset[i] * candidates[n * hidden + i];
    }
  } else {
    for (size_t n = 0; n < shared.batch; ++n) {
      const float* reset = gates_of(n) + hidden;
      for (size_t i = 0; i < hidden; ++i) candidates[n * hidden + i] = reset[i] * step.state[n * hidden + i];
    }
    multiply(plan, step, 1, candidates, step.gates + 2 * hidden, step.stride, nullptr, true);
  }

  for (size_t n = 0; n < shared.batch; ++n) {
    if (!step.is_active(n)) continue;
    const float* update = gates_of(n);
    float* candidate = gates_of(n) + 2 * hidden;
    clip_gates(candidate, hidden, shared.clip);
    functions[1].apply(candidate, hidden);
    float* state = step.state + n * hidden;
    for (size_t i = 0; i < hidden; ++i) state[i] = (1 - update[i]) * candidate[i] + update[i] * state[i];
  }
}

Result<Kernel> prepare(PrepareContext& context) {
  Gru plan;
  WEDGE_ASSIGN(plan.shared, read_recurrent(context, gate_count, {"Sigmoid", "Tanh"}));
  WEDGE_ASSIGN(plan.linear_before_reset, context.attributes().flag("linear_before_reset", false));
  const size_t hidden = plan.shared.hidden;
  // The reset gate multiplies the recurrent bias of the candidate too.
  if (plan.linear_before_reset) plan.shared.summed_bias_gates = 2;
  WEDGE_ASSIGN(plan.input_weights, GateWeights::prepare(context, 1, {gate_count * hidden}));
  WEDGE_ASSIGN(plan.recurrent_weights, GateWeights::prepare(context, 2, {2 * hidden, hidden}));
  plan.candidates = context.scratch(plan.shared.state.size);
  plan.shared.product = product_scratch(context, plan.shared, plan.input_weights, plan.recurrent_weights);
  return [plan = std::move(plan)](RunContext& run) -> Result<> {
    return run_recurrent(
        run, plan.shared, plan.input_weights, [](size_t) {}, [&](const RecurrentStep& step) { advance(plan, step); },
        [](size_t) {});
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, GRU) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 6, .max_outputs = 2};

}  // namespace wedge
