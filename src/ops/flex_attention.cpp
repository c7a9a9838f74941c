// FlexAttention: attention whose scores and probabilities pass through subgraphs of the model.
#include <array>

#include "ops/attention.h"

namespace wedge {
namespace {

struct Parts {
  Dim batch, heads, kv_heads, rows, columns, key_size, value_size;
};

Result<Parts> read_parts(const NodeView& node) {
  for (size_t i = 0; i < 3; ++i) {
    WEDGE_TRY(node.expect_dtype(i, {DType::f32, DType::f16, DType::bf16, DType::f64}));
    WEDGE_TRY(node.expect_rank(i, 4, 4));
    WEDGE_TRY(node.expect_same_dtype(0, i));
  }
  std::array<SymbolicShape, 3> shapes;
  for (size_t i = 0; i < 3; ++i) shapes[i] = node.shape(i).has_rank() ? node.shape(i) : SymbolicShape::of_rank(4);
  const auto& [query, key, value] = shapes;
  WEDGE_TRY(expect_same(query[0], key[0], "batches of queries and keys"));
  WEDGE_TRY(expect_same(key[0], value[0], "batches of keys and values"));
  WEDGE_TRY(expect_same(key[1], value[1], "heads of keys and values"));
  WEDGE_TRY(expect_same(key[2], value[2], "rows of keys and values"));
  WEDGE_TRY(expect_same(query[3], key[3], "columns of queries and keys"));
  WEDGE_TRY(expect_shared_heads(query[1], key[1]));
  return Parts{.batch = query[0],
               .heads = query[1],
               .kv_heads = key[1],
               .rows = query[2],
               .columns = key[2],
               .key_size = query[3],
               .value_size = value[3]};
}

// The subgraph of that attribute, if there is one.
Result<std::optional<size_t>> find_subgraph(const NodeView& node, std::string_view name) {
  const auto& names = node.node().subgraph_names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] != name) continue;
    const Graph& graph = *node.node().subgraphs[i];
    if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
      return fail(ErrorCode::invalid_model, "'", name, "' must have one input and one output");
    }
    return i;
  }
  return std::nullopt;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  for (const std::string_view name : {"score_mod", "prob_mod"}) {
    WEDGE_ASSIGN(const auto subgraph, find_subgraph(context, name));
    if (!subgraph) continue;
    const OutputInfo scores{.dtype = context.dtype(0), .shape = {parts.batch, parts.heads, parts.rows, parts.columns}};
    WEDGE_ASSIGN(const auto outputs, context.subgraph_outputs(*subgraph, std::span(&scores, 1)));
    if (outputs[0].dtype != context.dtype(0) && outputs[0].dtype != DType::undefined) {
      return fail(ErrorCode::invalid_model, "'", name, "' turns ", context.dtype(0), " into ", outputs[0].dtype);
    }
  }
  context.set_output(0, context.dtype(0), {parts.batch, parts.heads, parts.rows, parts.value_size});
  return {};
}

/// All scores of the node, in the type that the subgraphs see and in the one of the arithmetic.
template <typename C>
struct AllScores {
  Shape shape;
  DType dtype = DType::undefined;
  Scratch computed;
  Scratch seen;

  [[nodiscard]] size_t count() const { return static_cast<size_t>(shape.numel()); }

  Result<> pass(RunContext& run, size_t subgraph) const {
    C* scores = run.scratch<C>(computed);
    const bool converts = dtype != dtype_of<C>;
    std::byte* elements = converts ? run.scratch(seen) : reinterpret_cast<std::byte*>(scores);
    if constexpr (std::same_as<C, float>) {
      if (converts) write_floats(dtype, scores, 0, count(), elements);
    }
    const size_t bytes = count() * byte_width(dtype);
    WEDGE_ASSIGN(const Tensor input, Tensor::wrap_bytes(dtype, {elements, bytes}, shape, true, nullptr));
    WEDGE_ASSIGN(const auto outputs, run.run_subgraph(subgraph, std::span(&input, 1)));
    if (outputs[0].shape() != shape || outputs[0].dtype() != dtype) {
      return fail(ErrorCode::invalid_argument, "scores of shape ", shape, " came back as ", outputs[0].shape());
    }
    WEDGE_ASSIGN(const Tensor made, outputs[0].dense());
    if constexpr (std::same_as<C, float>) {
      if (converts) {
        read_floats(dtype, made.data(), 0, count(), scores);
        return {};
      }
    }
    const auto* from = reinterpret_cast<const C*>(made.data());
    if (from != scores) std::copy_n(from, count(), scores);
    return {};
  }
};

template <typename C>
Result<Kernel> prepare_steps(PrepareContext& context, const Parts& parts) {
  AttentionGeometry g{.batch = size_of(parts.batch),
                      .heads = size_of(parts.heads),
                      .kv_heads = size_of(parts.kv_heads),
                      .rows = size_of(parts.rows),
                      .columns = size_of(parts.columns),
                      .key_size = size_of(parts.key_size),
                      .value_size = size_of(parts.value_size)};
  g.query = HeadLayout::by_head(g.heads, g.rows, g.key_size);
  g.key = HeadLayout::by_head(g.kv_heads, g.columns, g.key_size);
  g.value = HeadLayout::by_head(g.kv_heads, g.columns, g.value_size);
  g.output = HeadLayout::by_head(g.heads, g.rows, g.value_size);
  WEDGE_ASSIGN(g.scale, context.attributes().number("scale", usual_scale(g.key_size)));
  WEDGE_ASSIGN(const auto score_mod, find_subgraph(context, "score_mod"));
  WEDGE_ASSIGN(const auto prob_mod, find_subgraph(context, "prob_mod"));

  const DType dtype = context.dtype(0);
  AllScores<C> all{.shape = {parts.batch.value(), parts.heads.value(), parts.rows.value(), parts.columns.value()},
                   .dtype = dtype};
  WEDGE_ASSIGN(const size_t bytes, checked_byte_size(dtype_of<C>, all.shape));
  all.computed = context.scratch(bytes);
  if (dtype != dtype_of<C>) all.seen = context.scratch(bytes);
  std::array<ComputedOperand<C>, 3> inputs;
  for (size_t i = 0; i < 3; ++i) inputs[i] = {context, dtype, static_cast<size_t>(context.input_shape(i).numel())};
  const ComputedOperand<C> output(context, dtype, static_cast<size_t>(context.output_shape(0).numel()));
  const AttentionSteps<C> steps(context, g);
  return [=](RunContext& run) -> Result<> {
    const AttentionOperands<C> operands{.query = inputs[0].read(run, run.input(0).data),
                                        .key = inputs[1].read(run, run.input(1).data),
                                        .value = inputs[2].read(run, run.input(2).data),
                                        .output = output.target(run, run.output(0).data)};
    C* scores = run.scratch<C>(all.computed);
    const auto scores_of = [&](const AttentionBlock& block) {
      return scores + ((block.batch * g.heads + block.head) * g.rows + block.first_row) * g.columns;
    };
    steps.for_each_block(run, [&](const AttentionBlock& block, C*, std::byte* scratch) {
      steps.score(operands, block, scores_of(block), scratch);
    });
    if (score_mod) WEDGE_TRY(all.pass(run, *score_mod));
    steps.for_each_block(
        run, [&](const AttentionBlock& block, C*, std::byte*) { steps.normalize(scores_of(block), block.rows); });
    if (prob_mod) WEDGE_TRY(all.pass(run, *prob_mod));
    steps.for_each_block(run, [&](const AttentionBlock& block, C*, std::byte* scratch) {
      steps.mix(operands, block, scores_of(block), scratch);
    });
    output.write(run, run.output(0).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  if (parts.heads.is(0)) return Kernel();
  return prepare_computed(context.dtype(0), [&]<typename C>() { return prepare_steps<C>(context, parts); });
}

}  // namespace

WEDGE_OPERATOR(preview, FlexAttention) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3};

}  // namespace wedge
