// DecoderMaskedMultiHeadAttention of com.microsoft: one new row of each sequence, whose keys and values take the next
// place in a cache. In a beam search each earlier row may have come from another beam.
#include <cstring>

#include "ops/biased_operand.h"
#include "ops/masked_attention.h"

namespace wedge {
namespace {

constexpr size_t query_input = 0;
constexpr size_t key_input = 1;
constexpr size_t value_input = 2;
constexpr size_t past_key_input = 5;
constexpr size_t past_value_input = 6;
constexpr size_t length_input = 7;
constexpr size_t beam_input = 8;
constexpr size_t source_input = 9;
constexpr size_t bias_input = 10;
constexpr size_t present_key_output = 1;
constexpr size_t present_value_output = 2;
constexpr MaskedAttention::Roles roles = {.mask = 3, .bias = 4, .scores = 3};

struct Parts {
  int64_t heads = 1;
  bool crosses = false;  ///< keys and values are all there, by head
  bool packed = false;   ///< keys and values follow the query
  Dim batch, head_size;
  Dim capacity;  ///< rows of the cache
  Dim past;      ///< those in use
  Dim total;     ///< keys
};

Result<> expect_types(const NodeView& node) {
  WEDGE_TRY(node.expect_dtype(query_input, {DType::f32, DType::f16, DType::bf16}));
  for (const size_t input : {key_input, value_input, past_key_input, past_value_input, bias_input, roles.bias}) {
    WEDGE_TRY(node.expect_same_dtype(query_input, input));
  }
  for (const size_t input : {length_input, beam_input, source_input, roles.mask}) {
    WEDGE_TRY(node.expect_dtype(input, {DType::i32}));
  }
  WEDGE_TRY(node.expect_rank(query_input, 3, 3));
  WEDGE_TRY(node.expect_rank(roles.mask, 2, 2));
  WEDGE_TRY(node.expect_rank(bias_input, 1, 1));
  WEDGE_TRY(node.expect_rank(source_input, 3, 3));
  for (const size_t input : {past_key_input, past_value_input, roles.bias}) WEDGE_TRY(node.expect_rank(input, 4, 4));
  if (node.has_input(key_input) == node.has_input(value_input)) return {};
  return fail(ErrorCode::invalid_model, "keys and values come together");
}

// Keys or values by head: of another sequence, or of the cache.
Result<Dim> read_rows(const NodeView& node, size_t input, const Parts& parts) {
  WEDGE_TRY(node.expect_rank(input, 4, 4));
  const SymbolicShape& shape = node.shape(input);
  if (!shape.has_rank()) return Dim();
  WEDGE_TRY(expect_same(shape[0], parts.batch, "batches of queries, keys and values"));
  WEDGE_TRY(expect_same(shape[1], parts.heads, "heads of queries, keys and values"));
  WEDGE_TRY(expect_same(shape[3], parts.head_size, "columns of queries, keys and values"));
  return shape[2];
}

Result<> read_cross(const NodeView& node, Parts& parts) {
  if (node.has_input(past_key_input) || node.has_output(present_key_output) || node.has_input(source_input)) {
    return fail(ErrorCode::invalid_model, "keys and values by head are not kept");
  }
  WEDGE_ASSIGN(parts.total, read_rows(node, key_input, parts));
  WEDGE_ASSIGN(const Dim values, read_rows(node, value_input, parts));
  return expect_same(parts.total, values, "rows of keys and values");
}

Result<> read_cache(const NodeView& node, Parts& parts) {
  WEDGE_TRY(node.expect_present({past_key_input, past_value_input, length_input}));
  WEDGE_ASSIGN(const bool shares, node.attributes().flag("past_present_share_buffer", false));
  if (!shares) return fail(ErrorCode::unsupported, "past and present that do not share a buffer");
  for (const size_t input : {key_input, value_input}) {
    if (!node.has_input(input) || !node.shape(input).has_rank()) continue;
    const SymbolicShape& shape = node.shape(input);
    WEDGE_TRY(expect_same(shape[0], parts.batch, "batches of queries, keys and values"));
    WEDGE_TRY(expect_same(shape[1], 1, "new rows and one"));
    WEDGE_TRY(expect_same(shape[2], parts.head_size * parts.heads, "columns of queries, keys and values"));
  }
  WEDGE_ASSIGN(parts.capacity, read_rows(node, past_key_input, parts));
  WEDGE_ASSIGN(const Dim values, read_rows(node, past_value_input, parts));
  WEDGE_TRY(expect_same(parts.capacity, values, "rows of past keys and values"));
  WEDGE_ASSIGN(const auto length, node.integers(length_input));
  if (!length) return {};
  if (length->size() != 1 || length->front() < 0 ||
      (parts.capacity.is_known() && length->front() >= parts.capacity.value())) {
    return fail(ErrorCode::invalid_model, "past_sequence_length must be one number, less than the rows of the cache");
  }
  parts.past = length->front();
  parts.total = parts.past + 1;
  return {};
}

Result<Parts> read_parts(const NodeView& node) {
  WEDGE_TRY(expect_types(node));
  Parts parts;
  WEDGE_ASSIGN(parts.heads, expect_heads(node.attributes().required_integer("num_heads")));
  parts.packed = !node.has_input(key_input);
  parts.crosses = !parts.packed && node.shape(key_input).has_rank() && node.shape(key_input).rank() == 4;
  const SymbolicShape& query = node.shape(query_input);
  if (query.has_rank()) {
    parts.batch = query[0];
    WEDGE_TRY(expect_same(query[1], 1, "new rows and one"));
    WEDGE_ASSIGN(parts.head_size, columns_of_heads(query[2], saturating_mul(parts.heads, parts.packed ? 3 : 1)));
  }
  if (parts.crosses) {
    WEDGE_TRY(read_cross(node, parts));
  } else if (parts.packed || node.shape(key_input).has_rank()) {
    WEDGE_TRY(node.expect_rank(key_input, 3, 3));
    WEDGE_TRY(node.expect_rank(value_input, 3, 3));
    WEDGE_TRY(read_cache(node, parts));
  }
  return parts;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  const DType dtype = context.dtype(query_input);
  context.set_output(0, dtype, {parts.batch, 1, parts.head_size * parts.heads});
  for (const size_t output : {present_key_output, present_value_output}) {
    context.set_output(output, dtype, {parts.batch, parts.heads, parts.capacity, parts.head_size});
  }
  context.set_output(roles.scores, dtype, {parts.batch, parts.heads, 1, parts.total});
  return {};
}

/// A cache of keys or values that the new row is added to.
struct Cache {
  size_t batch = 0, heads = 0, capacity = 0, past = 0;
  size_t row_bytes = 0;
  size_t beams = 0;  ///< 0 where rows stay with their sequence
  size_t source_rows = 0;
  size_t past_input = 0;
  size_t output = 0;
  bool has_output = false;
  Scratch present;
  Scratch gathered;

  [[nodiscard]] size_t total() const { return past + 1; }
  /// Rows of a head as attention reads them.
  [[nodiscard]] size_t stride() const { return beams == 0 ? capacity : total(); }

  const std::byte* add(RunContext& run, const std::byte* added) const {
    const std::byte* before = run.input(past_input).data;
    std::byte* after = has_output ? run.output(output).data : run.scratch(present);
    const int32_t* sources = beams == 0 ? nullptr : run.input<int32_t>(source_input).data();
    run.workers().run(batch * heads, 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        std::byte* to = after + i * capacity * row_bytes;
        std::memcpy(to, before + i * capacity * row_bytes, capacity * row_bytes);
        std::memcpy(to + past * row_bytes, added + i * row_bytes, row_bytes);
        if (sources != nullptr) gather(run, i, before, added, sources);
      }
    });
    return beams == 0 ? after : run.scratch(gathered);
  }

 private:
  // The rows that a head's sequence is made of.
  void gather(const RunContext& run, size_t i, const std::byte* before, const std::byte* added,
              const int32_t* sources) const {
    const size_t sequence = i / heads;
    std::byte* to = run.scratch(gathered) + i * total() * row_bytes;
    for (size_t row = 0; row < past; ++row, to += row_bytes) {
      const auto beam = static_cast<size_t>(sources[sequence * source_rows + row]);
      const size_t from = (sequence / beams * beams + beam) * heads + i % heads;
      std::memcpy(to, before + (from * capacity + row) * row_bytes, row_bytes);
    }
    std::memcpy(to, added + i * row_bytes, row_bytes);
  }
};

Result<> read_beams(const PrepareContext& context, const Parts& parts, Cache& cache) {
  if (!context.has_input(source_input)) return {};
  const Shape sources = context.input_shape(source_input);
  if (sources[1] == 0 || saturating_mul(sources[0], sources[1]) != parts.batch.value() ||
      sources[2] < parts.past.value()) {
    return fail(ErrorCode::invalid_model, "cache_indirection has shape ", sources, " for a batch of ",
                parts.batch.value());
  }
  cache.beams = static_cast<size_t>(sources[1]);
  cache.source_rows = static_cast<size_t>(sources[2]);
  return {};
}

Result<> expect_sources(const RunContext& run, const Cache& cache) {
  if (run.has_input(beam_input)) {
    for (const int32_t width : run.input<int32_t>(beam_input)) {
      if (width == static_cast<int32_t>(cache.beams) || (width <= 1 && cache.beams == 0)) continue;
      return fail(ErrorCode::invalid_argument, "beam_width is ", width, " for ", cache.beams, " beams");
    }
  }
  if (cache.beams == 0) return {};
  const auto sources = run.input<int32_t>(source_input);
  for (size_t i = 0; i < cache.batch * cache.past; ++i) {
    const int32_t source = sources[i / cache.past * cache.source_rows + i % cache.past];
    if (source >= 0 && static_cast<size_t>(source) < cache.beams) continue;
    return fail(ErrorCode::out_of_range, "cache_indirection names beam ", source, " of ", cache.beams);
  }
  return {};
}

Cache prepare_cache(PrepareContext& context, const Cache& common, size_t past_input, size_t output) {
  Cache cache = common;
  cache.past_input = past_input;
  cache.output = output;
  cache.has_output = context.has_output(output);
  const size_t rows = cache.batch * cache.heads;
  if (!cache.has_output) cache.present = context.scratch(rows, cache.capacity, cache.row_bytes);
  if (cache.beams > 0) cache.gathered = context.scratch(rows, cache.total(), cache.row_bytes);
  return cache;
}

Result<> expect_bias(const PrepareContext& context, const Parts& parts) {
  if (!context.has_input(bias_input)) return {};
  if (parts.crosses) return fail(ErrorCode::unsupported, "a bias for keys by head");
  const Shape wanted = {saturating_mul(3, parts.head_size.value() * parts.heads)};
  if (context.input_shape(bias_input) == wanted) return {};
  return fail(ErrorCode::invalid_model, "a bias of shape ", context.input_shape(bias_input), ", expected ", wanted);
}

// The operand of one row in each sequence, first, second or third of those that may be packed.
BiasedOperand prepare_row(PrepareContext& context, const Parts& parts, size_t index) {
  const size_t width = size_of(parts.head_size) * static_cast<size_t>(parts.heads);
  const size_t row = parts.packed ? 3 * width : width;
  return {context,
          {.input = parts.packed ? query_input : index,
           .start = parts.packed ? index * width : 0,
           .layout = {.batch = row, .head = size_of(parts.head_size), .row = row},
           .batch = size_of(parts.batch),
           .heads = static_cast<size_t>(parts.heads),
           .rows = 1,
           .columns = size_of(parts.head_size)},
          bias_input,
          index * width};
}

AttentionGeometry geometry_of(const Parts& parts) {
  const auto heads = static_cast<size_t>(parts.heads);
  const size_t size = size_of(parts.head_size);
  return {.batch = size_of(parts.batch),
          .heads = heads,
          .kv_heads = heads,
          .rows = 1,
          .columns = size_of(parts.total),
          .key_size = size,
          .value_size = size,
          .query = HeadLayout::by_row(heads, 1, size),
          .key = HeadLayout::by_head(heads, size_of(parts.total), size),
          .value = HeadLayout::by_head(heads, size_of(parts.total), size),
          .output = HeadLayout::by_row(heads, 1, size)};
}

Result<Kernel> prepare_cross(PrepareContext& context, const Parts& parts) {
  const auto count = [&](size_t input) { return static_cast<size_t>(context.input_shape(input).numel()); };
  WEDGE_ASSIGN(const MaskedAttention attention,
               MaskedAttention::prepare(context, context.dtype(query_input), geometry_of(parts), 0,
                                        {count(query_input), count(key_input), count(value_input)}, roles));
  return [=](RunContext& run) -> Result<> {
    attention.run(run, run.input(query_input).data, run.input(key_input).data, run.input(value_input).data);
    return {};
  };
}

// New rows as the cache takes them: one after the other.
struct NewRows {
  BiasedOperand operand;
  size_t row_bytes = 0;
  bool packed = false;
  Scratch rows;

  const std::byte* read(RunContext& run, const float* bias) const {
    const std::byte* from = operand.read(run, bias);
    if (!packed) return from;
    const auto& place = operand.place();
    const size_t width = place.heads * row_bytes;
    for (size_t i = 0; i < place.batch; ++i) {
      std::memcpy(run.scratch(rows) + i * width, from + operand.layout().batch * (row_bytes / place.columns) * i,
                  width);
    }
    return run.scratch(rows);
  }
};

NewRows prepare_new(PrepareContext& context, const Parts& parts, size_t index) {
  const BiasedOperand operand = prepare_row(context, parts, index);
  const auto& place = operand.place();
  NewRows rows{
      .operand = operand, .row_bytes = place.columns * byte_width(context.dtype(query_input)), .packed = parts.packed};
  if (rows.packed) rows.rows = context.scratch(place.batch, place.heads, rows.row_bytes);
  return rows;
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  WEDGE_TRY(expect_bias(context, parts));
  if (parts.crosses) return prepare_cross(context, parts);
  const DType dtype = context.dtype(query_input);
  Cache common{.batch = size_of(parts.batch),
               .heads = static_cast<size_t>(parts.heads),
               .capacity = size_of(parts.capacity),
               .past = size_of(parts.past),
               .row_bytes = size_of(parts.head_size) * byte_width(dtype)};
  WEDGE_TRY(read_beams(context, parts, common));
  const BiasedOperand query = prepare_row(context, parts, query_input);
  const NewRows key = prepare_new(context, parts, key_input);
  const NewRows value = prepare_new(context, parts, value_input);
  const Cache keys = prepare_cache(context, common, past_key_input, present_key_output);
  const Cache values = prepare_cache(context, common, past_value_input, present_value_output);
  AttentionGeometry geometry = geometry_of(parts);
  geometry.query = query.layout();
  geometry.key = geometry.value = HeadLayout::by_head(common.heads, common.stride(), geometry.key_size);
  const size_t count = common.batch * common.heads * common.stride() * geometry.key_size;
  const bool biased = context.has_input(bias_input);
  const ComputedOperand<float> bias(context, dtype, biased ? 3 * common.heads * geometry.key_size : 0);
  WEDGE_ASSIGN(const MaskedAttention attention,
               MaskedAttention::prepare(context, dtype, geometry, 0, {query.count(), count, count}, roles));
  return [=](RunContext& run) -> Result<> {
    WEDGE_TRY(expect_sources(run, common));
    const float* biases = biased ? bias.read(run, run.input(bias_input).data) : nullptr;
    const std::byte* all_keys = keys.add(run, key.read(run, biases));
    const std::byte* all_values = values.add(run, value.read(run, biases));
    attention.run(run, query.read(run, biases), all_keys, all_values);
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(microsoft, DecoderMaskedMultiHeadAttention) = {
    .infer = infer, .prepare = prepare, .min_inputs = 1, .max_inputs = 11, .max_outputs = 4};

}  // namespace wedge
