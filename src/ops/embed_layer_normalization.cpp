// EmbedLayerNormalization of com.microsoft: the embeddings of each token's word, position and segment are added and
// brought to mean 0 and variance 1.
#include <algorithm>
#include <array>

#include "kernels/normalization.h"
#include "ops/attention.h"

namespace wedge {
namespace {

constexpr size_t words_input = 0;
constexpr size_t segments_input = 1;
constexpr size_t first_table = 2;
constexpr size_t scale_input = 5;
constexpr size_t shift_input = 6;
constexpr size_t mask_input = 7;
constexpr size_t positions_input = 8;
constexpr size_t mask_output = 1;
constexpr size_t sum_output = 2;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_present({first_table, first_table + 1, scale_input, shift_input}));
  for (const size_t input : {words_input, segments_input, mask_input, positions_input}) {
    WEDGE_TRY(context.expect_dtype(input, {DType::i32}));
    WEDGE_TRY(context.expect_rank(input, 2, 2));
  }
  for (size_t input = first_table; input <= shift_input; ++input) {
    const size_t rank = input < scale_input ? 2 : 1;
    WEDGE_TRY(context.expect_rank(input, rank, rank));
    WEDGE_TRY(context.expect_dtype(input, {DType::f32, DType::f16, DType::bf16}));
    WEDGE_TRY(context.expect_same_dtype(first_table, input));
  }
  const SymbolicShape& words = context.shape(words_input);
  const SymbolicShape& table = context.shape(first_table);
  SymbolicShape output = SymbolicShape::of_rank(3);
  if (words.has_rank()) {
    output[0] = words[0];
    output[1] = words[1];
  }
  if (table.has_rank()) output[2] = table[1];
  context.set_output(0, context.dtype(first_table), output);
  context.set_output(mask_output, DType::i32, {output[0]});
  context.set_output(sum_output, context.dtype(first_table), output);
  return {};
}

/// A table of embeddings and the indices into it: of an input, or without one the numbers of the columns.
struct Embedding {
  size_t table = 0;
  bool has_indices = false;
  size_t input = 0;
  size_t index_count = 1;  ///< fewer than tokens when batch elements share them
  size_t rows = 0;

  [[nodiscard]] int64_t index(const RunContext& run, size_t token) const {
    if (!has_indices) return static_cast<int64_t>(token % index_count);
    return run.input<int32_t>(input)[token % index_count];
  }
};

struct Geometry {
  size_t batch = 0;
  size_t columns = 0;  ///< of the input: tokens of a batch element
  size_t width = 0;
  DType dtype = DType::undefined;
  std::array<Embedding, 3> embeddings;
  size_t embedding_count = 0;

  [[nodiscard]] size_t tokens() const { return batch * columns; }
  [[nodiscard]] std::span<const Embedding> used() const { return {embeddings.data(), embedding_count}; }
};

Result<> add_embedding(const PrepareContext& context, size_t table, size_t input, Geometry& g) {
  const Shape shape = context.input_shape(table);
  if (shape[1] != static_cast<int64_t>(g.width)) {
    return fail(ErrorCode::invalid_model, "embeddings of shape ", shape, " do not have ", g.width, " columns");
  }
  const auto columns = static_cast<int64_t>(g.columns);
  Embedding embedding{.table = table,
                      .has_indices = context.has_input(input),
                      .input = input,
                      .index_count = g.columns,
                      .rows = static_cast<size_t>(shape[0])};
  if (embedding.has_indices) {
    const Shape indices = context.input_shape(input);
    const bool is_shared = input == positions_input && indices == Shape{1, columns};
    if (!is_shared && indices != Shape{static_cast<int64_t>(g.batch), columns}) {
      return fail(ErrorCode::invalid_model, "input ", input, " has shape ", indices, " for ",
                  context.input_shape(words_input));
    }
    embedding.index_count = is_shared ? g.columns : g.tokens();
  }
  g.embeddings[g.embedding_count++] = embedding;
  return {};
}

Result<Geometry> read_geometry(const PrepareContext& context) {
  const Shape words = context.input_shape(words_input);
  Geometry g{.batch = static_cast<size_t>(words[0]),
             .columns = static_cast<size_t>(words[1]),
             .width = static_cast<size_t>(context.input_shape(first_table)[1]),
             .dtype = context.dtype(first_table)};
  WEDGE_TRY(add_embedding(context, first_table, words_input, g));
  WEDGE_TRY(add_embedding(context, first_table + 1, positions_input, g));
  if (context.has_input(segments_input) != context.has_input(first_table + 2)) {
    return fail(ErrorCode::invalid_model, "segments and their embeddings come together");
  }
  if (context.has_input(segments_input)) WEDGE_TRY(add_embedding(context, first_table + 2, segments_input, g));
  for (const size_t input : {scale_input, shift_input}) {
    if (context.input_shape(input) == Shape{static_cast<int64_t>(g.width)}) continue;
    return fail(ErrorCode::invalid_model, "input ", input, " has shape ", context.input_shape(input), ", expected [",
                g.width, "]");
  }
  if (context.has_input(mask_input) && context.input_shape(mask_input) != words) {
    return fail(ErrorCode::invalid_model, "a mask of shape ", context.input_shape(mask_input), " for ", words);
  }
  return g;
}

Result<> expect_indices(const RunContext& run, const Geometry& g) {
  for (const Embedding& embedding : g.used()) {
    for (size_t token = 0; token < g.tokens(); ++token) {
      const int64_t index = embedding.index(run, token);
      if (index >= 0 && static_cast<uint64_t>(index) < embedding.rows) continue;
      return fail(ErrorCode::out_of_range, "index ", index, " is outside ", embedding.rows, " embeddings");
    }
  }
  return {};
}

// `row` has room for one embedding.
void add_embeddings(const RunContext& run, const Geometry& g, size_t token, float* row, float* sum) {
  std::fill_n(sum, g.width, 0.0F);
  for (const Embedding& embedding : g.used()) {
    const auto index = static_cast<size_t>(embedding.index(run, token));
    read_floats(g.dtype, run.input(embedding.table).data, index * g.width, g.width, row);
    for (size_t i = 0; i < g.width; ++i) sum[i] += row[i];
  }
}

// The mask's ones in each batch element; none without a mask.
void count_mask(RunContext& run, const Geometry& g) {
  const auto counts = run.output<int32_t>(mask_output);
  std::ranges::fill(counts, 0);
  if (!run.has_input(mask_input)) return;
  const auto mask = run.input<int32_t>(mask_input);
  for (size_t i = 0; i < mask.size(); ++i) counts[i / g.columns] += mask[i] == 1 ? 1 : 0;
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Geometry g, read_geometry(context));
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("epsilon", 1e-12F));
  const size_t count = g.tokens() * g.width;
  const ComputedOperand<float> output(context, g.dtype, count);
  const ComputedOperand<float> scale(context, g.dtype, g.width);
  const ComputedOperand<float> shift(context, g.dtype, g.width);
  const Scratch sums = context.scratch(count, sizeof(float));
  const Scratch rows = context.scratch_per_worker(g.width, sizeof(float));
  return [=](RunContext& run) -> Result<> {
    WEDGE_TRY(expect_indices(run, g));
    if (run.has_output(mask_output)) count_mask(run, g);
    if (count == 0) return {};
    auto* sum = run.scratch<float>(sums);
    run.workers().run(g.tokens(), 16, [&](size_t begin, size_t end, unsigned worker) {
      auto* row = run.scratch<float>(rows, worker);
      for (size_t token = begin; token < end; ++token) add_embeddings(run, g, token, row, sum + token * g.width);
    });
    if (run.has_output(sum_output)) write_floats(g.dtype, sum, 0, count, run.output(sum_output).data);
    const kernels::RowNormalization rows{.rows = g.tokens(),
                                         .columns = g.width,
                                         .epsilon = epsilon,
                                         .scale = scale.read(run, run.input(scale_input).data),
                                         .bias = shift.read(run, run.input(shift_input).data)};
    kernels::layer_norm_f32(rows, sum, output.target(run, run.output(0).data), run.workers());
    output.write(run, run.output(0).data);
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(microsoft, EmbedLayerNormalization) = {
    .infer = infer, .prepare = prepare, .max_inputs = 9, .max_outputs = 3};

}  // namespace wedge
