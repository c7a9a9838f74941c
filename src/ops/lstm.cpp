// LSTM: long short-term memory along a sequence. The weights of DynamicQuantizeLSTM of com.microsoft are 8-bit
// integers, and it quantises what they are multiplied by.
#include "kernels/lstm.h"

#include <algorithm>

#include "ops/quantized_gates.h"
#include "ops/recurrent.h"

namespace wedge {
namespace {

constexpr size_t gate_count = 4;  // input, output, forget, cell

Result<> infer(InferContext& context) { return infer_recurrent(context, gate_count); }

struct Lstm {
  Recurrent shared;
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

// Adds what the state contributes to the gates.
void add_state(const Lstm& plan, const GateWeights& weights, const RecurrentStep& step) {
  auto g = weights.product(plan.shared.batch, step.direction, 0, weights.elements(step.run));
  g.a.data = step.state;
  g.c = step.gates;
  g.c_stride = static_cast<ptrdiff_t>(step.stride);
  g.accumulate = true;
  kernels::gemm(g, step.run.scratch(plan.shared.product), step.run.workers());
}

// From the gates to the next state.
void advance(const Lstm& plan, const RecurrentStep& step) {
  const size_t hidden = plan.shared.hidden;
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

Result<Lstm> read_lstm(PrepareContext& context, WeightLayout layout) {
  Lstm plan;
  WEDGE_ASSIGN(plan.shared, read_recurrent(context, gate_count, {"Sigmoid", "Tanh", "Tanh"}, layout));
  WEDGE_ASSIGN(plan.couples_forget_to_input, context.attributes().flag("input_forget", false));
  plan.is_plain = is_plain(context, plan);
  plan.cells = context.scratch(plan.shared.state.size);
  return plan;
}

// Weights: what run_recurrent() multiplies the input by.
template <typename Weights>
Result<> run_lstm(RunContext& run, const Lstm& plan, const Weights& weights,
                  FunctionRef<void(const RecurrentStep&)> add_state) {
  float* cells = run.scratch<float>(plan.cells);
  return run_recurrent(
      run, plan.shared, weights, [&](size_t direction) { load_state(run, plan.shared, 6, direction, cells); },
      [&](const RecurrentStep& step) {
        add_state(step);
        advance(plan, step);
      },
      [&](size_t direction) { store_state(run, plan.shared, 2, direction, cells); });
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(Lstm plan, read_lstm(context, WeightLayout::rows));
  const size_t size = plan.shared.gate_size();
  WEDGE_ASSIGN(auto input_weights, GateWeights::prepare(context, 1, {size}));
  WEDGE_ASSIGN(auto recurrent_weights, GateWeights::prepare(context, 2, {size}));
  plan.shared.product = product_scratch(context, plan.shared, input_weights, recurrent_weights);
  context.name_kernel(plan.is_plain ? "lstm_f32" : "lstm_general_f32");
  return [plan = std::move(plan), input_weights = std::move(input_weights),
          recurrent_weights = std::move(recurrent_weights)](RunContext& run) -> Result<> {
    return run_lstm(run, plan, input_weights,
                    [&](const RecurrentStep& step) { add_state(plan, recurrent_weights, step); });
  };
}

constexpr QuantizedGates::Roles quantized_input = {.weights = 1, .scale = 8, .zero = 9};
constexpr QuantizedGates::Roles quantized_recurrence = {.weights = 2, .scale = 10, .zero = 11};

Result<> infer_quantized(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32}));
  for (const auto& roles : {quantized_input, quantized_recurrence}) {
    WEDGE_TRY(context.expect_present({roles.scale, roles.zero}));
    WEDGE_TRY(context.expect_dtype(roles.scale, {DType::f32}));
    WEDGE_TRY(context.expect_same_dtype(roles.weights, roles.zero));
  }
  return infer_recurrent(context, gate_count, WeightLayout::integer_columns);
}

Result<Kernel> prepare_quantized(PrepareContext& context) {
  WEDGE_ASSIGN(Lstm plan, read_lstm(context, WeightLayout::integer_columns));
  const size_t batch = plan.shared.batch;
  const size_t rows = plan.shared.steps * batch;
  WEDGE_ASSIGN(const auto input_weights, QuantizedGates::prepare(context, quantized_input, rows));
  WEDGE_ASSIGN(const auto recurrent_weights, QuantizedGates::prepare(context, quantized_recurrence, batch));
  const Scratch state_gates = context.scratch(batch, plan.shared.gate_size(), sizeof(float));
  context.name_kernel("lstm_quantized");
  return [=, plan = std::move(plan)](RunContext& run) -> Result<> {
    input_weights.load(run);
    recurrent_weights.load(run);
    const auto multiply_inputs = [&](size_t direction, const float* bias, float* gates) {
      input_weights.multiply(run, direction, run.input<float>(0), bias, gates);
    };
    return run_lstm(run, plan, InputProduct(multiply_inputs), [&](const RecurrentStep& step) {
      auto* sums = run.scratch<float>(state_gates);
      const size_t size = plan.shared.gate_size();
      recurrent_weights.multiply(run, step.direction, {step.state, batch * plan.shared.hidden}, nullptr, sums);
      for (size_t n = 0; n < batch; ++n) {
        for (size_t i = 0; i < size; ++i) step.gates[n * step.stride + i] += sums[n * size + i];
      }
    });
  };
}

}  // namespace

WEDGE_OPERATOR(onnx, LSTM) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 8, .max_outputs = 3};
WEDGE_OPERATOR(microsoft, DynamicQuantizeLSTM) = {
    .infer = infer_quantized, .prepare = prepare_quantized, .min_inputs = 3, .max_inputs = 12, .max_outputs = 3};

}  // namespace wedge
