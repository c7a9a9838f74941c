// LinearAttention: attention without softmax. Each head of keys keeps a matrix that every step adds to, after letting
// it decay (gated) and taking out what the key already recalls (delta); queries read from it.
#include "ops/attention.h"

namespace wedge {
namespace {

constexpr size_t query_input = 0;
constexpr size_t key_input = 1;
constexpr size_t value_input = 2;
constexpr size_t state_input = 3;
constexpr size_t decay_input = 4;
constexpr size_t beta_input = 5;
constexpr size_t input_count = 6;

struct Heads {
  int64_t query = 1;
  int64_t key = 1;
};

Result<Heads> read_heads(const NodeView& node) {
  Heads heads;
  WEDGE_ASSIGN(heads.query, node.attributes().required_integer("q_num_heads"));
  WEDGE_ASSIGN(heads.key, node.attributes().required_integer("kv_num_heads"));
  if (heads.query <= 0 || heads.key <= 0) {
    return fail(ErrorCode::invalid_model, heads.query, " heads of queries and ", heads.key, " of keys");
  }
  WEDGE_TRY(expect_shared_heads(heads.query, heads.key));
  return heads;
}

Result<Dim> columns_of(const NodeView& node, size_t input, int64_t heads) {
  const SymbolicShape& shape = node.shape(input);
  if (!shape.has_rank() || !shape[2].is_known()) return Dim();
  if (shape[2].value() % heads != 0) {
    return fail(ErrorCode::invalid_model, "input ", input, " of shape ", shape, " is not divided by ", heads, " heads");
  }
  return Dim(shape[2].value() / heads);
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Heads heads, read_heads(context));
  WEDGE_TRY(context.expect_dtype(query_input, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  for (size_t input = 0; input < input_count; ++input) {
    const size_t rank = input == state_input ? 4 : 3;
    WEDGE_TRY(context.expect_rank(input, rank, rank));
    if (input != state_input) WEDGE_TRY(context.expect_same_dtype(query_input, input));
  }
  WEDGE_TRY(context.expect_dtype(state_input, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  WEDGE_ASSIGN(const Dim key_size, columns_of(context, key_input, heads.key));
  WEDGE_ASSIGN(const Dim value_size, columns_of(context, value_input, heads.key));
  const SymbolicShape& query = context.shape(query_input);
  SymbolicShape output = SymbolicShape::of_rank(3);
  if (query.has_rank()) {
    output[0] = query[0];
    output[1] = query[1];
  }
  output[2] = value_size * heads.query;
  context.set_output(0, context.dtype(query_input), output);
  const DType state = context.has_input(state_input) ? context.dtype(state_input) : context.dtype(query_input);
  context.set_output(1, state, {output[0], heads.key, key_size, value_size});
  return {};
}

struct Geometry {
  size_t batch = 1;
  size_t rows = 1;
  size_t heads = 1;  ///< of keys and values
  size_t group = 1;  ///< heads of queries for each of those
  size_t key_size = 1;
  size_t value_size = 1;
  size_t decays = 0;  ///< decays of one head: one for each row of the state, one for all, or none
  bool subtracts = false;
  size_t beta_heads = 0;  ///< 1 when all heads share one
  float scale = 1;
};

/// A step of one head.
template <typename C>
struct Step {
  const C* key;
  const C* value;
  const C* decay;
  C beta;
};

template <typename C>
void advance(const Geometry& g, const Step<C>& step, C* state, C* recalled) {
  for (size_t i = 0; i < g.key_size && g.decays > 0; ++i) {
    const C factor = std::exp(step.decay[g.decays == 1 ? 0 : i]);
    for (size_t j = 0; j < g.value_size; ++j) state[i * g.value_size + j] *= factor;
  }
  std::fill_n(recalled, g.value_size, C(0));
  for (size_t i = 0; i < g.key_size && g.subtracts; ++i) {
    for (size_t j = 0; j < g.value_size; ++j) recalled[j] += step.key[i] * state[i * g.value_size + j];
  }
  for (size_t j = 0; j < g.value_size; ++j) recalled[j] = step.beta * (step.value[j] - recalled[j]);
  for (size_t i = 0; i < g.key_size; ++i) {
    for (size_t j = 0; j < g.value_size; ++j) state[i * g.value_size + j] += step.key[i] * recalled[j];
  }
}

template <typename C>
void recall(const Geometry& g, const C* query, const C* state, C* out) {
  std::fill_n(out, g.value_size, C(0));
  for (size_t i = 0; i < g.key_size; ++i) {
    const C factor = static_cast<C>(g.scale) * query[i];
    for (size_t j = 0; j < g.value_size; ++j) out[j] += factor * state[i * g.value_size + j];
  }
}

template <typename C>
Result<Kernel> prepare_steps(PrepareContext& context, const Geometry& g) {
  std::array<ComputedOperand<C>, input_count> inputs;
  for (size_t i = 0; i < input_count; ++i) {
    if (!context.has_input(i)) continue;
    inputs[i] = {context, context.dtype(i), static_cast<size_t>(context.input_shape(i).numel())};
  }
  const ComputedOperand<C> output(context, context.dtype(query_input),
                                  static_cast<size_t>(context.output_shape(0).numel()));
  const size_t state_size = g.key_size * g.value_size;
  const size_t states = saturating_bytes(g.batch, g.heads, g.key_size, g.value_size);
  const DType state_dtype = context.dtype(context.has_input(state_input) ? state_input : query_input);
  const ComputedOperand<C> next(context, state_dtype, states);
  const Scratch own_states = context.scratch(context.has_output(1) ? 0 : states, sizeof(C));
  const Scratch rooms = context.scratch_per_worker(g.value_size, sizeof(C));
  return [=](RunContext& run) -> Result<> {
    std::array<const C*, input_count> in{};
    for (size_t i = 0; i < input_count; ++i) {
      if (run.has_input(i)) in[i] = inputs[i].read(run, run.input(i).data);
    }
    C* out = output.target(run, run.output(0).data);
    C* state_of_all = run.has_output(1) ? next.target(run, run.output(1).data) : run.scratch<C>(own_states);
    run.workers().run(g.batch * g.heads, 1, [&](size_t begin, size_t end, unsigned worker) {
      C* recalled = run.scratch<C>(rooms, worker);
      for (size_t i = begin; i < end; ++i) {
        C* state = state_of_all + i * state_size;
        if (in[state_input] != nullptr) {
          std::copy_n(in[state_input] + i * state_size, state_size, state);
        } else {
          std::fill_n(state, state_size, C(0));
        }
        const size_t head = i % g.heads;
        for (size_t t = 0; t < g.rows; ++t) {
          const size_t row = i / g.heads * g.rows + t;
          const size_t at = row * g.heads + head;
          const C* betas = in[beta_input];
          const Step<C> step{
              .key = in[key_input] + at * g.key_size,
              .value = in[value_input] + at * g.value_size,
              .decay = g.decays == 0 ? nullptr : in[decay_input] + at * g.decays,
              .beta = g.beta_heads == 0 ? C(1) : betas[row * g.beta_heads + (g.beta_heads == 1 ? 0 : head)]};
          advance(g, step, state, recalled);
          for (size_t q = 0; q < g.group; ++q) {
            const size_t query = at * g.group + q;
            recall(g, in[query_input] + query * g.key_size, state, out + query * g.value_size);
          }
        }
      }
    });
    output.write(run, run.output(0).data);
    if (run.has_output(1)) next.write(run, run.output(1).data);
    return {};
  };
}

Result<> expect_shape(const PrepareContext& context, size_t input, const Shape& wanted) {
  if (context.input_shape(input) == wanted) return {};
  return fail(ErrorCode::invalid_model, "input ", input, " has shape ", context.input_shape(input), ", expected ",
              wanted);
}

Result<> read_gates(const PrepareContext& context, const Heads& heads, Geometry& g) {
  WEDGE_ASSIGN(const std::string_view rule, context.attributes().string("update_rule", "gated_delta"));
  if (rule != "linear" && rule != "gated" && rule != "delta" && rule != "gated_delta") {
    return fail(ErrorCode::invalid_model, "attribute 'update_rule' is '", rule, "'");
  }
  g.subtracts = rule == "delta" || rule == "gated_delta";
  const Shape key = context.input_shape(key_input);
  const bool gated = rule == "gated" || rule == "gated_delta";
  if ((gated && !context.has_input(decay_input)) || (g.subtracts && !context.has_input(beta_input))) {
    return fail(ErrorCode::invalid_model, "update rule '", rule, "' needs decay or beta that is left out");
  }
  if (gated) {
    const bool per_head = context.input_shape(decay_input)[2] == heads.key;
    WEDGE_TRY(expect_shape(context, decay_input, {key[0], key[1], per_head ? heads.key : key[2]}));
    g.decays = per_head ? 1 : g.key_size;
  }
  if (g.subtracts) {
    const bool shared = context.input_shape(beta_input)[2] == 1;
    WEDGE_TRY(expect_shape(context, beta_input, {key[0], key[1], shared ? 1 : heads.key}));
    g.beta_heads = shared ? 1 : g.heads;
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Heads heads, read_heads(context));
  const Shape key = context.input_shape(key_input);
  const Shape value = context.input_shape(value_input);
  const int64_t key_size = key[2] / heads.key;
  const int64_t value_size = value[2] / heads.key;
  WEDGE_TRY(expect_shape(context, query_input, {key[0], key[1], saturating_mul(heads.query, key_size)}));
  WEDGE_TRY(expect_shape(context, value_input, {key[0], key[1], value[2]}));
  if (context.has_input(state_input)) {
    WEDGE_TRY(expect_shape(context, state_input, {key[0], heads.key, key_size, value_size}));
  }
  Geometry g{.batch = static_cast<size_t>(key[0]),
             .rows = static_cast<size_t>(key[1]),
             .heads = static_cast<size_t>(heads.key),
             .group = static_cast<size_t>(heads.query / heads.key),
             .key_size = static_cast<size_t>(key_size),
             .value_size = static_cast<size_t>(value_size)};
  WEDGE_TRY(read_gates(context, heads, g));
  WEDGE_ASSIGN(g.scale, context.attributes().number("scale", 0));
  if (g.scale == 0 && key_size > 0) g.scale = 1 / std::sqrt(static_cast<float>(key_size));
  const DType state = context.has_input(state_input) ? context.dtype(state_input) : context.dtype(query_input);
  if ((state == DType::f64) != (context.dtype(query_input) == DType::f64)) {
    return fail(ErrorCode::unsupported, "queries of type ", context.dtype(query_input), " with a state of type ",
                state);
  }
  return prepare_computed(context.dtype(query_input), [&]<typename C>() { return prepare_steps<C>(context, g); });
}

}  // namespace

WEDGE_OPERATOR(onnx, LinearAttention) = {
    .infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = input_count, .max_outputs = 2};

}  // namespace wedge
