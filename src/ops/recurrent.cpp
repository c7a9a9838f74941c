#include "ops/recurrent.h"

#include <algorithm>

namespace wedge {
namespace {

Result<size_t> direction_count(const NodeView& node) {
  WEDGE_ASSIGN(const auto name, node.attributes().string("direction", "forward"));
  if (name == "forward" || name == "reverse") return size_t{1};
  if (name == "bidirectional") return size_t{2};
  return fail(ErrorCode::invalid_model, "unknown direction '", name, "'");
}

Result<> expect_dims(const NodeView& node, size_t input, std::initializer_list<Dim> dims) {
  if (!node.has_input(input) || !node.shape(input).has_rank()) return {};
  WEDGE_TRY(node.expect_rank(input, dims.size(), dims.size()));
  const SymbolicShape expected(dims);
  for (size_t i = 0; i < dims.size(); ++i) {
    if (!conflict(node.shape(input)[i], expected[i])) continue;
    return fail(ErrorCode::invalid_model, "input ", input, " must have shape ", expected, ", got ", node.shape(input));
  }
  return {};
}

}  // namespace

Result<> infer_recurrent(InferContext& context, size_t gates, WeightLayout layout) {
  const bool by_column = layout == WeightLayout::integer_columns;
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16}));
  for (const size_t i : {3, 5, 6, 7}) WEDGE_TRY(context.expect_same_dtype(0, i));
  for (const size_t i : {1, 2}) {
    if (by_column) WEDGE_TRY(context.expect_dtype(i, {DType::u8, DType::i8}));
    if (!by_column) WEDGE_TRY(context.expect_same_dtype(0, i));
  }
  WEDGE_TRY(context.expect_dtype(4, {DType::i32}));
  for (const size_t i : {0, 1, 2}) WEDGE_TRY(context.expect_rank(i, 3, 3));
  const auto dim = [&](size_t input, size_t axis) {
    return context.shape(input).has_rank() ? context.shape(input)[axis] : Dim::unknown();
  };
  WEDGE_ASSIGN(const bool batch_first, context.attributes().flag("layout", false));
  WEDGE_ASSIGN(const size_t direction_number, direction_count(context));
  const Dim directions = static_cast<int64_t>(direction_number);
  const Dim steps = dim(0, batch_first ? 1 : 0);
  const Dim batch = dim(0, batch_first ? 0 : 1);
  Dim hidden = dim(2, by_column ? 1 : 2);
  if (context.attributes().has("hidden_size")) {
    WEDGE_ASSIGN(const int64_t declared, context.attributes().integer("hidden_size", 0));
    if (declared < 1 || conflict(hidden, declared)) {
      return fail(ErrorCode::invalid_model, "hidden_size cannot be ", declared);
    }
    hidden = declared;
  }
  if (hidden.is(0) || dim(0, 2).is(0)) {
    return fail(ErrorCode::invalid_model, "the input and the hidden state must hold at least one number per step");
  }
  const Dim rows = hidden * static_cast<int64_t>(gates);
  for (const size_t i : {1, 2}) {
    const Dim k = i == 1 ? dim(0, 2) : hidden;
    WEDGE_TRY(expect_dims(context, i, {directions, by_column ? k : rows, by_column ? rows : k}));
  }
  WEDGE_TRY(expect_dims(context, 3, {directions, rows * 2}));
  WEDGE_TRY(expect_dims(context, 4, {batch}));
  const SymbolicShape state =
      batch_first ? SymbolicShape{batch, directions, hidden} : SymbolicShape{directions, batch, hidden};
  WEDGE_TRY(expect_dims(context, 5, {state[0], state[1], state[2]}));
  WEDGE_TRY(expect_dims(context, 6, {state[0], state[1], state[2]}));
  WEDGE_TRY(expect_dims(context, 7, {directions, hidden * 3}));
  context.set_output(
      0, context.dtype(0),
      batch_first ? SymbolicShape{batch, steps, directions, hidden} : SymbolicShape{steps, directions, batch, hidden});
  context.set_output(1, context.dtype(0), state);
  context.set_output(2, context.dtype(0), state);
  return {};
}

Result<GateWeights> GateWeights::prepare(PrepareContext& context, size_t input, std::vector<size_t> parts) {
  GateWeights weights;
  const Shape shape = context.input_shape(input);
  const auto directions = static_cast<size_t>(shape[0]);
  weights.input_ = input;
  weights.rows_ = static_cast<size_t>(shape[1]);
  weights.k_ = static_cast<size_t>(shape[2]);
  weights.parts_ = std::move(parts);
  weights.packed_offsets_ = {0};
  std::string form = "gates";
  for (const size_t rows : weights.parts_) {
    const size_t bytes = round_up(kernels::gemm_packed_b_bytes(weights.k_, rows), AlignedBuffer::alignment);
    weights.packed_offsets_.push_back(std::min(weights.packed_offsets_.back() + bytes, too_many_bytes));
    form += text(" ", rows);
  }
  const size_t direction_bytes = weights.packed_offsets_.back();
  const size_t size = saturating_bytes(directions, direction_bytes);
  WEDGE_ASSIGN(weights.packed_, context.pack(input, form, size, [&](std::byte* packed) {
    const float* elements = TensorRef(*context.constant(input)).as<const float>().data();
    for (size_t direction = 0; direction < directions; ++direction) {
      for (size_t part = 0; part < weights.parts_.size(); ++part) {
        const auto product = weights.product(1, direction, part, elements);
        kernels::gemm_pack_b(product.b, product.k, product.n,
                             packed + direction * direction_bytes + weights.packed_offsets_[part]);
      }
    }
  }));
  return weights;
}

kernels::GemmArguments GateWeights::product(size_t m, size_t direction, size_t part, const float* weights) const {
  kernels::GemmArguments g{.m = m, .n = parts_[part], .k = k_};
  g.a = {nullptr, static_cast<ptrdiff_t>(k_), 1};
  g.b = {nullptr, 1, static_cast<ptrdiff_t>(k_)};
  if (packed_ != nullptr) {
    g.packed_b = packed_ + direction * packed_offsets_.back() + packed_offsets_[part];
  } else if (weights != nullptr) {
    size_t row = direction * rows_;
    for (size_t i = 0; i < part; ++i) row += parts_[i];
    g.b.data = weights + row * k_;
  }
  return g;
}

Result<Recurrent> read_recurrent(PrepareContext& context, size_t gates,
                                 std::initializer_list<std::string_view> defaults, WeightLayout layout) {
  if (context.dtype(0) != DType::f32) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  Recurrent plan{.gates = gates, .summed_bias_gates = gates};
  WEDGE_ASSIGN(plan.directions, direction_count(context));
  WEDGE_ASSIGN(const auto direction, context.attributes().string("direction", "forward"));
  plan.first_is_reverse = direction == "reverse";
  WEDGE_ASSIGN(plan.batch_first, context.attributes().flag("layout", false));
  WEDGE_ASSIGN(plan.clip, context.attributes().number("clip", 0));
  if (!(plan.clip >= 0)) return fail(ErrorCode::invalid_model, "clip cannot be ", plan.clip);
  WEDGE_ASSIGN(plan.activations, read_activations(context, plan.directions, {defaults.begin(), defaults.size()}));
  const Shape input = context.input_shape(0);
  plan.steps = static_cast<size_t>(input[plan.batch_first ? 1 : 0]);
  plan.batch = static_cast<size_t>(input[plan.batch_first ? 0 : 1]);
  plan.input = static_cast<size_t>(input[2]);
  plan.hidden = static_cast<size_t>(context.input_shape(2)[layout == WeightLayout::rows ? 2 : 1]);

  context.count_operations(2.0 * static_cast<double>(plan.directions) * static_cast<double>(plan.steps) *
                           static_cast<double>(plan.batch) * static_cast<double>(plan.gate_size()) *
                           static_cast<double>(plan.input + plan.hidden));
  const auto rows = static_cast<size_t>(input.numel(0, 2));
  plan.x_gates = context.scratch(rows, plan.gate_size(), sizeof(float));
  plan.bias = context.scratch(plan.gate_size(), sizeof(float));
  plan.state = context.scratch(plan.batch, plan.hidden, sizeof(float));
  return plan;
}

Scratch product_scratch(PrepareContext& context, const Recurrent& plan, const GateWeights& input_weights,
                        const GateWeights& recurrent_weights) {
  auto inputs = input_weights.product(plan.steps * plan.batch, 0, 0, nullptr);
  inputs.c_stride = static_cast<ptrdiff_t>(plan.gate_size());
  size_t size = kernels::gemm_scratch_bytes(inputs, context.workers());
  // Steps write into the gates or into rows of their own, and what gemm() needs may depend on which.
  for (size_t part = 0; part < recurrent_weights.part_count(); ++part) {
    for (const size_t stride : {plan.step_stride(), plan.hidden}) {
      auto g = recurrent_weights.product(plan.batch, 0, part, nullptr);
      g.c_stride = static_cast<ptrdiff_t>(stride);
      size = std::max(size, kernels::gemm_scratch_bytes(g, context.workers()));
    }
  }
  return context.scratch(size);
}

void clip_gates(float* gates, size_t count, float bound) {
  if (bound == 0) return;
  for (float& gate : std::span(gates, count)) gate = std::clamp(gate, -bound, bound);
}

void load_state(const RunContext& run, const Recurrent& plan, size_t input, size_t direction, float* state) {
  if (!run.has_input(input)) {
    std::fill_n(state, plan.batch * plan.hidden, 0.0F);
    return;
  }
  const float* initial = run.input<float>(input).data();
  for (size_t n = 0; n < plan.batch; ++n) {
    std::copy_n(initial + plan.state_offset(direction, n), plan.hidden, state + n * plan.hidden);
  }
}

void store_state(const RunContext& run, const Recurrent& plan, size_t output, size_t direction, const float* state) {
  if (!run.has_output(output)) return;
  float* last = run.output<float>(output).data();
  for (size_t n = 0; n < plan.batch; ++n) {
    std::copy_n(state + n * plan.hidden, plan.hidden, last + plan.state_offset(direction, n));
  }
}

namespace {

// The biases that are added to what the input contributes, or null.
const float* input_bias(const RunContext& run, const Recurrent& plan, size_t direction) {
  const float* biases = plan.biases(run, direction, 0);
  if (biases == nullptr) return nullptr;
  float* sum = run.scratch<float>(plan.bias);
  std::copy_n(biases, plan.gate_size(), sum);
  const float* recurrent = plan.biases(run, direction, 1);
  for (size_t i = 0; i < plan.summed_bias_gates * plan.hidden; ++i) sum[i] += recurrent[i];
  return sum;
}

void write_outputs(const RecurrentStep& step, const Recurrent& plan) {
  if (!step.run.has_output(0)) return;
  float* output = step.run.output<float>(0).data();
  for (size_t n = 0; n < plan.batch; ++n) {
    const size_t row = plan.batch_first ? plan.row(step.time, n) * plan.directions + step.direction
                                        : (step.time * plan.directions + step.direction) * plan.batch + n;
    float* to = output + row * plan.hidden;
    if (step.is_active(n)) {
      std::copy_n(step.state + n * plan.hidden, plan.hidden, to);
    } else {
      std::fill_n(to, plan.hidden, 0.0F);
    }
  }
}

}  // namespace

Result<> run_recurrent(RunContext& run, const Recurrent& plan, const GateWeights& weights,
                       FunctionRef<void(size_t direction)> begin, FunctionRef<void(const RecurrentStep&)> step,
                       FunctionRef<void(size_t direction)> end) {
  const auto multiply_inputs = [&](size_t direction, const float* bias, float* gates) {
    auto g = weights.product(plan.steps * plan.batch, direction, 0, weights.elements(run));
    g.a.data = run.input<float>(0).data();
    g.c = gates;
    g.c_stride = static_cast<ptrdiff_t>(plan.gate_size());
    g.column_bias = bias;
    kernels::gemm(g, run.scratch(plan.product), run.workers());
  };
  return run_recurrent(run, plan, InputProduct(multiply_inputs), begin, step, end);
}

Result<> run_recurrent(RunContext& run, const Recurrent& plan, InputProduct multiply_inputs,
                       FunctionRef<void(size_t direction)> begin, FunctionRef<void(const RecurrentStep&)> step,
                       FunctionRef<void(size_t direction)> end) {
  if (run.has_input(4)) {
    for (const int32_t length : run.input<int32_t>(4)) {
      if (length >= 0 && static_cast<size_t>(length) <= plan.steps) continue;
      return fail(ErrorCode::out_of_range, "a sequence length of ", length, " is outside [0, ", plan.steps, "]");
    }
  }
  float* state = run.scratch<float>(plan.state);
  for (size_t direction = 0; direction < plan.directions; ++direction) {
    multiply_inputs(direction, input_bias(run, plan, direction), run.scratch<float>(plan.x_gates));
    load_state(run, plan, 5, direction, state);
    begin(direction);
    for (size_t i = 0; i < plan.steps; ++i) {
      // Backwards, a sequence starts where it ends: elements join as their lengths are reached.
      const size_t time = plan.is_reverse(direction) ? plan.steps - 1 - i : i;
      const RecurrentStep current{.run = run,
                                  .direction = direction,
                                  .time = time,
                                  .gates = run.scratch<float>(plan.x_gates) + plan.row(time, 0) * plan.gate_size(),
                                  .stride = plan.step_stride(),
                                  .state = state};
      step(current);
      write_outputs(current, plan);
    }
    store_state(run, plan, 1, direction, state);
    end(direction);
  }
  return {};
}

}  // namespace wedge
