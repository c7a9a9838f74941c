// LSTM: long short-term memory along a sequence.
#include "kernels/lstm.h"

#include <algorithm>

#include "ops/recurrent.h"

namespace wedge {
namespace {

constexpr size_t gate_count = 4;  // input, output, forget, cell

Result<> infer(InferContext& context) { return infer_recurrent(context, gate_count); }

struct Lstm {
  Recurrent shared;
  GateWeights input_weights;
  GateWeights recurrent_weights;
  Scratch cells;  ///< [batch, hidden]
  bool couples_forget_to_input = false;
  bool is_plain = false;  ///< sigmoid, tanh, tanh and nothing else
};

void add_products(const float* a, const float* b, float* sum, size_t count) {
  for (size_t i = 0; i < count; ++i) sum[i] += a[i] * b[i];
}

// One batch element, following the equations of the specification.
void general_cell(const Lstm& plan, const RecurrentStep& step, float* gates, float* cell, float* state) {
  const size_t n = plan.shared.hidden;
  const auto* functions = &plan.shared.activations[3 * step.direction];
  float* input = gates;
  float* output = gates + n;
  float* forget = gates + 2 * n;
  float* candidate = gates + 3 * n;
  const float* peepholes = step.run.has_input(7) ? step.run.input<float>(7).data() + step.direction * 3 * n : nullptr;
  if (peepholes != nullptr) {
    add_products(peepholes, cell, input, n);
    add_products(peepholes + 2 * n, cell, forget, n);
  }
  clip_gates(input, n, plan.shared.clip);
  clip_gates(forget, 2 * n, plan.shared.clip);
  functions[0].apply(input, n);
  functions[1].apply(candidate, n);
  if (plan.couples_forget_to_input) {
    for (size_t i = 0; i < n; ++i) forget[i] = 1 - input[i];
  } else {
    functions[0].apply(forget, n);
  }
  for (size_t i = 0; i < n; ++i) cell[i] = forget[i] * cell[i] + input[i] * candidate[i];
  if (peepholes != nullptr) add_products(peepholes + n, cell, output, n);
  clip_gates(output, n, plan.shared.clip);
  functions[0].apply(output, n);
  std::copy_n(cell, n, state);
  functions[2].apply(state, n);
  for (size_t i = 0; i < n; ++i) state[i] *= output[i];
}

void advance(const Lstm& plan, const RecurrentStep& step) {
  const size_t hidden = plan.shared.hidden;
  auto g =
      plan.recurrent_weights.product(plan.shared.batch, step.direction, 0, plan.recurrent_weights.elements(step.run));
  g.a.data = step.state;
  g.c = step.gates;
  g.c_stride = static_cast<ptrdiff_t>(step.stride);
  g.accumulate = true;
  kernels::gemm(g, step.run.scratch(plan.shared.product), step.run.workers());
  step.run.workers().run(plan.shared.batch, std::max<size_t>(1, 1024 / hidden),
                         [&](size_t begin, size_t end, unsigned) {
                           for (size_t n = begin; n < end; ++n) {
                             if (!step.is_active(n)) continue;
                             float* gates = step.gates + n * step.stride;
                             float* cell = step.run.scratch<float>(plan.cells) + n * hidden;
                             float* state = step.state + n * hidden;
                             if (plan.is_plain) {
                               kernels::lstm_cell_f32(gates, cell, state, hidden);
                             } else {
                               general_cell(plan, step, gates, cell, state);
                             }
                           }
                         });
}

bool is_plain(const PrepareContext& context, const Lstm& plan) {
  using enum kernels::UnaryFunction;
  const auto& functions = plan.shared.activations;
  for (size_t i = 0; i < functions.size(); ++i) {
    if (!functions[i].is(i % 3 == 0 ? sigmoid : tanh)) return false;
  }
  return !context.has_input(7) && plan.shared.clip == 0 && !plan.couples_forget_to_input;
}

Result<Kernel> prepare(PrepareContext& context) {
  Lstm plan;
  WEDGE_ASSIGN(plan.shared, read_recurrent(context, gate_count, {"Sigmoid", "Tanh", "Tanh"}));
  WEDGE_ASSIGN(plan.couples_forget_to_input, context.attributes().flag("input_forget", false));
  plan.is_plain = is_plain(context, plan);
  const size_t size = plan.shared.gate_size();
  WEDGE_ASSIGN(plan.input_weights, GateWeights::prepare(context, 1, {size}));
  WEDGE_ASSIGN(plan.recurrent_weights, GateWeights::prepare(context, 2, {size}));
  plan.cells = context.scratch(plan.shared.state.size);
  plan.shared.product = product_scratch(context, plan.shared, plan.input_weights, plan.recurrent_weights);
  context.name_kernel(plan.is_plain ? "lstm_f32" : "lstm_general_f32");
  return [plan = std::move(plan)](RunContext& run) -> Result<> {
    float* cells = run.scratch<float>(plan.cells);
    return run_recurrent(
        run, plan.shared, plan.input_weights,
        [&](size_t direction) { load_state(run, plan.shared, 6, direction, cells); },
        [&](const RecurrentStep& step) { advance(plan, step); },
        [&](size_t direction) { store_state(run, plan.shared, 2, direction, cells); });
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, LSTM) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 8, .max_outputs = 3};

}  // namespace wedge
