// Attention and QAttention of com.microsoft: the input times one matrix of weights gives queries, keys and values.
// QAttention's input and weights are 8-bit integers with scales.
#include <vector>

#include "ops/masked_attention.h"

namespace wedge {
namespace {

// Which inputs are what; SIZE_MAX where the operator has none.
struct Roles {
  size_t bias = 2;
  size_t input_scale = SIZE_MAX, weight_scale = SIZE_MAX;
  size_t input_zero = SIZE_MAX, weight_zero = SIZE_MAX;
  MaskedAttention::Roles attention;
};
constexpr size_t data_input = 0;
constexpr size_t weight_input = 1;
constexpr size_t past_length_input = 6;
constexpr Roles float_roles = {.attention = {.mask = 3,
                                             .bias = 5,
                                             .past_key = 4,
                                             .past_value = 4,
                                             .present_key = 1,
                                             .present_value = 1,
                                             .joined_past = true}};
constexpr Roles quantized_roles = {
    .input_scale = 3,
    .weight_scale = 4,
    .input_zero = 6,
    .weight_zero = 7,
    .attention = {
        .mask = 5, .past_key = 8, .past_value = 8, .present_key = 1, .present_value = 1, .joined_past = true}};

struct Parts {
  int64_t heads = 1;
  Dim batch, rows, past;
  Dim inner, columns;          ///< of the weights
  Dim key_width, value_width;  ///< columns of all heads
  Dim key_size, value_size;    ///< columns of one
};

Result<> read_widths(const NodeView& node, Parts& parts) {
  WEDGE_ASSIGN(const auto sizes, node.attributes().integers("qkv_hidden_sizes"));
  if (!sizes.empty()) {
    if (sizes.size() != 3 || sizes[0] != sizes[1] || sizes[0] <= 0 || sizes[2] <= 0) {
      return fail(ErrorCode::invalid_model, "attribute 'qkv_hidden_sizes' must be three sizes, the first two the same");
    }
    parts.key_width = sizes[0];
    parts.value_width = sizes[2];
    WEDGE_TRY(expect_same(parts.columns, saturating_add(saturating_add(sizes[0], sizes[1]), sizes[2]),
                          "columns of the weights and of queries, keys and values"));
  } else if (parts.columns.is_known()) {
    WEDGE_ASSIGN(parts.key_width, columns_of_heads(parts.columns, 3));
    parts.value_width = parts.key_width;
  }
  WEDGE_ASSIGN(parts.key_size, columns_of_heads(parts.key_width, parts.heads));
  WEDGE_ASSIGN(parts.value_size, columns_of_heads(parts.value_width, parts.heads));
  return {};
}

Result<> read_past(const NodeView& node, size_t input, Parts& parts) {
  parts.past = 0;
  if (!node.has_input(input) && !node.has_output(1)) return {};
  // Keys and values lie in one tensor.
  WEDGE_TRY(expect_same(parts.key_size, parts.value_size, "columns of keys and values"));
  if (!node.has_input(input)) return {};
  WEDGE_TRY(node.expect_rank(input, 5, 5));
  const SymbolicShape& past = node.shape(input);
  parts.past = past.has_rank() ? past[3] : Dim();
  if (!past.has_rank()) return {};
  WEDGE_TRY(expect_same(past[0], 2, "the first dimension of the past and the number of keys and values"));
  WEDGE_TRY(expect_same(past[1], parts.batch, "batches of past and new keys and values"));
  WEDGE_TRY(expect_same(past[2], parts.heads, "heads of past and new keys and values"));
  return expect_same(past[4], parts.key_size, "columns of past and new keys and values");
}

Result<Parts> read_parts(const NodeView& node, const Roles& roles) {
  WEDGE_TRY(node.expect_rank(data_input, 3, 3));
  WEDGE_TRY(node.expect_rank(weight_input, 2, 2));
  WEDGE_TRY(node.expect_rank(roles.bias, 1, 1));
  WEDGE_TRY(node.expect_dtype(roles.attention.mask, {DType::i32}));
  WEDGE_TRY(node.expect_rank(roles.attention.mask, 1, 4));
  WEDGE_ASSIGN(const bool rotates, node.attributes().flag("do_rotary", false));
  if (rotates) return fail(ErrorCode::unsupported, "attribute 'do_rotary'");
  WEDGE_ASSIGN(const bool shares, node.attributes().flag("past_present_share_buffer", false));
  if (shares) return fail(ErrorCode::unsupported, "past and present that share a buffer");
  Parts parts;
  WEDGE_ASSIGN(parts.heads, expect_heads(node.attributes().required_integer("num_heads")));
  const SymbolicShape& data = node.shape(data_input);
  if (data.has_rank()) {
    parts.batch = data[0];
    parts.rows = data[1];
    parts.inner = data[2];
  }
  const SymbolicShape& weight = node.shape(weight_input);
  if (weight.has_rank()) {
    WEDGE_TRY(expect_same(parts.inner, weight[0], "columns of the input and rows of the weights"));
    parts.inner = weight[0];
    parts.columns = weight[1];
  }
  if (parts.inner.is(0)) return fail(ErrorCode::invalid_model, "the input has no columns");
  WEDGE_TRY(read_widths(node, parts));
  WEDGE_TRY(read_past(node, roles.attention.past_key, parts));
  return parts;
}

Result<> infer(InferContext& context, const Roles& roles, DType dtype) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context, roles));
  context.set_output(0, dtype, {parts.batch, parts.rows, parts.value_width});
  context.set_output(1, dtype, {2, parts.batch, parts.heads, parts.past + parts.rows, parts.key_size});
  return {};
}

Result<> infer_float(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(data_input, {DType::f32, DType::f16, DType::bf16}));
  const auto& roles = float_roles.attention;
  for (const size_t input : {weight_input, float_roles.bias, roles.past_key, roles.bias}) {
    WEDGE_TRY(context.expect_same_dtype(data_input, input));
  }
  if (context.has_input(past_length_input)) {
    return fail(ErrorCode::unsupported, "past and present that share a buffer");
  }
  return infer(context, float_roles, context.dtype(data_input));
}

Result<> infer_quantized(InferContext& context) {
  const Roles& roles = quantized_roles;
  for (const size_t input : {data_input, weight_input}) WEDGE_TRY(context.expect_dtype(input, {DType::u8, DType::i8}));
  WEDGE_TRY(context.expect_same_dtype(data_input, roles.input_zero));
  WEDGE_TRY(context.expect_same_dtype(weight_input, roles.weight_zero));
  WEDGE_TRY(context.expect_dtype(roles.bias, {DType::f32, DType::f16}));
  for (const size_t input : {roles.input_scale, roles.weight_scale, roles.attention.past_key}) {
    WEDGE_TRY(context.expect_same_dtype(roles.bias, input));
  }
  return infer(context, roles, context.dtype(roles.bias));
}

/// A matrix read as floats, which are multiplied by scales once zero points are taken off where it has them: one of
/// each, or one for each column.
struct Matrix {
  DType dtype = DType::f32;
  size_t rows = 0;
  size_t columns = 0;
  bool scaled = false;

  [[nodiscard]] size_t count() const { return rows * columns; }
  /// Floats of room that read() needs.
  [[nodiscard]] size_t room() const { return scaled ? 2 * columns : 0; }

  void read(const TensorRef& elements, const TensorRef* scale, const TensorRef* zero, float* room, float* to) const {
    if (count() == 0) return;
    read_floats(dtype, elements.data, 0, count(), to);
    if (!scaled) return;
    spread(scale, 1, room);
    spread(zero, 0, room + columns);
    for (size_t row = 0; row < rows; ++row, to += columns) {
      for (size_t j = 0; j < columns; ++j) to[j] = (to[j] - room[columns + j]) * room[j];
    }
  }

 private:
  void spread(const TensorRef* values, float absent, float* to) const {
    std::fill_n(to, columns, absent);
    if (values == nullptr) return;
    const auto given = static_cast<size_t>(values->numel());
    read_floats(values->dtype, values->data, 0, given, to);
    if (given == 1) std::fill_n(to, columns, to[0]);
  }
};

/// A matrix that is an input of the node.
class MatrixInput {
 public:
  MatrixInput(PrepareContext& context, const Matrix& matrix, size_t input, size_t scale, size_t zero)
      : matrix_(matrix), input_(input), scale_(scale), zero_(zero) {
    matrix_.scaled = scale != SIZE_MAX;
    is_plain_ = !matrix_.scaled && matrix.dtype == DType::f32;
    if (is_plain_) return;
    elements_ = context.scratch(matrix.count(), sizeof(float));
    room_ = context.scratch(matrix_.room(), sizeof(float));
  }

  const float* read(RunContext& run) const {
    if (is_plain_) return run.input<float>(input_).data();
    auto* to = run.scratch<float>(elements_);
    const auto optional = [&](size_t input) { return run.has_input(input) ? &run.input(input) : nullptr; };
    matrix_.read(run.input(input_), optional(scale_), optional(zero_), run.scratch<float>(room_), to);
    return to;
  }

  /// The matrix packed as the second operand of gemm; null unless all it is made from is known.
  Result<const std::byte*> pack(PrepareContext& context) const {
    for (const size_t input : {input_, scale_, zero_}) {
      if (context.has_input(input) && context.weight_of(input) == no_value) return nullptr;
      if (context.has_input(input) && context.constant(input) == nullptr) return nullptr;
    }
    const std::string form = text("projection b ", key_of(context, scale_), " ", key_of(context, zero_));
    return context.pack(input_, form, kernels::gemm_packed_b_bytes(matrix_.rows, matrix_.columns),
                        [&](std::byte* packed) {
                          std::vector<float> elements(matrix_.count() + matrix_.room());
                          const TensorRef given(*context.constant(input_));
                          const auto scale = constant(context, scale_);
                          const auto zero = constant(context, zero_);
                          matrix_.read(given, scale ? &*scale : nullptr, zero ? &*zero : nullptr,
                                       elements.data() + matrix_.count(), elements.data());
                          const auto columns = static_cast<ptrdiff_t>(matrix_.columns);
                          kernels::gemm_pack_b({elements.data(), columns, 1}, matrix_.rows, matrix_.columns, packed);
                        });
  }

 private:
  static std::string key_of(const PrepareContext& context, size_t input) {
    return context.has_input(input) ? text(context.weight_of(input)) : "none";
  }
  static std::optional<TensorRef> constant(const PrepareContext& context, size_t input) {
    const Tensor* value = context.constant(input);
    return value == nullptr ? std::nullopt : std::optional<TensorRef>(*value);
  }

  Matrix matrix_;
  size_t input_, scale_, zero_;
  bool is_plain_ = false;
  Scratch elements_;
  Scratch room_;
};

Result<> expect_columns(const PrepareContext& context, size_t input, bool may_be_one, int64_t columns) {
  if (!context.has_input(input)) return {};
  const Shape shape = context.input_shape(input);
  if (shape == Shape{columns} || (may_be_one && shape.numel() == 1)) return {};
  return fail(ErrorCode::invalid_model, "input ", input, " has shape ", shape, " for ", columns, " columns");
}

Result<> expect_shapes(const PrepareContext& context, const Roles& roles, const Parts& parts) {
  WEDGE_TRY(expect_columns(context, roles.bias, false, parts.columns.value()));
  for (const size_t input : {roles.weight_scale, roles.weight_zero}) {
    WEDGE_TRY(expect_columns(context, input, true, parts.columns.value()));
  }
  for (const size_t input : {roles.input_scale, roles.input_zero}) {
    WEDGE_TRY(expect_columns(context, input, true, 1));
  }
  return {};
}

AttentionGeometry geometry_of(const Parts& parts) {
  const auto heads = static_cast<size_t>(parts.heads);
  const size_t width = size_of(parts.columns);
  const size_t rows = size_of(parts.rows);
  const HeadLayout key = {.batch = rows * width, .head = size_of(parts.key_size), .row = width};
  const HeadLayout value = {.batch = rows * width, .head = size_of(parts.value_size), .row = width};
  return {.batch = size_of(parts.batch),
          .heads = heads,
          .kv_heads = heads,
          .rows = rows,
          .columns = size_of(parts.past) + rows,
          .key_size = size_of(parts.key_size),
          .value_size = size_of(parts.value_size),
          .query = key,
          .key = key,
          .value = value,
          .output = HeadLayout::by_row(heads, rows, size_of(parts.value_size))};
}

/// The product of input and weights.
struct Projection {
  kernels::GemmArguments product;
  MatrixInput input;
  MatrixInput weights;
  Scratch output;
  Scratch gemm;

  const float* run(RunContext& run, const float* bias) const {
    auto* to = run.scratch<float>(output);
    if (product.m == 0) return to;
    auto call = product;
    call.a.data = input.read(run);
    if (call.packed_b == nullptr) call.b.data = weights.read(run);
    call.c = to;
    call.column_bias = bias;
    kernels::gemm(call, run.scratch(gemm), run.workers());
    return to;
  }
};

Result<Projection> prepare_projection(PrepareContext& context, const Roles& roles, const Parts& parts) {
  kernels::GemmArguments g{
      .m = size_of(parts.batch) * size_of(parts.rows), .n = size_of(parts.columns), .k = size_of(parts.inner)};
  context.count_product(g.m, g.n, g.k);
  g.a = {nullptr, static_cast<ptrdiff_t>(g.k), 1};
  g.b = {nullptr, static_cast<ptrdiff_t>(g.n), 1};
  g.c_stride = static_cast<ptrdiff_t>(g.n);
  const Matrix input{.dtype = context.dtype(data_input), .rows = g.m, .columns = g.k};
  const Matrix weights{.dtype = context.dtype(weight_input), .rows = g.k, .columns = g.n};
  Projection projection{.product = g,
                        .input = MatrixInput(context, input, data_input, roles.input_scale, roles.input_zero),
                        .weights = MatrixInput(context, weights, weight_input, roles.weight_scale, roles.weight_zero)};
  WEDGE_ASSIGN(projection.product.packed_b, projection.weights.pack(context));
  projection.output = context.scratch(g.m, g.n, sizeof(float));
  if (g.m > 0) projection.gemm = context.scratch(kernels::gemm_scratch_bytes(projection.product, context.workers()));
  return projection;
}

Result<Kernel> prepare(PrepareContext& context, const Roles& roles, DType dtype) {
  WEDGE_ASSIGN(const Parts parts, read_parts(context, roles));
  WEDGE_TRY(expect_shapes(context, roles, parts));
  const size_t count = size_of(parts.batch) * size_of(parts.rows) * size_of(parts.columns);
  const size_t key_start = std::min(count, size_of(parts.key_width));
  const size_t value_start = std::min(count, 2 * size_of(parts.key_width));
  const MaskedAttention::Counts counts{.query = count, .key = count - key_start, .value = count - value_start};
  WEDGE_ASSIGN(const Projection projection, prepare_projection(context, roles, parts));
  const bool has_bias = context.has_input(roles.bias);
  const ComputedOperand<float> bias(context, dtype, has_bias ? size_of(parts.columns) : 0);
  WEDGE_ASSIGN(const MaskedAttention attention, MaskedAttention::prepare(context, dtype, geometry_of(parts),
                                                                         size_of(parts.past), counts, roles.attention));
  const size_t width = byte_width(dtype);
  const Scratch elements = context.scratch(dtype == DType::f32 ? 0 : count, width);
  return [=](RunContext& run) -> Result<> {
    const float* made = projection.run(run, has_bias ? bias.read(run, run.input(roles.bias).data) : nullptr);
    const auto* operands = reinterpret_cast<const std::byte*>(made);
    if (dtype != DType::f32) {
      write_floats(dtype, made, 0, count, run.scratch(elements));
      operands = run.scratch(elements);
    }
    attention.run(run, operands, operands + key_start * width, operands + value_start * width);
    return {};
  };
}

Result<Kernel> prepare_float(PrepareContext& context) {
  return prepare(context, float_roles, context.dtype(data_input));
}
Result<Kernel> prepare_quantized(PrepareContext& context) {
  return prepare(context, quantized_roles, context.dtype(quantized_roles.bias));
}

}  // namespace

WEDGE_OPERATOR(microsoft, Attention) = {
    .infer = infer_float, .prepare = prepare_float, .min_inputs = 2, .max_inputs = 7, .max_outputs = 2};
WEDGE_OPERATOR(microsoft, QAttention) = {
    .infer = infer_quantized, .prepare = prepare_quantized, .min_inputs = 5, .max_inputs = 9, .max_outputs = 2};

}  // namespace wedge
