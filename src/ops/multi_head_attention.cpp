// MultiHeadAttention of com.microsoft: queries, keys and values apart or packed together, a bias added to them, and
// keys and values of earlier calls.
#include "ops/biased_operand.h"
#include "ops/masked_attention.h"

namespace wedge {
namespace {

constexpr size_t query_input = 0;
constexpr size_t key_input = 1;
constexpr size_t value_input = 2;
constexpr size_t bias_input = 3;
constexpr MaskedAttention::Roles roles = {
    .mask = 4, .bias = 5, .past_key = 6, .past_value = 7, .present_key = 1, .present_value = 2, .scores = 3};
constexpr size_t past_length_input = 8;
constexpr size_t cache_indirection_input = 9;

/// One of queries, keys and values: where it lies and how it is laid out.
struct Part {
  size_t input = 0;
  size_t index = 0;  ///< among those packed into the input
  size_t packed = 1;
  bool by_head = false;
  Dim batch, rows, columns;
};

struct Parts {
  int64_t heads = 1;
  Part query, key, value;
  Dim past;
};

// An operand of rank 3: batch, rows, heads * columns; of rank 4: batch, heads, rows, columns; of rank 5: batch, rows,
// heads, parts packed, columns.
Result<Part> read_part(const NodeView& node, size_t input, size_t index, size_t packed, int64_t heads) {
  Part part{.input = input, .index = index, .packed = packed};
  const SymbolicShape& shape = node.shape(input);
  if (!shape.has_rank()) return part;
  if (shape.rank() != (packed > 1 ? 5 : 3) && !(shape.rank() == 4 && input != query_input)) {
    return fail(ErrorCode::invalid_model, "input ", input, " of shape ", shape, " does not hold ", packed, " operands");
  }
  part.batch = shape[0];
  part.by_head = shape.rank() == 4;
  part.rows = shape[part.by_head ? 2 : 1];
  if (shape.rank() == 3) {
    WEDGE_ASSIGN(part.columns, columns_of_heads(shape[2], heads));
    return part;
  }
  part.columns = shape[shape.rank() - 1];
  const Dim own_heads = shape[part.by_head ? 1 : 2];
  if (conflict(own_heads, heads) || part.columns.is(0) ||
      (packed > 1 && conflict(shape[3], static_cast<int64_t>(packed)))) {
    return fail(ErrorCode::invalid_model, "input ", input, " of shape ", shape, " does not hold ", packed, " times ",
                heads, " heads");
  }
  return part;
}

Result<Dim> past_rows(const NodeView& node, size_t input, const Part& part, int64_t heads) {
  if (!node.has_input(input)) return Dim(0);
  WEDGE_TRY(node.expect_rank(input, 4, 4));
  WEDGE_TRY(node.expect_same_dtype(query_input, input));
  const SymbolicShape& past = node.shape(input);
  if (!past.has_rank()) return Dim();
  WEDGE_TRY(expect_same(past[0], part.batch, "batches of past and new keys and values"));
  WEDGE_TRY(expect_same(past[1], heads, "heads of past and new keys and values"));
  WEDGE_TRY(expect_same(past[3], part.columns, "columns of past and new keys and values"));
  return past[2];
}

Result<> expect_types(const NodeView& node) {
  WEDGE_TRY(node.expect_dtype(query_input, {DType::f32, DType::f16, DType::bf16}));
  for (const size_t input : {key_input, value_input, bias_input, roles.bias}) {
    WEDGE_TRY(node.expect_same_dtype(query_input, input));
  }
  WEDGE_TRY(node.expect_dtype(roles.mask, {DType::i32}));
  WEDGE_TRY(node.expect_rank(roles.mask, 1, 4));
  WEDGE_TRY(node.expect_rank(bias_input, 1, 1));
  WEDGE_TRY(node.expect_rank(roles.bias, 4, 4));
  if (node.has_input(past_length_input) || node.has_input(cache_indirection_input)) {
    return fail(ErrorCode::unsupported, "past and present that share a buffer");
  }
  return {};
}

Result<Parts> read_parts(const NodeView& node) {
  WEDGE_TRY(expect_types(node));
  Parts parts;
  WEDGE_ASSIGN(parts.heads, expect_heads(node.attributes().required_integer("num_heads")));
  const bool has_key = node.has_input(key_input);
  const bool has_value = node.has_input(value_input);
  if (has_value && !has_key) return fail(ErrorCode::invalid_model, "there are values but no keys");
  // How many operands lie in the queries' input, and in the keys'.
  const size_t packed = has_key ? 1 : 3;
  const size_t packed_keys = has_value ? 1 : 2;
  const auto read = [&](size_t input, size_t index, size_t count) {
    return read_part(node, input, index, count, parts.heads);
  };
  WEDGE_ASSIGN(parts.query, read(query_input, 0, packed));
  if (has_key) {
    WEDGE_ASSIGN(parts.key, read(key_input, 0, packed_keys));
    WEDGE_ASSIGN(parts.value, read(has_value ? value_input : key_input, packed_keys - 1, packed_keys));
  } else {
    WEDGE_ASSIGN(parts.key, read(query_input, 1, packed));
    WEDGE_ASSIGN(parts.value, read(query_input, 2, packed));
  }
  WEDGE_TRY(expect_same(parts.query.batch, parts.key.batch, "batches of queries and keys"));
  WEDGE_TRY(expect_same(parts.key.batch, parts.value.batch, "batches of keys and values"));
  WEDGE_TRY(expect_same(parts.key.rows, parts.value.rows, "rows of keys and values"));
  WEDGE_TRY(expect_same(parts.query.columns, parts.key.columns, "columns of queries and keys"));
  if (node.has_input(bias_input) && has_key && (!has_value || parts.key.by_head || parts.value.by_head)) {
    return fail(ErrorCode::unsupported, "a bias for keys that are packed or by head");
  }
  if (node.has_input(roles.past_key) != node.has_input(roles.past_value)) {
    return fail(ErrorCode::invalid_model, "past keys and past values come together");
  }
  WEDGE_ASSIGN(parts.past, past_rows(node, roles.past_key, parts.key, parts.heads));
  WEDGE_ASSIGN(const Dim past_values, past_rows(node, roles.past_value, parts.value, parts.heads));
  WEDGE_TRY(expect_same(parts.past, past_values, "rows of past keys and values"));
  return parts;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  const DType dtype = context.dtype(query_input);
  const Dim total = parts.past + parts.key.rows;
  const Part& query = parts.query;
  context.set_output(0, dtype, {query.batch, query.rows, parts.value.columns * parts.heads});
  context.set_output(roles.present_key, dtype, {query.batch, parts.heads, total, parts.key.columns});
  context.set_output(roles.present_value, dtype, {query.batch, parts.heads, total, parts.value.columns});
  context.set_output(roles.scores, dtype, {query.batch, parts.heads, query.rows, total});
  return {};
}

BiasedOperand prepare_part(PrepareContext& context, const Part& part, int64_t heads, size_t bias_start) {
  BiasedOperand::Place place{.input = part.input,
                             .batch = size_of(part.batch),
                             .heads = static_cast<size_t>(heads),
                             .rows = size_of(part.rows),
                             .columns = size_of(part.columns)};
  place.start = part.index * place.columns;
  place.layout = part.by_head ? HeadLayout::by_head(place.heads, place.rows, place.columns)
                              : HeadLayout::by_row(place.heads, place.rows, place.columns * part.packed);
  return {context, place, bias_input, bias_start};
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  const DType dtype = context.dtype(query_input);
  const auto width = [&](const Part& part) { return size_of(part.columns) * static_cast<size_t>(parts.heads); };
  const BiasedOperand query = prepare_part(context, parts.query, parts.heads, 0);
  const BiasedOperand key = prepare_part(context, parts.key, parts.heads, width(parts.query));
  const BiasedOperand value = prepare_part(context, parts.value, parts.heads, width(parts.query) + width(parts.key));
  const size_t bias_count = width(parts.query) + width(parts.key) + width(parts.value);
  const bool biased = context.has_input(bias_input);
  if (biased && context.input_shape(bias_input) != Shape{static_cast<int64_t>(bias_count)}) {
    return fail(ErrorCode::invalid_model, "a bias of shape ", context.input_shape(bias_input), ", expected [",
                bias_count, "]");
  }
  const auto& [input, start, layout, batch, heads, rows, columns] = query.place();
  const AttentionGeometry geometry{.batch = batch,
                                   .heads = heads,
                                   .kv_heads = heads,
                                   .rows = rows,
                                   .columns = size_of(parts.past) + key.place().rows,
                                   .key_size = columns,
                                   .value_size = value.place().columns,
                                   .query = query.layout(),
                                   .key = key.layout(),
                                   .value = value.layout(),
                                   .output = HeadLayout::by_row(heads, rows, value.place().columns)};
  const ComputedOperand<float> bias(context, dtype, biased ? bias_count : 0);
  const MaskedAttention::Counts counts{.query = query.count(), .key = key.count(), .value = value.count()};
  WEDGE_ASSIGN(const MaskedAttention attention,
               MaskedAttention::prepare(context, dtype, geometry, size_of(parts.past), counts, roles));
  return [=](RunContext& run) -> Result<> {
    const float* biases = biased ? bias.read(run, run.input(bias_input).data) : nullptr;
    attention.run(run, query.read(run, biases), key.read(run, biases), value.read(run, biases));
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(microsoft, MultiHeadAttention) = {
    .infer = infer, .prepare = prepare, .min_inputs = 1, .max_inputs = 10, .max_outputs = 4};

}  // namespace wedge
