// Attention: scaled dot-product attention with masks, soft cap, and keys and values of earlier calls.
#include "ops/attention_scores.h"
#include "ops/key_value_cache.h"

namespace wedge {
namespace {

constexpr size_t query_input = 0;
constexpr size_t key_input = 1;
constexpr size_t value_input = 2;
constexpr size_t mask_input = 3;
constexpr size_t past_key_input = 4;
constexpr size_t past_value_input = 5;
constexpr size_t valid_input = 6;
constexpr size_t scores_output = 3;

/// What output 3 shows of the scores.
enum class Shown : uint8_t { product, capped, masked, probabilities };

struct Operand {
  Dim batch, heads, rows, columns;
};

// An operand of rank 4 is batch, heads, rows, columns; one of rank 3 is batch, rows, heads * columns.
Result<Operand> read_operand(const NodeView& node, size_t input, std::string_view heads_attribute) {
  const SymbolicShape& shape = node.shape(input);
  if (!shape.has_rank()) return Operand{};
  if (shape.rank() == 4) return Operand{.batch = shape[0], .heads = shape[1], .rows = shape[2], .columns = shape[3]};
  WEDGE_ASSIGN(const int64_t heads, node.attributes().required_integer(heads_attribute));
  if (heads <= 0) return fail(ErrorCode::invalid_model, "attribute '", heads_attribute, "' is ", heads);
  Operand operand{.batch = shape[0], .heads = heads, .rows = shape[1], .columns = {}};
  if (shape[2].is_known()) {
    if (shape[2].value() % heads != 0) {
      return fail(ErrorCode::invalid_model, "input ", input, " of shape ", shape, " is not divided by ", heads,
                  " heads");
    }
    operand.columns = shape[2].value() / heads;
  }
  return operand;
}

struct Operands {
  Operand query, key, value;
  Dim past;
};

Result<Dim> past_rows(const NodeView& node, size_t input, const Operand& operand) {
  if (!node.has_input(input)) return Dim(0);
  WEDGE_TRY(node.expect_rank(input, 4, 4));
  WEDGE_TRY(node.expect_same_dtype(input, input - past_key_input + key_input));
  const SymbolicShape& past = node.shape(input);
  if (!past.has_rank()) return Dim();
  WEDGE_TRY(expect_same(past[0], operand.batch, "batches of past and new keys and values"));
  WEDGE_TRY(expect_same(past[1], operand.heads, "heads of past and new keys and values"));
  WEDGE_TRY(expect_same(past[3], operand.columns, "columns of past and new keys and values"));
  return past[2];
}

Result<Operands> read_operands(const NodeView& node) {
  Operands all;
  for (const size_t input : {query_input, key_input, value_input}) {
    WEDGE_TRY(node.expect_dtype(input, {DType::f32, DType::f16, DType::bf16, DType::f64}));
    WEDGE_TRY(node.expect_rank(input, 3, 4));
    WEDGE_TRY(node.expect_same_dtype(query_input, input));
  }
  WEDGE_ASSIGN(all.query, read_operand(node, query_input, "q_num_heads"));
  WEDGE_ASSIGN(all.key, read_operand(node, key_input, "kv_num_heads"));
  WEDGE_ASSIGN(all.value, read_operand(node, value_input, "kv_num_heads"));
  WEDGE_TRY(expect_same(all.query.batch, all.key.batch, "batches of queries and keys"));
  WEDGE_TRY(expect_same(all.key.batch, all.value.batch, "batches of keys and values"));
  WEDGE_TRY(expect_same(all.key.heads, all.value.heads, "heads of keys and values"));
  WEDGE_TRY(expect_same(all.key.rows, all.value.rows, "rows of keys and values"));
  WEDGE_TRY(expect_same(all.query.columns, all.key.columns, "columns of queries and keys"));
  WEDGE_TRY(expect_shared_heads(all.query.heads, all.key.heads));
  if (node.has_input(past_key_input) != node.has_input(past_value_input)) {
    return fail(ErrorCode::invalid_model, "past keys and past values come together");
  }
  WEDGE_ASSIGN(all.past, past_rows(node, past_key_input, all.key));
  WEDGE_ASSIGN(const Dim past_values, past_rows(node, past_value_input, all.value));
  WEDGE_TRY(expect_same(all.past, past_values, "rows of past keys and values"));
  return all;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Operands all, read_operands(context));
  WEDGE_TRY(context.expect_dtype(valid_input, {DType::i64}));
  WEDGE_TRY(context.expect_rank(mask_input, 0, 4));
  const DType dtype = context.dtype(query_input);
  const Dim total = all.past + all.key.rows;
  const SymbolicShape& query = context.shape(query_input);
  SymbolicShape output;
  if (query.has_rank() && query.rank() == 4) {
    output = {all.query.batch, all.query.heads, all.query.rows, all.value.columns};
  } else if (query.has_rank()) {
    output = {all.query.batch, all.query.rows, all.query.heads * all.value.columns};
  }
  context.set_output(0, dtype, output);
  context.set_output(1, dtype, {all.key.batch, all.key.heads, total, all.key.columns});
  context.set_output(2, dtype, {all.value.batch, all.value.heads, total, all.value.columns});
  context.set_output(scores_output, dtype, {all.query.batch, all.query.heads, all.query.rows, total});
  return {};
}

HeadLayout layout_of(const PrepareContext& context, size_t input, size_t heads, size_t rows, size_t columns) {
  return context.input_shape(input).rank() == 4 ? HeadLayout::by_head(heads, rows, columns)
                                                : HeadLayout::by_row(heads, rows, columns);
}

Result<ScoreMask> read_mask(const PrepareContext& context, const AttentionGeometry& g) {
  if (!context.has_input(mask_input)) return ScoreMask{};
  if (context.dtype(mask_input) != DType::boolean && context.dtype(mask_input) != context.dtype(query_input)) {
    return fail(ErrorCode::invalid_model, "the mask has elements of type ", context.dtype(mask_input));
  }
  return ScoreMask::from(context.input_shape(mask_input), g);
}

/// What happens to the scores.
template <typename C>
struct Scores {
  AttentionGeometry geometry;
  ScoreMask mask;
  bool has_flags = false;
  bool has_values = false;
  ComputedOperand<C> mask_values;
  ComputedOperand<C> shown_values;
  Shown shown = Shown::product;
  bool shows = false;
  bool causal = false;
  size_t past = 0;
  float softcap = 0;

  // Hides what lies past the keys that are there and, in a causal attention, what comes after the query.
  void hide(const AttentionBlock& block, const int64_t* valid, C* scores) const {
    const auto columns = static_cast<int64_t>(geometry.columns);
    const int64_t there = valid == nullptr ? columns : std::clamp<int64_t>(valid[block.batch], 0, columns);
    const int64_t offset = valid == nullptr ? static_cast<int64_t>(past) : there - static_cast<int64_t>(geometry.rows);
    const auto seen = [&](size_t row) {
      const int64_t last = causal ? std::clamp<int64_t>(static_cast<int64_t>(row) + offset + 1, 0, there) : there;
      return SeenColumns{.last = static_cast<size_t>(last)};
    };
    hide_unseen<C>(block, seen, scores);
  }
};

template <typename C>
Result<Kernel> prepare_steps(PrepareContext& context, const Operands& all) {
  const auto& attributes = context.attributes();
  AttentionGeometry g{.batch = size_of(all.query.batch),
                      .heads = size_of(all.query.heads),
                      .kv_heads = size_of(all.key.heads),
                      .rows = size_of(all.query.rows),
                      .columns = size_of(all.past) + size_of(all.key.rows),
                      .key_size = size_of(all.key.columns),
                      .value_size = size_of(all.value.columns)};
  WEDGE_ASSIGN(g.scale, attributes.number("scale", usual_scale(g.key_size)));
  g.query = layout_of(context, query_input, g.heads, g.rows, g.key_size);
  g.output = layout_of(context, query_input, g.heads, g.rows, g.value_size);
  g.key = layout_of(context, key_input, g.kv_heads, size_of(all.key.rows), g.key_size);
  g.value = layout_of(context, value_input, g.kv_heads, size_of(all.key.rows), g.value_size);

  const DType dtype = context.dtype(query_input);
  KeyValueCache cache{.batch = g.batch,
                      .heads = g.kv_heads,
                      .past_capacity = size_of(all.past),
                      .new_rows = size_of(all.key.rows),
                      .capacity = g.columns,
                      .row_bytes = g.key_size * byte_width(dtype),
                      .from = g.key,
                      .element_bytes = byte_width(dtype)};
  const auto new_count = [&](size_t input) { return static_cast<size_t>(context.input_shape(input).numel()); };
  const CachedRows<C> keys(context, dtype, cache, {.past_input = past_key_input, .present_output = key_input},
                           new_count(key_input));
  cache.row_bytes = g.value_size * byte_width(dtype);
  cache.from = g.value;
  const CachedRows<C> values(context, dtype, cache, {.past_input = past_value_input, .present_output = value_input},
                             new_count(value_input));
  if (keys.joins()) g.key = HeadLayout::by_head(g.kv_heads, g.columns, g.key_size);
  if (values.joins()) g.value = HeadLayout::by_head(g.kv_heads, g.columns, g.value_size);

  Scores<C> scores{.geometry = g, .past = size_of(all.past)};
  WEDGE_ASSIGN(scores.mask, read_mask(context, g));
  scores.has_flags = context.has_input(mask_input) && context.dtype(mask_input) == DType::boolean;
  scores.has_values = context.has_input(mask_input) && !scores.has_flags;
  WEDGE_ASSIGN(scores.causal, attributes.flag("is_causal", false));
  WEDGE_ASSIGN(scores.softcap, attributes.number("softcap", 0));
  WEDGE_ASSIGN(const int64_t mode, attributes.integer("qk_matmul_output_mode", 0));
  if (mode < 0 || mode > 3) return fail(ErrorCode::invalid_model, "attribute 'qk_matmul_output_mode' is ", mode);
  scores.shown = static_cast<Shown>(mode);
  scores.shows = context.has_output(scores_output);
  if (scores.has_values) {
    scores.mask_values = {context, dtype, static_cast<size_t>(context.input_shape(mask_input).numel())};
  }
  if (scores.shows) scores.shown_values = {context, dtype, g.batch * g.heads * g.rows * g.columns};
  if (context.has_input(valid_input) && context.input_shape(valid_input) != Shape{all.query.batch.value()}) {
    return fail(ErrorCode::invalid_model, "nonpad_kv_seqlen has shape ", context.input_shape(valid_input),
                " for a batch of ", g.batch);
  }
  const ComputedOperand<C> query(context, dtype, g.batch * g.heads * g.rows * g.key_size);
  const ComputedOperand<C> output(context, dtype, g.batch * g.heads * g.rows * g.value_size);
  const AttentionSteps<C> steps(context, g);
  return [=](RunContext& run) -> Result<> {
    const AttentionOperands<C> operands{.query = query.read(run, run.input(query_input).data),
                                        .key = keys.read(run, run.input(key_input).data),
                                        .value = values.read(run, run.input(value_input).data),
                                        .output = output.target(run, run.output(0).data)};
    const bool* flags = scores.has_flags ? run.input<bool>(mask_input).data() : nullptr;
    const C* added = scores.has_values ? scores.mask_values.read(run, run.input(mask_input).data) : nullptr;
    const int64_t* valid = run.has_input(valid_input) ? run.input<int64_t>(valid_input).data() : nullptr;
    C* shown = scores.shows ? scores.shown_values.target(run, run.output(scores_output).data) : nullptr;
    const auto show = [&](Shown stage, const AttentionBlock& block, const C* made) {
      if (shown != nullptr && stage == scores.shown) show_scores(block, scores.geometry, made, shown);
    };
    const auto edit = [&](const AttentionBlock& block, C* made) {
      show(Shown::product, block, made);
      cap_scores<C>(scores.softcap, block.count(), made);
      show(Shown::capped, block, made);
      if (scores.has_flags) apply_flags(block, scores.mask, flags, made);
      if (scores.has_values) add_mask(block, scores.mask, added, made);
      if (scores.causal || valid != nullptr) scores.hide(block, valid, made);
      show(Shown::masked, block, made);
    };
    if (shown != nullptr) {
      steps.run(run, operands, edit,
                [&](const AttentionBlock& block, C* made) { show(Shown::probabilities, block, made); });
    } else {
      steps.attend(run, operands, edit);
    }
    output.write(run, run.output(0).data);
    if (shown != nullptr) scores.shown_values.write(run, run.output(scores_output).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Operands all, read_operands(context));
  if (all.query.heads.is(0) || all.key.heads.is(0)) return Kernel();
  return prepare_computed(context.dtype(query_input), [&]<typename C>() { return prepare_steps<C>(context, all); });
}

}  // namespace

WEDGE_OPERATOR(onnx, Attention) = {
    .infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 7, .max_outputs = 4, .since = 23};

}  // namespace wedge
