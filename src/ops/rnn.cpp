// RNN: the plain recurrence H = f(X W + H R + B).
#include <algorithm>

#include "ops/recurrent.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) { return infer_recurrent(context, 1); }

struct Rnn {
  Recurrent shared;
  GateWeights input_weights;
  GateWeights recurrent_weights;
};

void advance(const Rnn& plan, const RecurrentStep& step) {
  const size_t hidden = plan.shared.hidden;
  auto g =
      plan.recurrent_weights.product(plan.shared.batch, step.direction, 0, plan.recurrent_weights.elements(step.run));
  g.a.data = step.state;
  g.c = step.gates;
  g.c_stride = static_cast<ptrdiff_t>(step.stride);
  g.accumulate = true;
  kernels::gemm(g, step.run.scratch(plan.shared.product), step.run.workers());
  for (size_t n = 0; n < plan.shared.batch; ++n) {
    if (!step.is_active(n)) continue;
    float* gates = step.gates + n * step.stride;
    clip_gates(gates, hidden, plan.shared.clip);
    plan.shared.activations[step.direction].apply(gates, hidden);
    std::copy_n(gates, hidden, step.state + n * hidden);
  }
}

Result<Kernel> prepare(PrepareContext& context) {
  Rnn plan;
  WEDGE_ASSIGN(plan.shared, read_recurrent(context, 1, {"Tanh"}));
  WEDGE_ASSIGN(plan.input_weights, GateWeights::prepare(context, 1, {plan.shared.hidden}));
  WEDGE_ASSIGN(plan.recurrent_weights, GateWeights::prepare(context, 2, {plan.shared.hidden}));
  plan.shared.product = product_scratch(context, plan.shared, plan.input_weights, plan.recurrent_weights);
  return [plan = std::move(plan)](RunContext& run) -> Result<> {
    return run_recurrent(
        run, plan.shared, plan.input_weights, [](size_t) {}, [&](const RecurrentStep& step) { advance(plan, step); },
        [](size_t) {});
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, RNN) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 6, .max_outputs = 2};

}  // namespace wedge
