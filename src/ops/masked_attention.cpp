#include "ops/masked_attention.h"

namespace wedge {
namespace {

size_t clamped(int32_t position, size_t columns) {
  return position <= 0 ? 0 : std::min(static_cast<size_t>(position), columns);
}

KeyValueCache cache_of(const AttentionGeometry& g, size_t past, DType dtype) {
  return {.batch = g.batch,
          .heads = g.kv_heads,
          .past_capacity = past,
          .new_rows = g.columns - past,
          .capacity = g.columns,
          .element_bytes = byte_width(dtype)};
}

std::optional<size_t> place(size_t index) { return index == SIZE_MAX ? std::nullopt : std::optional(index); }

}  // namespace

Result<PaddingMask> PaddingMask::from(const Shape& shape, const AttentionGeometry& g, size_t past) {
  const auto batch = static_cast<int64_t>(g.batch);
  const auto rows = static_cast<int64_t>(g.rows);
  const auto columns = static_cast<int64_t>(g.columns);
  PaddingMask mask;
  mask.batch_ = g.batch;
  // 3 * batch + 2 are ends, and then where sequences start in a packed batch, which is of no use here.
  if (shape == Shape{batch} || shape == Shape{3 * batch + 2}) return mask;
  mask.form_ = Form::ranges;
  if (shape == Shape{2 * batch}) return mask;
  mask.form_ = Form::numbers;
  mask.batch_stride_ = g.columns;
  if (shape == Shape{batch, columns}) return mask;
  mask.batch_stride_ = g.rows * g.columns;
  mask.row_stride_ = g.columns;
  if (shape == Shape{batch, rows, columns}) return mask;
  if (shape.rank() == 4 && shape[3] >= columns && shape == Shape{batch, 1, shape[3], shape[3]} &&
      past + g.rows <= static_cast<size_t>(shape[3])) {
    mask.row_stride_ = static_cast<size_t>(shape[3]);
    mask.batch_stride_ = mask.row_stride_ * mask.row_stride_;
    mask.start_ = past * mask.row_stride_;
    return mask;
  }
  return fail(ErrorCode::invalid_model, "a mask of shape ", shape, " for a batch of ", batch, ", ", rows,
              " queries and ", columns, " keys");
}

void PaddingMask::apply(const AttentionBlock& block, size_t columns, std::span<const int32_t> mask, float filter,
                        float* scores) const {
  size_t first = 0;
  size_t last = columns;
  if (form_ != Form::numbers) last = clamped(mask[block.batch], columns);
  if (form_ == Form::ranges) first = clamped(mask[batch_ + block.batch], columns);
  for (size_t i = 0; i < block.rows; ++i, scores += block.columns) {
    if (form_ == Form::numbers) {
      const int32_t* row =
          mask.data() + start_ + block.batch * batch_stride_ + (block.first_row + i) * row_stride_ + block.first_column;
      for (size_t j = 0; j < block.columns; ++j) scores[j] += row[j] > 0 ? 0.0F : filter;
    } else {
      for (size_t j = 0; j < block.columns; ++j) {
        const size_t column = block.first_column + j;
        scores[j] += column < first || column >= last ? filter : 0.0F;
      }
    }
  }
}

Result<MaskedAttention> MaskedAttention::prepare(PrepareContext& context, DType dtype, AttentionGeometry g, size_t past,
                                                 const Counts& counts, const Roles& roles) {
  const auto& attributes = context.attributes();
  WEDGE_ASSIGN(g.scale, attributes.number("scale", 0));
  if (g.scale == 0) g.scale = usual_scale(g.key_size);
  KeyValueCache cache = cache_of(g, past, dtype);
  cache.row_bytes = g.key_size * cache.element_bytes;
  cache.from = g.key;
  const CachedRows<float> keys(context, dtype, cache,
                               {.past_input = place(roles.past_key), .present_output = place(roles.present_key)},
                               counts.key);
  cache.row_bytes = g.value_size * cache.element_bytes;
  cache.from = g.value;
  const size_t heads = g.batch * g.kv_heads * g.value_size;
  const CachedRows<float> values(context, dtype, cache,
                                 {.past_input = place(roles.past_value),
                                  .present_output = place(roles.present_value),
                                  .past_start = roles.joined_past ? heads * past : 0,
                                  .present_start = roles.joined_past ? heads * g.columns : 0},
                                 counts.value);
  if (keys.joins()) g.key = HeadLayout::by_head(g.kv_heads, g.columns, g.key_size);
  if (values.joins()) g.value = HeadLayout::by_head(g.kv_heads, g.columns, g.value_size);

  MaskedAttention result{AttentionSteps<float>(context, g)};
  result.geometry_ = g;
  result.roles_ = roles;
  result.past_ = past;
  result.keys_ = keys;
  result.values_ = values;
  WEDGE_ASSIGN(result.filter_, attributes.number("mask_filter_value", -10000.0F));
  WEDGE_ASSIGN(const bool unidirectional, attributes.flag("unidirectional", false));
  result.causal_ = unidirectional && g.rows > 1;
  result.has_mask_ = context.has_input(roles.mask);
  if (result.has_mask_) {
    WEDGE_ASSIGN(result.mask_, PaddingMask::from(context.input_shape(roles.mask), g, past));
  }
  result.has_bias_ = context.has_input(roles.bias);
  if (result.has_bias_) {
    const Shape shape = context.input_shape(roles.bias);
    WEDGE_ASSIGN(result.bias_, ScoreMask::from(shape, g));
    result.bias_values_ = {context, dtype, static_cast<size_t>(shape.numel())};
  }
  result.shows_ = context.has_output(roles.scores);
  if (result.shows_) result.shown_ = {context, dtype, g.batch * g.heads * g.rows * g.columns};
  result.query_ = {context, dtype, counts.query};
  result.output_ = {context, dtype, g.batch * g.heads * g.rows * g.value_size};
  return result;
}

void MaskedAttention::run(RunContext& run, const std::byte* query, const std::byte* key, const std::byte* value) const {
  const AttentionGeometry& g = geometry_;
  const AttentionOperands<float> operands{.query = query_.read(run, query),
                                          .key = keys_.read(run, key),
                                          .value = values_.read(run, value),
                                          .output = output_.target(run, run.output(0).data)};
  const float* added = has_bias_ ? bias_values_.read(run, run.input(roles_.bias).data) : nullptr;
  const auto mask = has_mask_ ? run.input<int32_t>(roles_.mask) : std::span<const int32_t>();
  float* shown = shows_ ? shown_.target(run, run.output(roles_.scores).data) : nullptr;
  const auto seen = [&](size_t row) { return SeenColumns{.last = std::min(past_ + row + 1, g.columns)}; };
  const auto edit = [&](const AttentionBlock& block, float* scores) {
    if (has_bias_) add_mask(block, bias_, added, scores);
    if (has_mask_) mask_.apply(block, g.columns, mask, filter_, scores);
    if (causal_) hide_unseen<float>(block, seen, scores);
    if (shown != nullptr) show_scores(block, g, scores, shown);
  };
  if (shown != nullptr) {
    steps_.run(run, operands, edit, [](const AttentionBlock&, float*) {});
  } else {
    steps_.attend(run, operands, edit);
  }
  output_.write(run, run.output(0).data);
  if (shown != nullptr) shown_.write(run, run.output(roles_.scores).data);
}

Result<int64_t> expect_heads(Result<int64_t> heads) {
  if (heads && *heads <= 0) return fail(ErrorCode::invalid_model, "there are ", *heads, " heads");
  return heads;
}

Result<Dim> columns_of_heads(Dim columns, int64_t heads) {
  if (!columns.is_known()) return Dim();
  if (columns.value() == 0 || columns.value() % heads != 0) {
    return fail(ErrorCode::invalid_model, columns.value(), " columns are not divided by ", heads, " heads");
  }
  return Dim(columns.value() / heads);
}

}  // namespace wedge
