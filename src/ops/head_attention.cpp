// HeadAttention, which passes make of attention that is written out: softmax(scale * Q K^T, then `fill` where the flags
// are false, then + mask) V over operands of four dimensions. What is batch, heads, rows, columns lies in the order
// batch, rows, heads, columns where an attribute says so, so that nothing need be transposed. Dimensions of 1 repeat.
#include "ops/attention_scores.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

constexpr size_t query_input = 0;
constexpr size_t key_input = 1;
constexpr size_t value_input = 2;
constexpr size_t flags_input = 3;
constexpr size_t mask_input = 4;

struct Parts {
  SymbolicShape query, key, value;  ///< batch, heads, rows, columns
  SymbolicShape scores;
  bool query_by_row = false, key_by_row = false, value_by_row = false, output_by_row = false;
};

// From one order to the other and back.
SymbolicShape exchanged(const SymbolicShape& shape, bool by_row) {
  return by_row ? SymbolicShape{shape[0], shape[2], shape[1], shape[3]} : shape;
}

Result<> read_shape(const NodeView& node, size_t input, std::string_view attribute, SymbolicShape& shape,
                    bool& by_row) {
  WEDGE_TRY(node.expect_dtype(input, {DType::f32}));
  WEDGE_TRY(node.expect_rank(input, 4, 4));
  WEDGE_ASSIGN(by_row, node.attributes().flag(attribute, false));
  shape = node.shape(input).has_rank() ? exchanged(node.shape(input), by_row) : SymbolicShape::of_rank(4);
  return {};
}

// Dimensions that repeat or are the same.
Result<SymbolicShape> product_scores(const SymbolicShape& query, const SymbolicShape& key) {
  return broadcast_shapes({query[0], query[1], query[2], key[2]}, {key[0], key[1], 1, key[2]});
}

Result<Parts> read_parts(const NodeView& node) {
  Parts parts;
  WEDGE_TRY(read_shape(node, query_input, "query_by_row", parts.query, parts.query_by_row));
  WEDGE_TRY(read_shape(node, key_input, "key_by_row", parts.key, parts.key_by_row));
  WEDGE_TRY(read_shape(node, value_input, "value_by_row", parts.value, parts.value_by_row));
  WEDGE_ASSIGN(parts.output_by_row, node.attributes().flag("output_by_row", false));
  WEDGE_TRY(expect_same(parts.query[3], parts.key[3], "columns of queries and keys"));
  WEDGE_TRY(node.expect_dtype(flags_input, {DType::boolean}));
  WEDGE_TRY(node.expect_dtype(mask_input, {DType::f32}));
  WEDGE_ASSIGN(parts.scores, product_scores(parts.query, parts.key));
  for (const size_t input : {flags_input, mask_input}) {
    if (!node.has_input(input) || !node.shape(input).has_rank()) continue;
    WEDGE_TRY(node.expect_rank(input, 0, 4));
    WEDGE_ASSIGN(parts.scores, broadcast_shapes(parts.scores, node.shape(input)));
  }
  WEDGE_TRY(expect_same(parts.scores[3], parts.value[2], "rows of keys and values"));
  WEDGE_ASSIGN(const SymbolicShape batch,
               broadcast_shapes({parts.scores[0], parts.scores[1]}, {parts.value[0], parts.value[1]}));
  parts.scores[0] = batch[0];
  parts.scores[1] = batch[1];
  return parts;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  const SymbolicShape shape = {parts.scores[0], parts.scores[1], parts.scores[2], parts.value[3]};
  context.set_output(0, DType::f32, exchanged(shape, parts.output_by_row));
  return {};
}

HeadLayout layout_of(const SymbolicShape& shape, bool by_row) {
  const size_t heads = size_of(shape[1]);
  const size_t rows = size_of(shape[2]);
  const size_t columns = size_of(shape[3]);
  HeadLayout layout = by_row ? HeadLayout::by_row(heads, rows, columns) : HeadLayout::by_head(heads, rows, columns);
  if (shape[0].is(1)) layout.batch = 0;
  if (heads == 1) layout.head = 0;
  if (rows == 1) layout.row = 0;
  return layout;
}

Result<ScoreMask> read_mask(const PrepareContext& context, size_t input, const AttentionGeometry& g) {
  return context.has_input(input) ? ScoreMask::from(context.input_shape(input), g) : ScoreMask();
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  AttentionGeometry g{.batch = size_of(parts.scores[0]),
                      .heads = size_of(parts.scores[1]),
                      .kv_heads = size_of(parts.scores[1]),
                      .rows = size_of(parts.scores[2]),
                      .columns = size_of(parts.scores[3]),
                      .key_size = size_of(parts.query[3]),
                      .value_size = size_of(parts.value[3]),
                      .query = layout_of(parts.query, parts.query_by_row),
                      .key = layout_of(parts.key, parts.key_by_row),
                      .value = layout_of(parts.value, parts.value_by_row)};
  WEDGE_ASSIGN(g.scale, context.attributes().number("scale", 1));
  WEDGE_ASSIGN(const float fill, context.attributes().number("fill", 0));
  g.output = parts.output_by_row ? HeadLayout::by_row(g.heads, g.rows, g.value_size)
                                 : HeadLayout::by_head(g.heads, g.rows, g.value_size);
  WEDGE_ASSIGN(const ScoreMask flags, read_mask(context, flags_input, g));
  WEDGE_ASSIGN(const ScoreMask mask, read_mask(context, mask_input, g));
  const AttentionSteps<float> steps(context, g);
  context.name_kernel("attention_f32");
  return [=](RunContext& run) -> Result<> {
    const AttentionOperands<float> operands{.query = run.input<float>(query_input).data(),
                                            .key = run.input<float>(key_input).data(),
                                            .value = run.input<float>(value_input).data(),
                                            .output = run.output<float>(0).data()};
    const bool* seen = run.has_input(flags_input) ? run.input<bool>(flags_input).data() : nullptr;
    const float* added = run.has_input(mask_input) ? run.input<float>(mask_input).data() : nullptr;
    steps.attend(run, operands, [&](const AttentionBlock& block, float* scores) {
      if (seen != nullptr) apply_flags(block, flags, seen, scores, fill);
      if (added != nullptr) add_mask(block, mask, added, scores);
    });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(wedge, HeadAttention) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 5};

}  // namespace wedge
