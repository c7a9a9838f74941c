// CausalConvWithState: each channel convolved with a kernel of its own over what came before; the last columns are
// handed on to the next call.
#include "ops/attention.h"

namespace wedge {
namespace {

constexpr size_t bias_input = 2;
constexpr size_t state_input = 3;

Result<bool> uses_silu(const NodeView& node) {
  WEDGE_ASSIGN(const std::string_view activation, node.attributes().string("activation", "none"));
  if (activation == "silu" || activation == "swish") return true;
  if (activation == "none") return false;
  return fail(ErrorCode::invalid_model, "attribute 'activation' is '", activation, "'");
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  for (const size_t input : {size_t{0}, size_t{1}, state_input}) WEDGE_TRY(context.expect_rank(input, 3, 3));
  WEDGE_TRY(context.expect_rank(bias_input, 1, 1));
  for (const size_t input : {size_t{1}, bias_input, state_input}) {
    if (context.has_input(input)) WEDGE_TRY(context.expect_same_dtype(0, input));
  }
  const SymbolicShape& input = context.shape(0);
  const SymbolicShape& weight = context.shape(1);
  context.set_output(0, context.dtype(0), input);
  SymbolicShape state = SymbolicShape::of_rank(3);
  if (input.has_rank()) {
    state[0] = input[0];
    state[1] = input[1];
  }
  if (weight.has_rank() && weight[2].is_known()) {
    if (weight[2].is(0)) return fail(ErrorCode::invalid_model, "a kernel without elements");
    state[2] = weight[2].value() - 1;
  }
  context.set_output(1, context.dtype(0), state);
  return {};
}

struct Geometry {
  size_t batch = 1;
  size_t channels = 1;
  size_t length = 1;
  size_t kernel = 1;
  bool silu = false;
};

// `line` is the past and the present of a channel in one piece.
template <typename C>
void convolve(const Geometry& g, const C* line, const C* weight, C bias, C* out) {
  std::fill_n(out, g.length, bias);
  for (size_t k = 0; k < g.kernel; ++k) {
    for (size_t i = 0; i < g.length; ++i) out[i] += weight[k] * line[k + i];
  }
  for (size_t i = 0; g.silu && i < g.length; ++i) out[i] /= 1 + std::exp(-out[i]);
}

template <typename C>
Result<Kernel> prepare_lines(PrepareContext& context, const Geometry& g) {
  const DType dtype = context.dtype(0);
  const size_t lines = g.batch * g.channels;
  const size_t past = g.kernel - 1;
  const ComputedOperand<C> input(context, dtype, lines * g.length);
  const ComputedOperand<C> output(context, dtype, lines * g.length);
  const ComputedOperand<C> weights(context, dtype, g.channels * g.kernel);
  const ComputedOperand<C> biases(context, dtype, context.has_input(bias_input) ? g.channels : 0);
  const ComputedOperand<C> state(context, dtype, context.has_input(state_input) ? lines * past : 0);
  const ComputedOperand<C> next_state(context, dtype, context.has_output(1) ? lines * past : 0);
  const Scratch scratch = context.scratch_per_worker(past + g.length, sizeof(C));
  return [=](RunContext& run) -> Result<> {
    const C* in = input.read(run, run.input(0).data);
    const C* weight = weights.read(run, run.input(1).data);
    const C* bias = run.has_input(bias_input) ? biases.read(run, run.input(bias_input).data) : nullptr;
    const C* before = run.has_input(state_input) ? state.read(run, run.input(state_input).data) : nullptr;
    C* out = output.target(run, run.output(0).data);
    C* next = run.has_output(1) ? next_state.target(run, run.output(1).data) : nullptr;
    run.workers().run(lines, 1 + 4096 / (g.length + 1), [&](size_t begin, size_t end, unsigned worker) {
      C* line = run.scratch<C>(scratch, worker);
      for (size_t i = begin; i < end; ++i) {
        if (before != nullptr) {
          std::copy_n(before + i * past, past, line);
        } else {
          std::fill_n(line, past, C(0));
        }
        std::copy_n(in + i * g.length, g.length, line + past);
        const size_t channel = i % g.channels;
        convolve(g, line, weight + channel * g.kernel, bias == nullptr ? C(0) : bias[channel], out + i * g.length);
        if (next != nullptr) std::copy_n(line + g.length, past, next + i * past);
      }
    });
    output.write(run, run.output(0).data);
    if (next != nullptr) next_state.write(run, run.output(1).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  const Shape weight = context.input_shape(1);
  Geometry g{.batch = static_cast<size_t>(input[0]),
             .channels = static_cast<size_t>(input[1]),
             .length = static_cast<size_t>(input[2]),
             .kernel = static_cast<size_t>(weight[2])};
  WEDGE_ASSIGN(g.silu, uses_silu(context));
  if (weight[0] != input[1] || weight[1] != 1 || weight[2] < 1) {
    return fail(ErrorCode::invalid_model, "weights of shape ", weight, " do not fit input of shape ", input);
  }
  if (context.has_input(bias_input) && context.input_shape(bias_input) != Shape{input[1]}) {
    return fail(ErrorCode::invalid_model, "a bias of shape ", context.input_shape(bias_input), " for ", input[1],
                " channels");
  }
  const Shape state = {input[0], input[1], weight[2] - 1};
  if (context.has_input(state_input) && context.input_shape(state_input) != state) {
    return fail(ErrorCode::invalid_model, "past_state has shape ", context.input_shape(state_input), ", expected ",
                state);
  }
  return prepare_computed(context.dtype(0), [&]<typename C>() { return prepare_lines<C>(context, g); });
}

}  // namespace

WEDGE_OPERATOR(onnx, CausalConvWithState) = {
    .infer = infer, .prepare = prepare, .min_inputs = 2, .max_inputs = 4, .max_outputs = 2};

}  // namespace wedge
