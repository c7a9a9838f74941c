// GroupQueryAttention of com.microsoft: causal attention whose heads of queries share heads of keys and values. These
// are kept in a cache, of which each batch element uses as many rows as it says.
#include "kernels/normalization.h"
#include "ops/attention_scores.h"
#include "ops/key_value_cache.h"
#include "ops/masked_attention.h"
#include "ops/rotation.h"

namespace wedge {
namespace {

constexpr size_t query_input = 0;
constexpr size_t key_input = 1;
constexpr size_t value_input = 2;
constexpr size_t past_key_input = 3;
constexpr size_t past_value_input = 4;
constexpr size_t lengths_input = 5;
constexpr size_t total_input = 6;
constexpr size_t cosines_input = 7;
constexpr size_t sines_input = 8;
constexpr size_t positions_input = 9;
constexpr size_t bias_input = 10;
constexpr size_t sink_input = 11;
constexpr size_t query_norm_input = 14;
constexpr size_t key_norm_input = 15;
constexpr size_t present_key_output = 1;
constexpr size_t present_value_output = 2;
constexpr size_t scores_output = 3;

/// What output 3 shows of the scores.
enum class Shown : uint8_t { nothing, scores, probabilities };

struct Parts {
  int64_t heads = 1;
  int64_t kv_heads = 1;
  bool packed = false;  ///< keys and values follow the queries in each row
  Dim batch, rows, head_size;
  Dim past;      ///< rows of the past
  Dim total;     ///< the largest number of keys of a batch element
  Dim capacity;  ///< rows of the present
};

Result<> expect_types(const NodeView& node) {
  WEDGE_TRY(node.expect_present({lengths_input, total_input}));
  WEDGE_TRY(node.expect_dtype(query_input, {DType::f32, DType::f16, DType::bf16}));
  for (const size_t input : {key_input, value_input, past_key_input, past_value_input, cosines_input, sines_input,
                             bias_input, sink_input, query_norm_input, key_norm_input}) {
    WEDGE_TRY(node.expect_same_dtype(query_input, input));
  }
  for (const size_t input : {query_input, key_input, value_input}) WEDGE_TRY(node.expect_rank(input, 3, 3));
  for (const size_t input : {past_key_input, past_value_input, bias_input}) WEDGE_TRY(node.expect_rank(input, 4, 4));
  for (const size_t input : {cosines_input, sines_input, positions_input}) WEDGE_TRY(node.expect_rank(input, 2, 2));
  for (const size_t input : {sink_input, query_norm_input, key_norm_input}) WEDGE_TRY(node.expect_rank(input, 1, 1));
  WEDGE_TRY(node.expect_dtype(lengths_input, {DType::i32}));
  WEDGE_TRY(node.expect_dtype(total_input, {DType::i32}));
  return node.expect_dtype(positions_input, {DType::i64});
}

// Inputs of which there are both or none.
Result<> expect_pairs(const NodeView& node) {
  for (const auto& [a, b] : {std::pair(key_input, value_input), std::pair(past_key_input, past_value_input),
                             std::pair(cosines_input, sines_input), std::pair(query_norm_input, key_norm_input)}) {
    if (node.has_input(a) == node.has_input(b)) continue;
    return fail(ErrorCode::invalid_model, "inputs ", a, " and ", b, " come together");
  }
  return {};
}

Result<> expect_plain_cache(const NodeView& node) {
  for (const std::string_view name : {"k_quant_type", "v_quant_type"}) {
    WEDGE_ASSIGN(const auto type, node.attributes().string(name, "NONE"));
    if (type != "NONE") return fail(ErrorCode::unsupported, "attribute '", name, "' of ", type);
  }
  WEDGE_ASSIGN(const bool slides, node.attributes().flag("sliding_window_cache", false));
  if (slides) return fail(ErrorCode::unsupported, "attribute 'sliding_window_cache'");
  return {};
}

Result<> read_operands(const NodeView& node, Parts& parts) {
  const SymbolicShape& query = node.shape(query_input);
  parts.packed = !node.has_input(key_input);
  if (!query.has_rank()) return {};
  parts.batch = query[0];
  parts.rows = query[1];
  const int64_t heads = parts.packed ? saturating_add(parts.heads, saturating_mul(2, parts.kv_heads)) : parts.heads;
  WEDGE_ASSIGN(parts.head_size, columns_of_heads(query[2], heads));
  for (const size_t input : {key_input, value_input}) {
    if (!node.has_input(input) || !node.shape(input).has_rank()) continue;
    const SymbolicShape& shape = node.shape(input);
    WEDGE_TRY(expect_same(query[0], shape[0], "batches of queries, keys and values"));
    WEDGE_TRY(expect_same(query[1], shape[1], "rows of queries, keys and values"));
    WEDGE_ASSIGN(const Dim columns, columns_of_heads(shape[2], parts.kv_heads));
    WEDGE_TRY(expect_same(parts.head_size, columns, "columns of the heads of queries, keys and values"));
  }
  return {};
}

Result<> read_past(const NodeView& node, Parts& parts) {
  parts.past = node.has_input(past_key_input) ? Dim() : Dim(0);
  for (const size_t input : {past_key_input, past_value_input}) {
    if (!node.has_input(input) || !node.shape(input).has_rank()) continue;
    const SymbolicShape& past = node.shape(input);
    WEDGE_TRY(expect_same(past[0], parts.batch, "batches of past and new keys and values"));
    WEDGE_TRY(expect_same(past[1], parts.kv_heads, "heads of past and new keys and values"));
    WEDGE_TRY(expect_same(past[3], parts.head_size, "columns of past and new keys and values"));
    WEDGE_TRY(expect_same(past[2], parts.past, "rows of past keys and values"));
    parts.past = past[2];
  }
  return {};
}

Result<> read_total(const NodeView& node, Parts& parts) {
  WEDGE_ASSIGN(const auto total, node.integers(total_input));
  if (!total) return {};
  if (total->size() != 1) return fail(ErrorCode::invalid_model, "total_sequence_length must be one number");
  const Dim most = parts.past + parts.rows;
  if (total->front() < 0 || (parts.rows.is_known() && total->front() < parts.rows.value()) ||
      (most.is_known() && total->front() > most.value())) {
    return fail(ErrorCode::invalid_model, "total_sequence_length is ", total->front(),
                ", which is not between the new rows and those with the past");
  }
  parts.total = total->front();
  if (parts.past.is_known()) parts.capacity = std::max(parts.past.value(), parts.total.value());
  return {};
}

Result<Parts> read_parts(const NodeView& node) {
  WEDGE_TRY(expect_types(node));
  WEDGE_TRY(expect_pairs(node));
  WEDGE_TRY(expect_plain_cache(node));
  Parts parts;
  WEDGE_ASSIGN(parts.heads, expect_heads(node.attributes().required_integer("num_heads")));
  WEDGE_ASSIGN(parts.kv_heads, expect_heads(node.attributes().required_integer("kv_num_heads")));
  WEDGE_TRY(expect_shared_heads(parts.heads, parts.kv_heads));
  WEDGE_TRY(read_operands(node, parts));
  WEDGE_TRY(read_past(node, parts));
  WEDGE_TRY(read_total(node, parts));
  return parts;
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  const DType dtype = context.dtype(query_input);
  context.set_output(0, dtype, {parts.batch, parts.rows, parts.head_size * parts.heads});
  for (const size_t output : {present_key_output, present_value_output}) {
    context.set_output(output, dtype, {parts.batch, parts.kv_heads, parts.capacity, parts.head_size});
  }
  context.set_output(scores_output, dtype, {parts.batch, parts.heads, parts.rows, parts.total});
  return {};
}

/// How many keys the batch elements have.
struct Lengths {
  size_t rows = 0;   ///< new ones
  size_t past = 0;   ///< rows of the past
  size_t total = 0;  ///< the most

  // Without keys of before: some rows may then be padding.
  [[nodiscard]] bool is_first() const { return rows == total; }
  [[nodiscard]] size_t all(std::span<const int32_t> lengths, size_t batch) const {
    return static_cast<size_t>(lengths[batch]) + 1;
  }
  [[nodiscard]] size_t before(std::span<const int32_t> lengths, size_t batch) const {
    return is_first() ? 0 : all(lengths, batch) - rows;
  }

  [[nodiscard]] Result<> check(std::span<const int32_t> lengths) const {
    const size_t least = is_first() ? 1 : rows;
    for (size_t i = 0; i < lengths.size(); ++i) {
      const bool fits = lengths[i] >= 0 && all(lengths, i) >= least && all(lengths, i) <= total;
      if (fits && before(lengths, i) <= past) continue;
      return fail(ErrorCode::out_of_range, "seqlens_k is ", lengths[i], " for ", rows, " new keys of ", total, ", ",
                  past, " of them past");
    }
    return {};
  }
};

/// The place of a row of queries or keys: its position, and how it is turned.
struct Turning {
  Rotation rotation;
  bool turns = false;
  bool has_positions = false;
  size_t positions = 0;  ///< in the tables

  static Result<Turning> read(const PrepareContext& context, const Parts& parts) {
    Turning turning;
    WEDGE_ASSIGN(turning.turns, context.attributes().flag("do_rotary", false));
    WEDGE_ASSIGN(turning.rotation.interleaved, context.attributes().flag("rotary_interleaved", false));
    if (!turning.turns) return turning;
    if (!context.has_input(cosines_input)) return fail(ErrorCode::invalid_model, "there are no cosines and sines");
    const Shape table = context.input_shape(cosines_input);
    if (context.input_shape(sines_input) != table || table[1] > parts.head_size.value() / 2) {
      return fail(ErrorCode::invalid_model, "the tables have shapes ", table, " and ", context.input_shape(sines_input),
                  " for heads of ", parts.head_size.value(), " columns");
    }
    turning.rotation.columns = size_of(parts.head_size);
    turning.rotation.pairs = static_cast<size_t>(table[1]);
    turning.positions = static_cast<size_t>(table[0]);
    turning.has_positions = context.has_input(positions_input);
    if (turning.has_positions &&
        context.input_shape(positions_input) != Shape{parts.batch.value(), parts.rows.value()}) {
      return fail(ErrorCode::invalid_model, "position_ids has shape ", context.input_shape(positions_input));
    }
    return turning;
  }

  /// Row `row` of the new ones in batch element `batch`.
  [[nodiscard]] int64_t position(const RunContext& run, const Lengths& lengths, size_t batch, size_t row) const {
    if (has_positions) return run.input<int64_t>(positions_input)[batch * lengths.rows + row];
    return static_cast<int64_t>(lengths.before(run.input<int32_t>(lengths_input), batch) + row);
  }

  [[nodiscard]] Result<> check(const RunContext& run, const Lengths& lengths, size_t batch) const {
    for (size_t i = 0; turns && i < batch * lengths.rows; ++i) {
      const int64_t at = position(run, lengths, i / lengths.rows, i % lengths.rows);
      if (at >= 0 && static_cast<uint64_t>(at) < positions) continue;
      return fail(ErrorCode::out_of_range, "position ", at, " of ", positions);
    }
    return {};
  }
};

/// Queries or keys: the input's own elements, or normalised and turned and then by row.
class Operand {
 public:
  Operand() = default;
  Operand(PrepareContext& context, const Parts& parts, size_t input, size_t start, int64_t heads,
          const Turning& turning)
      : dtype_(context.dtype(query_input)), input_(input), turning_(turning) {
    batch_ = size_of(parts.batch);
    rows_ = size_of(parts.rows);
    heads_ = static_cast<size_t>(heads);
    columns_ = size_of(parts.head_size);
    const auto all = static_cast<size_t>(context.input_shape(input).numel());
    const auto width = static_cast<size_t>(context.input_shape(input)[2]);
    start_ = std::min(all, start);
    count_ = all - start_;
    layout_ = {.batch = rows_ * width, .head = columns_, .row = width};
  }

  /// Asks for what it takes to change the elements, if they are changed at all.
  Result<> change(PrepareContext& context, size_t norm_input, float epsilon) {
    norm_input_ = norm_input;
    normalizes_ = context.has_input(norm_input);
    epsilon_ = epsilon;
    if (!changes()) return {};
    if (normalizes_ && context.input_shape(norm_input) != Shape{static_cast<int64_t>(columns_)}) {
      return fail(ErrorCode::invalid_model, "input ", norm_input, " has shape ", context.input_shape(norm_input));
    }
    source_ = {context, dtype_, count_};
    norm_ = {context, dtype_, normalizes_ ? columns_ : 0};
    floats_ = context.scratch(dense_count(), sizeof(float));
    if (dtype_ != DType::f32) elements_ = context.scratch(dense_count(), byte_width(dtype_));
    return {};
  }

  [[nodiscard]] HeadLayout layout() const { return changes() ? HeadLayout::by_row(heads_, rows_, columns_) : layout_; }
  /// Elements that may be read from the first one on.
  [[nodiscard]] size_t count() const { return changes() ? dense_count() : count_; }

  const std::byte* read(RunContext& run, const Lengths& lengths, const float* cosines, const float* sines) const {
    const std::byte* data = run.input(input_).data + start_ * byte_width(dtype_);
    if (!changes()) return data;
    auto* to = run.scratch<float>(floats_);
    const float* from = source_.read(run, data);
    const float* norm = normalizes_ ? norm_.read(run, run.input(norm_input_).data) : nullptr;
    run.workers().run(batch_ * rows_, 16, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        float* row = to + i * heads_ * columns_;
        for (size_t head = 0; head < heads_; ++head) {
          std::copy_n(from + layout_.offset(i / rows_, head, i % rows_), columns_, row + head * columns_);
        }
        if (norm != nullptr) {
          const kernels::RowNormalization rows{.rows = heads_, .columns = columns_, .epsilon = epsilon_, .scale = norm};
          kernels::rms_norm_f32(rows, row, row, Workers());
        }
        if (turning_.turns) turn(run, lengths, i, cosines, sines, row);
      }
    });
    if (dtype_ == DType::f32) return reinterpret_cast<const std::byte*>(to);
    write_floats(dtype_, to, 0, dense_count(), run.scratch(elements_));
    return run.scratch(elements_);
  }

 private:
  [[nodiscard]] bool changes() const { return turning_.turns || normalizes_; }
  [[nodiscard]] size_t dense_count() const { return batch_ * rows_ * heads_ * columns_; }

  void turn(const RunContext& run, const Lengths& lengths, size_t i, const float* cosines, const float* sines,
            float* row) const {
    const auto at =
        static_cast<size_t>(turning_.position(run, lengths, i / rows_, i % rows_)) * turning_.rotation.pairs;
    for (size_t head = 0; head < heads_; ++head, row += columns_) {
      turning_.rotation.turn(row, cosines + at, sines + at, row);
    }
  }

  DType dtype_ = DType::f32;
  size_t input_ = 0;
  size_t start_ = 0;
  size_t count_ = 0;
  size_t batch_ = 0, rows_ = 0, heads_ = 0, columns_ = 0;
  HeadLayout layout_;
  Turning turning_;
  size_t norm_input_ = 0;
  bool normalizes_ = false;
  float epsilon_ = 0;
  ComputedOperand<float> source_;
  ComputedOperand<float> norm_;
  Scratch floats_;
  Scratch elements_;
};

/// What happens to the scores.
struct Scores {
  AttentionGeometry geometry;
  Lengths lengths;
  bool causal = true;
  size_t window = 0;  ///< keys that a query sees, with its own; 0 is all
  float softcap = 0;
  bool has_bias = false;
  ScoreMask bias;
  Shown shown = Shown::nothing;

  static Result<Scores> read(const PrepareContext& context, const AttentionGeometry& geometry, const Lengths& lengths) {
    const auto& attributes = context.attributes();
    Scores scores{.geometry = geometry, .lengths = lengths};
    WEDGE_ASSIGN(scores.causal, attributes.flag("causal", true));
    WEDGE_ASSIGN(const int64_t window, attributes.integer("local_window_size", -1));
    if (window > 0) scores.window = static_cast<size_t>(window);
    if (window > 0 && !scores.causal) return fail(ErrorCode::invalid_model, "a window is for causal attention");
    WEDGE_ASSIGN(scores.softcap, attributes.number("softcap", 0));
    WEDGE_ASSIGN(const int64_t shown, attributes.integer("qk_output", 0));
    if (shown < 0 || shown > 2) return fail(ErrorCode::invalid_model, "attribute 'qk_output' is ", shown);
    scores.shown = context.has_output(scores_output) ? static_cast<Shown>(shown) : Shown::nothing;
    scores.has_bias = context.has_input(bias_input);
    if (scores.has_bias) {
      WEDGE_ASSIGN(scores.bias, ScoreMask::from(context.input_shape(bias_input), geometry));
    }
    return scores;
  }

  void hide(const AttentionBlock& block, std::span<const int32_t> of_batch, float* made) const {
    const size_t all = lengths.all(of_batch, block.batch);
    const size_t before = lengths.before(of_batch, block.batch);
    const auto seen = [&](size_t row) {
      const size_t last = causal ? before + row + 1 : all;
      return SeenColumns{.first = window > 0 && last > window ? last - window : 0, .last = std::min(last, all)};
    };
    hide_unseen<float>(block, seen, made);
  }
};

// Hidden scores are shown as 0.
void show_seen(const AttentionBlock& block, const AttentionGeometry& geometry, const float* scores, float* all) {
  std::ranges::replace(show_scores(block, geometry, scores, all), -std::numeric_limits<float>::infinity(), 0.0F);
}

/// Scores that take a share of the probabilities: one of each head, or 0 for all.
struct Sinks {
  bool given = false;
  bool smooth = false;
  size_t heads = 0;
  ComputedOperand<float> values;
  Scratch zeros;

  static Result<Sinks> read(PrepareContext& context, int64_t heads) {
    Sinks sinks{.given = context.has_input(sink_input), .heads = static_cast<size_t>(heads)};
    WEDGE_ASSIGN(sinks.smooth, context.attributes().flag("smooth_softmax", false));
    if (sinks.given && context.input_shape(sink_input) != Shape{heads}) {
      return fail(ErrorCode::invalid_model, "head_sink has shape ", context.input_shape(sink_input), " for ", heads,
                  " heads");
    }
    if (sinks.given) sinks.values = {context, context.dtype(query_input), sinks.heads};
    if (sinks.smooth) sinks.zeros = context.scratch(sinks.heads, sizeof(float));
    return sinks;
  }

  const float* scores(RunContext& run) const {
    if (given) return values.read(run, run.input(sink_input).data);
    if (!smooth) return nullptr;
    std::fill_n(run.scratch<float>(zeros), heads, 0.0F);
    return run.scratch<float>(zeros);
  }
};

struct Attention {
  Scores scores;
  Turning turning;
  Operand query, key, value;
  CachedRows<float> keys, values;
  Sinks sinks;
  ComputedOperand<float> cosines, sines, queries, bias, shown, output;
};

Result<> prepare_operands(PrepareContext& context, const Parts& parts, Attention& a) {
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("qk_norm_epsilon", 1e-6F));
  const size_t key_start = parts.packed ? static_cast<size_t>(parts.heads) * size_of(parts.head_size) : 0;
  const size_t value_start =
      parts.packed ? static_cast<size_t>(parts.heads + parts.kv_heads) * size_of(parts.head_size) : 0;
  const auto place = [&](size_t input) { return parts.packed ? query_input : input; };
  a.query = {context, parts, query_input, 0, parts.heads, a.turning};
  a.key = {context, parts, place(key_input), key_start, parts.kv_heads, a.turning};
  a.value = {context, parts, place(value_input), value_start, parts.kv_heads, Turning()};
  WEDGE_TRY(a.query.change(context, query_norm_input, epsilon));
  return a.key.change(context, key_norm_input, epsilon);
}

void prepare_cache(PrepareContext& context, const Parts& parts, AttentionGeometry& g, Attention& a) {
  const DType dtype = context.dtype(query_input);
  KeyValueCache cache{.batch = g.batch,
                      .heads = g.kv_heads,
                      .past_capacity = size_of(parts.past),
                      .new_rows = g.rows,
                      .capacity = size_of(parts.capacity),
                      .row_bytes = g.key_size * byte_width(dtype),
                      .from = a.key.layout(),
                      .element_bytes = byte_width(dtype)};
  const bool grows = cache.capacity != g.rows;
  a.keys = {context,       dtype, cache, {.past_input = past_key_input, .present_output = present_key_output},
            a.key.count(), grows};
  cache.from = a.value.layout();
  a.values = {context,         dtype, cache, {.past_input = past_value_input, .present_output = present_value_output},
              a.value.count(), grows};
  const HeadLayout joined = HeadLayout::by_head(g.kv_heads, cache.capacity, g.key_size);
  g.key = a.keys.joins() ? joined : a.key.layout();
  g.value = a.values.joins() ? joined : a.value.layout();
}

Kernel kernel_of(const Attention& a, const AttentionSteps<float>& steps) {
  return [=](RunContext& run) -> Result<> {
    const AttentionGeometry& g = a.scores.geometry;
    const Lengths& lengths = a.scores.lengths;
    const auto of_batch = run.input<int32_t>(lengths_input);
    WEDGE_TRY(lengths.check(of_batch));
    WEDGE_TRY(a.turning.check(run, lengths, g.batch));
    const float* cosines = a.turning.turns ? a.cosines.read(run, run.input(cosines_input).data) : nullptr;
    const float* sines = a.turning.turns ? a.sines.read(run, run.input(sines_input).data) : nullptr;
    const auto before = [&](size_t batch) { return lengths.before(of_batch, batch); };
    const AttentionOperands<float> operands{
        .query = a.queries.read(run, a.query.read(run, lengths, cosines, sines)),
        .key = a.keys.read(run, a.key.read(run, lengths, cosines, sines), before),
        .value = a.values.read(run, a.value.read(run, lengths, nullptr, nullptr), before),
        .output = a.output.target(run, run.output(0).data)};
    const float* bias = a.scores.has_bias ? a.bias.read(run, run.input(bias_input).data) : nullptr;
    const bool shows = a.scores.shown != Shown::nothing;
    float* shown = shows ? a.shown.target(run, run.output(scores_output).data) : nullptr;
    const auto edit = [&](const AttentionBlock& block, float* made) {
      cap_scores(a.scores.softcap, block.count(), made);
      if (bias != nullptr) add_mask(block, a.scores.bias, bias, made);
      a.scores.hide(block, of_batch, made);
      if (a.scores.shown == Shown::scores) show_seen(block, g, made, shown);
    };
    const auto show = [&](const AttentionBlock& block, float* made) {
      if (a.scores.shown == Shown::probabilities) show_scores(block, g, made, shown);
    };
    if (shows) {
      steps.run(run, operands, edit, show, a.sinks.scores(run));
    } else {
      steps.attend(run, operands, edit, a.sinks.scores(run));
    }
    a.output.write(run, run.output(0).data);
    if (shows) a.shown.write(run, run.output(scores_output).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context));
  if (context.input_shape(lengths_input).numel() != parts.batch.value()) {
    return fail(ErrorCode::invalid_model, "seqlens_k has shape ", context.input_shape(lengths_input),
                " for a batch of ", parts.batch.value());
  }
  const DType dtype = context.dtype(query_input);
  Attention a;
  WEDGE_ASSIGN(a.turning, Turning::read(context, parts));
  WEDGE_TRY(prepare_operands(context, parts, a));
  AttentionGeometry g{
      .batch = size_of(parts.batch),
      .heads = static_cast<size_t>(parts.heads),
      .kv_heads = static_cast<size_t>(parts.kv_heads),
      .rows = size_of(parts.rows),
      .columns = size_of(parts.total),
      .key_size = size_of(parts.head_size),
      .value_size = size_of(parts.head_size),
      .query = a.query.layout(),
      .output = HeadLayout::by_row(static_cast<size_t>(parts.heads), size_of(parts.rows), size_of(parts.head_size))};
  WEDGE_ASSIGN(g.scale, context.attributes().number("scale", 0));
  if (g.scale == 0) g.scale = usual_scale(g.key_size);
  prepare_cache(context, parts, g, a);
  const Lengths lengths{.rows = g.rows, .past = size_of(parts.past), .total = g.columns};
  WEDGE_ASSIGN(a.scores, Scores::read(context, g, lengths));
  WEDGE_ASSIGN(a.sinks, Sinks::read(context, parts.heads));
  const auto whole = [&](size_t input) {
    return ComputedOperand<float>(context, dtype, static_cast<size_t>(context.input_shape(input).numel()));
  };
  if (a.turning.turns) a.cosines = whole(cosines_input);
  if (a.turning.turns) a.sines = whole(sines_input);
  if (a.scores.has_bias) a.bias = whole(bias_input);
  if (a.scores.shown != Shown::nothing) a.shown = {context, dtype, g.batch * g.heads * g.rows * g.columns};
  a.queries = {context, dtype, a.query.count()};
  a.output = {context, dtype, g.batch * g.heads * g.rows * g.value_size};
  return kernel_of(a, AttentionSteps<float>(context, g));
}

}  // namespace

WEDGE_OPERATOR(microsoft, GroupQueryAttention) = {
    .infer = infer, .prepare = prepare, .min_inputs = 1, .max_inputs = 16, .max_outputs = 4};

}  // namespace wedge
