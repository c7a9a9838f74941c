// MoE and QMoE of com.microsoft: each token passes through the k experts that its router scores choose, and their
// results are added up by weight. QMoE's matrices are integers of 2, 4 or 8 bits with scales.
#include <array>

#include "kernels/elementwise.h"
#include "ops/attention.h"
#include "ops/bit_packing.h"

namespace wedge {
namespace {

constexpr size_t absent = SIZE_MAX;
constexpr size_t data_input = 0;
constexpr size_t router_input = 1;

// Where the parts of a matrix of all experts are.
struct MatrixRoles {
  size_t weights = absent, bias = absent, scales = absent, zeros = absent;
};
/// The first product, the second, and the one that gates the first.
struct Roles {
  std::array<MatrixRoles, 3> matrices;
  size_t mixing = absent;  ///< weights of the results that are not those of the router
  size_t last_known = 0;   ///< inputs past this one belong to other kinds of numbers
};
constexpr size_t first_matrix = 0;
constexpr size_t second_matrix = 1;
constexpr size_t gate_matrix = 2;
constexpr Roles float_roles = {
    .matrices = {{{.weights = 2, .bias = 3}, {.weights = 4, .bias = 5}, {.weights = 6, .bias = 7}}}, .last_known = 7};
constexpr Roles quantized_roles = {.matrices = {{{.weights = 2, .bias = 4, .scales = 3, .zeros = 11},
                                                 {.weights = 5, .bias = 7, .scales = 6, .zeros = 12},
                                                 {.weights = 8, .bias = 10, .scales = 9, .zeros = 13}}},
                                   .mixing = 14,
                                   .last_known = 14};

Result<> infer(InferContext& context, const Roles& roles) {
  WEDGE_TRY(context.expect_dtype(data_input, {DType::f32, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_rank(data_input, 2, 3));
  for (const size_t input : {router_input, roles.mixing}) {
    WEDGE_TRY(context.expect_same_dtype(data_input, input));
    WEDGE_TRY(context.expect_rank(input, 2, 2));
  }
  for (const MatrixRoles& matrix : roles.matrices) {
    WEDGE_TRY(context.expect_rank(matrix.weights, 3, 3));
    WEDGE_TRY(context.expect_same_dtype(data_input, matrix.bias));
    WEDGE_TRY(context.expect_dtype(matrix.scales, {DType::f32, DType::f16, DType::bf16}));
    WEDGE_TRY(context.expect_dtype(matrix.zeros, {DType::u8}));
    if (matrix.scales == absent) WEDGE_TRY(context.expect_same_dtype(data_input, matrix.weights));
    if (matrix.scales != absent) WEDGE_TRY(context.expect_dtype(matrix.weights, {DType::u8}));
  }
  for (const MatrixRoles& matrix : {roles.matrices[first_matrix], roles.matrices[second_matrix]}) {
    WEDGE_TRY(context.expect_present({matrix.weights}));
    if (matrix.scales != absent) WEDGE_TRY(context.expect_present({matrix.scales}));
  }
  for (size_t input = roles.last_known + 1; input < context.input_count(); ++input) {
    if (context.has_input(input)) return fail(ErrorCode::unsupported, "input ", input);
  }
  context.set_output(0, context.dtype(data_input), context.shape(data_input));
  return {};
}

/// How a matrix is quantised, where it is.
struct Quantization {
  std::optional<BitPacking> packing;
  size_t block = 0;  ///< columns that share a scale; 0 is a whole row

  [[nodiscard]] size_t packed(size_t count) const { return packing ? packing->packed(count) : count; }
  [[nodiscard]] size_t blocks(size_t columns) const { return block == 0 ? 1 : (columns + block - 1) / block; }
};

/// A matrix of each expert, rows x columns, that tokens are multiplied by the transpose of, and a bias.
class ExpertMatrix {
 public:
  struct Sizes {
    size_t experts = 0, rows = 0, columns = 0;
  };

  ExpertMatrix() = default;

  static Result<ExpertMatrix> prepare(PrepareContext& context, const MatrixRoles& roles,
                                      const Quantization& quantization, const Sizes& sizes) {
    ExpertMatrix m;
    m.roles_ = roles;
    m.sizes_ = sizes;
    m.quantization_ = quantization;
    m.dtype_ = context.dtype(roles.weights);
    WEDGE_TRY(m.expect_shapes(context));
    m.has_bias_ = context.has_input(roles.bias);
    m.has_zeros_ = context.has_input(roles.zeros);
    if (m.has_bias_) m.bias_ = {context, context.dtype(roles.bias), sizes.experts * sizes.rows};
    if (roles.scales != absent) {
      m.scales_ = {context, context.dtype(roles.scales), sizes.experts * sizes.rows * m.blocks()};
    }
    return m;
  }

  [[nodiscard]] size_t rows() const { return sizes_.rows; }

  /// The most scratch that products with up to that many tokens take.
  [[nodiscard]] size_t scratch_bytes(size_t most_tokens, Workers workers) const {
    size_t most = 0;
    for (size_t tokens = 1; tokens <= most_tokens; ++tokens) {
      if (is_plain()) {
        most = std::max(most, kernels::gemm_scratch_bytes(product_of(tokens, sizes_.rows), workers));
      } else {
        most = std::max(most, saturating_bytes(workers.count(), written_bytes() + group_scratch_bytes(tokens)));
      }
    }
    return most;
  }

  /// What a run reads of the inputs.
  struct View {
    const float* bias = nullptr;
    const float* scales = nullptr;
    const std::byte* zeros = nullptr;
    const std::byte* weights = nullptr;
  };
  [[nodiscard]] View view(RunContext& run) const {
    return {.bias = has_bias_ ? bias_.read(run, run.input(roles_.bias).data) : nullptr,
            .scales = roles_.scales == absent ? nullptr : scales_.read(run, run.input(roles_.scales).data),
            .zeros = has_zeros_ ? run.input(roles_.zeros).data : nullptr,
            .weights = run.input(roles_.weights).data};
  }

  /// `to` = tokens x columns times the transpose of the expert's matrix, plus its bias.
  void multiply(const View& view, size_t expert, const float* tokens, size_t token_count, float* to, std::byte* scratch,
                Workers workers) const {
    const float* bias = view.bias == nullptr ? nullptr : view.bias + expert * sizes_.rows;
    if (is_plain()) {
      auto product = product_of(token_count, sizes_.rows);
      product.a.data = tokens;
      product.b.data = reinterpret_cast<const float*>(view.weights) + expert * sizes_.rows * sizes_.columns;
      product.c = to;
      product.column_bias = bias;
      kernels::gemm(product, scratch, workers);
      return;
    }
    const size_t room = written_bytes() + group_scratch_bytes(token_count);
    const size_t groups = (sizes_.rows + group_rows - 1) / group_rows;
    workers.run(groups, 1, [&](size_t begin, size_t end, unsigned worker) {
      auto* written = reinterpret_cast<float*>(scratch + worker * room);
      for (size_t first = begin * group_rows; first < std::min(sizes_.rows, end * group_rows); first += group_rows) {
        const size_t count = std::min(group_rows, sizes_.rows - first);
        for (size_t i = 0; i < count; ++i) {
          read_row(view, expert * sizes_.rows + first + i, written + i * sizes_.columns);
        }
        auto product = product_of(token_count, count);
        product.a.data = tokens;
        product.b.data = written;
        product.c = to + first;
        product.column_bias = bias == nullptr ? nullptr : bias + first;
        kernels::gemm(product, scratch + worker * room + written_bytes(), Workers());
      }
    });
  }

 private:
  // Rows of the matrix that a worker writes out as floats at a time.
  static constexpr size_t group_rows = 32;

  [[nodiscard]] bool is_plain() const { return dtype_ == DType::f32; }
  [[nodiscard]] size_t blocks() const { return quantization_.blocks(sizes_.columns); }

  [[nodiscard]] Result<> expect_shapes(const PrepareContext& context) const {
    const auto experts = static_cast<int64_t>(sizes_.experts);
    const auto rows = static_cast<int64_t>(sizes_.rows);
    WEDGE_TRY(expect_shape(context, roles_.weights,
                           {experts, rows, static_cast<int64_t>(quantization_.packed(sizes_.columns))}));
    WEDGE_TRY(expect_shape(context, roles_.bias, {experts, rows}));
    if (roles_.scales == absent) return {};
    const bool whole = quantization_.block == 0;
    const auto scales = static_cast<int64_t>(blocks());
    const auto zeros = static_cast<int64_t>(quantization_.packed(blocks()));
    const auto row_zeros = static_cast<int64_t>(quantization_.packed(sizes_.rows));
    WEDGE_TRY(expect_shape(context, roles_.scales, whole ? Shape{experts, rows} : Shape{experts, rows, scales}));
    return expect_shape(context, roles_.zeros, whole ? Shape{experts, row_zeros} : Shape{experts, rows, zeros});
  }

  static Result<> expect_shape(const PrepareContext& context, size_t input, const Shape& wanted) {
    if (!context.has_input(input) || context.input_shape(input) == wanted) return {};
    return fail(ErrorCode::invalid_model, "input ", input, " has shape ", context.input_shape(input), ", expected ",
                wanted);
  }

  // With some rows of the matrix.
  [[nodiscard]] kernels::GemmArguments product_of(size_t tokens, size_t rows) const {
    kernels::GemmArguments product{.m = tokens, .n = rows, .k = sizes_.columns};
    product.a = {nullptr, static_cast<ptrdiff_t>(sizes_.columns), 1};
    product.b = {nullptr, 1, static_cast<ptrdiff_t>(sizes_.columns)};
    product.c_stride = static_cast<ptrdiff_t>(sizes_.rows);
    return product;
  }

  [[nodiscard]] size_t written_bytes() const {
    return round_up(saturating_bytes(group_rows, sizes_.columns, sizeof(float)), AlignedBuffer::alignment);
  }
  [[nodiscard]] size_t group_scratch_bytes(size_t tokens) const {
    size_t most = 0;
    for (const size_t rows : {std::min(group_rows, sizes_.rows), sizes_.rows % group_rows}) {
      if (rows > 0) most = std::max(most, kernels::gemm_scratch_bytes(product_of(tokens, rows), Workers()));
    }
    return round_up(most, AlignedBuffer::alignment);
  }

  // A row as floats, rows of all experts counted on.
  void read_row(const View& view, size_t row, float* to) const {
    const size_t columns = sizes_.columns;
    if (!quantization_.packing) {
      read_floats(dtype_, view.weights, row * columns, columns, to);
      return;
    }
    quantization_.packing->read(view.weights + row * quantization_.packed(columns), 0, columns, to);
    const size_t length = quantization_.block == 0 ? columns : quantization_.block;
    for (size_t block = 0, i = 0; i < columns; ++block) {
      const size_t end = columns - i < length ? columns : i + length;
      const float scale = view.scales[row * blocks() + block];
      const float zero = zero_point(view, row, block);
      for (; i < end; ++i) to[i] = (to[i] - zero) * scale;
    }
  }

  [[nodiscard]] float zero_point(const View& view, size_t row, size_t block) const {
    if (view.zeros == nullptr) return quantization_.packing->middle();
    if (quantization_.block != 0) {
      return quantization_.packing->number(view.zeros + row * quantization_.packed(blocks()), block);
    }
    const size_t expert = row / sizes_.rows;
    return quantization_.packing->number(view.zeros + expert * quantization_.packed(sizes_.rows), row % sizes_.rows);
  }

  MatrixRoles roles_;
  Sizes sizes_;
  Quantization quantization_;
  DType dtype_ = DType::f32;
  bool has_bias_ = false;
  bool has_zeros_ = false;
  ComputedOperand<float> bias_;
  ComputedOperand<float> scales_;
};

enum class Kind : uint8_t { identity, relu, gelu, silu, swiglu };

/// What follows the first product: the activation of x, times the gate where there is one.
struct Activation {
  /// How the x and the gate of swiglu lie in the first product.
  enum class Fusion : uint8_t { apart, interleaved, joined };

  Kind kind = Kind::relu;
  Fusion fusion = Fusion::apart;
  float alpha = 1;
  float beta = 0;
  float limit = std::numeric_limits<float>::infinity();

  static Result<Activation> read(const NodeView& node) {
    const auto& attributes = node.attributes();
    constexpr std::array<std::string_view, 5> names = {"identity", "relu", "gelu", "silu", "swiglu"};
    WEDGE_ASSIGN(const auto name, attributes.string("activation_type", "relu"));
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return fail(ErrorCode::invalid_model, "attribute 'activation_type' is ", name);
    Activation activation{.kind = static_cast<Kind>(found - names.begin())};
    WEDGE_ASSIGN(activation.alpha, attributes.number("activation_alpha", 1));
    WEDGE_ASSIGN(activation.beta, attributes.number("activation_beta", 0));
    WEDGE_ASSIGN(activation.limit, attributes.number("swiglu_limit", activation.limit));
    if (!(activation.limit >= 0)) return fail(ErrorCode::invalid_model, "attribute 'swiglu_limit' is negative");
    WEDGE_ASSIGN(const int64_t fusion, attributes.integer("swiglu_fusion", 0));
    if (fusion < 0 || fusion > 2) return fail(ErrorCode::invalid_model, "attribute 'swiglu_fusion' is ", fusion);
    if (activation.kind == Kind::swiglu) activation.fusion = static_cast<Fusion>(fusion);
    return activation;
  }

  [[nodiscard]] bool is_fused() const { return fusion != Fusion::apart; }
  [[nodiscard]] size_t widths() const { return is_fused() ? 2 : 1; }

  /// A row of `width` elements from the first product, which holds twice as many when it is fused. Without a gate of
  /// its own `gate` is null.
  void apply(float* first, const float* gate, size_t width, float* to) const {
    if (kind != Kind::swiglu) {
      apply_plain(first, width);
      for (size_t i = 0; i < width; ++i) to[i] = gate == nullptr ? first[i] : first[i] * gate[i];
      return;
    }
    const size_t step = fusion == Fusion::interleaved ? 2 : 1;
    const float* linear = fusion == Fusion::interleaved ? first + 1 : fusion == Fusion::joined ? first + width : gate;
    for (size_t i = 0; i < width; ++i) {
      const float x = std::min(first[i * step], limit);
      const float y = std::clamp(linear[i * step], -limit, limit);
      to[i] = x / (1 + std::exp(-alpha * x)) * (y + beta);
    }
  }

 private:
  void apply_plain(float* x, size_t count) const {
    using kernels::UnaryFunction;
    if (kind == Kind::relu) kernels::unary_f32(UnaryFunction::relu, x, x, count);
    if (kind == Kind::gelu) kernels::unary_f32(UnaryFunction::gelu_tanh, x, x, count);
    if (kind == Kind::silu) kernels::unary_f32(UnaryFunction::silu, x, x, count);
  }
};

/// Which experts a token goes to, and by how much they count.
struct Router {
  size_t experts = 1;
  size_t chosen = 1;
  bool normalizes = false;
  bool only_chosen = false;  ///< the softmax is that of the chosen ones

  // The order of experts: larger scores first, and among equals the later expert. What is not a number comes last.
  static bool precedes(std::span<const float> scores, size_t a, size_t b) {
    const auto score = [&](size_t i) {
      return std::isnan(scores[i]) ? -std::numeric_limits<float>::infinity() : scores[i];
    };
    return score(a) != score(b) ? score(a) > score(b) : a > b;
  }

  // The first expert in order that comes after `last`; any when there is none before.
  [[nodiscard]] size_t next(std::span<const float> scores, size_t last) const {
    size_t best = experts;
    for (size_t i = 0; i < experts; ++i) {
      if (last < experts && !precedes(scores, last, i)) continue;
      if (best == experts || precedes(scores, i, best)) best = i;
    }
    return best;
  }

  /// `mixing` are the weights of all experts, or null for those that the scores give.
  void choose(std::span<const float> scores, const float* mixing, size_t* expert, float* weight) const {
    size_t last = experts;
    for (size_t j = 0; j < chosen; ++j) expert[j] = last = next(scores, last);
    if (mixing != nullptr) {
      for (size_t j = 0; j < chosen; ++j) weight[j] = mixing[expert[j]];
    } else {
      const float largest = scores[expert[0]];
      float sum = 0;
      for (size_t j = 0; j < chosen; ++j) weight[j] = std::exp(scores[expert[j]] - largest);
      for (size_t i = 0; i < experts && !only_chosen; ++i) sum += std::exp(scores[i] - largest);
      for (size_t j = 0; j < chosen && only_chosen; ++j) sum += weight[j];
      for (size_t j = 0; j < chosen; ++j) weight[j] /= sum;
    }
    if (!normalizes) return;
    float sum = 0;
    for (size_t j = 0; j < chosen; ++j) sum += weight[j];
    for (size_t j = 0; j < chosen; ++j) weight[j] /= sum;
  }
};

// Tokens that pass through an expert at a time.
constexpr size_t most_rows = 256;

struct Mixture {
  size_t tokens = 0;
  size_t hidden = 0;
  size_t inner = 0;
  Router router;
  Activation activation;
  std::array<ExpertMatrix, 3> matrices;
  bool has_gate = false;
  bool has_mixing = false;
  ComputedOperand<float> data, scores, mixing, output;
  /// For each token and each of its experts: the expert and its weight; then these by expert, and where each starts.
  Scratch experts, weights, order, starts;
  /// Rows of one expert on their way.
  Scratch in, first, gate, active, out, gemm;

  [[nodiscard]] size_t routes() const { return tokens * router.chosen; }
};

void ask_for_scratch(PrepareContext& context, Mixture& m) {
  const size_t rows = std::min(m.tokens, most_rows);
  const auto floats = [&](size_t columns) { return context.scratch(rows, columns, sizeof(float)); };
  m.experts = context.scratch(m.routes(), sizeof(size_t));
  m.weights = context.scratch(m.routes(), sizeof(float));
  m.order = context.scratch(m.routes(), sizeof(size_t));
  m.starts = context.scratch(m.router.experts + 1, sizeof(size_t));
  m.in = floats(m.hidden);
  m.first = floats(m.inner * m.activation.widths());
  m.gate = floats(m.has_gate ? m.inner : 0);
  m.active = floats(m.inner);
  m.out = floats(m.hidden);
  size_t most = 0;
  for (const ExpertMatrix& matrix : m.matrices) most = std::max(most, matrix.scratch_bytes(rows, context.workers()));
  m.gemm = context.scratch(most);
}

void route(RunContext& run, const Mixture& m, const std::byte* mixing) {
  auto* experts = run.scratch<size_t>(m.experts);
  auto* weights = run.scratch<float>(m.weights);
  const float* scores = m.scores.read(run, run.input(router_input).data);
  const float* mixed = mixing == nullptr ? nullptr : m.mixing.read(run, mixing);
  const size_t count = m.router.experts;
  run.workers().run(m.tokens, 64, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      m.router.choose({scores + i * count, count}, mixed == nullptr ? nullptr : mixed + i * count,
                      experts + i * m.router.chosen, weights + i * m.router.chosen);
    }
  });
}

// Routes in the order of their experts; starts[expert] is where its routes begin.
void sort_routes(const RunContext& run, const Mixture& m) {
  const auto* experts = run.scratch<size_t>(m.experts);
  auto* order = run.scratch<size_t>(m.order);
  auto* starts = run.scratch<size_t>(m.starts);
  std::fill_n(starts, m.router.experts + 1, size_t{0});
  for (size_t i = 0; i < m.routes(); ++i) ++starts[experts[i] + 1];
  for (size_t i = 0; i < m.router.experts; ++i) starts[i + 1] += starts[i];
  for (size_t i = 0; i < m.routes(); ++i) order[starts[experts[i]]++] = i;
  // Each start has moved to the next one's place.
  for (size_t i = m.router.experts; i > 0; --i) starts[i] = starts[i - 1];
  starts[0] = 0;
}

using Views = std::array<ExpertMatrix::View, 3>;

// Adds what the expert makes of the tokens of some routes to the output.
void pass(RunContext& run, const Mixture& m, const Views& views, size_t expert, std::span<const size_t> routes,
          const float* data, float* output) {
  const Workers workers = run.workers();
  auto* in = run.scratch<float>(m.in);
  auto* first = run.scratch<float>(m.first);
  auto* gate = m.has_gate ? run.scratch<float>(m.gate) : nullptr;
  auto* active = run.scratch<float>(m.active);
  auto* out = run.scratch<float>(m.out);
  const auto* weights = run.scratch<float>(m.weights);
  for (size_t i = 0; i < routes.size(); ++i) {
    std::copy_n(data + routes[i] / m.router.chosen * m.hidden, m.hidden, in + i * m.hidden);
  }
  const auto multiply = [&](size_t matrix, const float* from, float* to) {
    m.matrices[matrix].multiply(views[matrix], expert, from, routes.size(), to, run.scratch(m.gemm), workers);
  };
  multiply(first_matrix, in, first);
  if (m.has_gate) multiply(gate_matrix, in, gate);
  workers.run(routes.size(), 1 + (size_t{1} << 14U) / m.inner, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      m.activation.apply(first + i * m.inner * m.activation.widths(), gate == nullptr ? nullptr : gate + i * m.inner,
                         m.inner, active + i * m.inner);
    }
  });
  multiply(second_matrix, active, out);
  for (size_t i = 0; i < routes.size(); ++i) {
    float* to = output + routes[i] / m.router.chosen * m.hidden;
    for (size_t j = 0; j < m.hidden; ++j) to[j] += weights[routes[i]] * out[i * m.hidden + j];
  }
}

Kernel kernel_of(const Mixture& m, size_t mixing_input) {
  return [=](RunContext& run) -> Result<> {
    route(run, m, m.has_mixing ? run.input(mixing_input).data : nullptr);
    sort_routes(run, m);
    const float* data = m.data.read(run, run.input(data_input).data);
    float* output = m.output.target(run, run.output(0).data);
    std::fill_n(output, m.tokens * m.hidden, 0.0F);
    Views views{};
    for (size_t i = 0; i < views.size(); ++i) {
      if (i != gate_matrix || m.has_gate) views[i] = m.matrices[i].view(run);
    }
    const auto* order = run.scratch<size_t>(m.order);
    const auto* starts = run.scratch<size_t>(m.starts);
    for (size_t expert = 0; expert < m.router.experts; ++expert) {
      for (size_t at = starts[expert]; at < starts[expert + 1]; at += most_rows) {
        const size_t count = std::min(most_rows, starts[expert + 1] - at);
        pass(run, m, views, expert, {order + at, count}, data, output);
      }
    }
    m.output.write(run, run.output(0).data);
    return {};
  };
}

Result<Router> read_router(const PrepareContext& context, const Mixture& m, size_t mixing) {
  const Shape scores = context.input_shape(router_input);
  WEDGE_ASSIGN(const int64_t chosen, context.attributes().integer("k", 1));
  WEDGE_ASSIGN(const bool sparse, context.attributes().flag("use_sparse_mixer", false));
  if (sparse) return fail(ErrorCode::unsupported, "attribute 'use_sparse_mixer'");
  if (scores[0] != static_cast<int64_t>(m.tokens) || chosen < 1 || chosen > scores[1]) {
    return fail(ErrorCode::invalid_model, "cannot choose ", chosen, " experts for ", m.tokens,
                " tokens by scores of shape ", scores);
  }
  if (context.has_input(mixing) && context.input_shape(mixing) != scores) {
    return fail(ErrorCode::invalid_model, "router_weights has shape ", context.input_shape(mixing), ", expected ",
                scores);
  }
  Router router{.experts = static_cast<size_t>(scores[1]), .chosen = static_cast<size_t>(chosen)};
  WEDGE_ASSIGN(router.normalizes, context.attributes().flag("normalize_routing_weights", false));
  return router;
}

Result<> read_matrices(PrepareContext& context, const Roles& roles, const Quantization& quantization, Mixture& m) {
  m.has_gate = context.has_input(roles.matrices[gate_matrix].weights);
  if (m.has_gate && roles.matrices[gate_matrix].scales != absent) {
    WEDGE_TRY(context.expect_present({roles.matrices[gate_matrix].scales}));
  }
  const bool needs_gate = m.activation.kind == Kind::swiglu && !m.activation.is_fused();
  if ((needs_gate && !m.has_gate) || (m.activation.is_fused() && m.has_gate)) {
    return fail(ErrorCode::invalid_model, "the gate of swiglu is either fused or a matrix of its own");
  }
  const auto rows = static_cast<size_t>(context.input_shape(roles.matrices[first_matrix].weights)[1]);
  m.inner = rows / m.activation.widths();
  if (m.hidden == 0 || m.inner == 0) return fail(ErrorCode::invalid_model, "the experts have no elements");
  const auto prepare = [&](size_t matrix, size_t matrix_rows, size_t columns) {
    return ExpertMatrix::prepare(context, roles.matrices[matrix], quantization,
                                 {m.router.experts, matrix_rows, columns});
  };
  WEDGE_ASSIGN(m.matrices[first_matrix], prepare(first_matrix, m.inner * m.activation.widths(), m.hidden));
  WEDGE_ASSIGN(m.matrices[second_matrix], prepare(second_matrix, m.hidden, m.inner));
  if (m.has_gate) {
    WEDGE_ASSIGN(m.matrices[gate_matrix], prepare(gate_matrix, m.inner, m.hidden));
  }
  return {};
}

Result<Kernel> prepare(PrepareContext& context, const Roles& roles, const Quantization& quantization,
                       bool only_chosen) {
  const Shape shape = context.input_shape(data_input);
  const DType dtype = context.dtype(data_input);
  Mixture m{.tokens = static_cast<size_t>(shape.numel(0, shape.rank() - 1)),
            .hidden = static_cast<size_t>(shape[shape.rank() - 1])};
  WEDGE_ASSIGN(m.activation, Activation::read(context));
  WEDGE_ASSIGN(m.router, read_router(context, m, roles.mixing));
  m.router.only_chosen = only_chosen;
  WEDGE_TRY(read_matrices(context, roles, quantization, m));
  if (m.tokens == 0) return Kernel();
  m.has_mixing = context.has_input(roles.mixing);
  const size_t score_count = m.tokens * m.router.experts;
  m.data = {context, dtype, m.tokens * m.hidden};
  m.output = {context, dtype, m.tokens * m.hidden};
  m.scores = {context, dtype, score_count};
  if (m.has_mixing) m.mixing = {context, dtype, score_count};
  ask_for_scratch(context, m);
  return kernel_of(m, roles.mixing);
}

Result<Quantization> read_quantization(const NodeView& node) {
  const auto& attributes = node.attributes();
  WEDGE_ASSIGN(const auto type, attributes.string("quant_type", "int"));
  if (type != "int") return fail(ErrorCode::unsupported, "attribute 'quant_type' of ", type);
  WEDGE_ASSIGN(const int64_t layout, attributes.integer("weights_prepacked", -1));
  if (layout > 0) return fail(ErrorCode::unsupported, "weights packed for one provider");
  WEDGE_ASSIGN(const int64_t bits, attributes.integer("expert_weight_bits", 4));
  WEDGE_ASSIGN(const int64_t block, attributes.integer("block_size", 0));
  if (block < 0) return fail(ErrorCode::invalid_model, "attribute 'block_size' is ", block);
  WEDGE_ASSIGN(const BitPacking packing, BitPacking::of(bits));
  return Quantization{.packing = packing, .block = static_cast<size_t>(block)};
}

Result<> infer_float(InferContext& context) { return infer(context, float_roles); }
Result<> infer_quantized(InferContext& context) { return infer(context, quantized_roles); }

Result<Kernel> prepare_float(PrepareContext& context) { return prepare(context, float_roles, {}, false); }
Result<Kernel> prepare_quantized(PrepareContext& context) {
  WEDGE_ASSIGN(const Quantization quantization, read_quantization(context));
  return prepare(context, quantized_roles, quantization, true);
}

}  // namespace

WEDGE_OPERATOR(microsoft, MoE) = {.infer = infer_float, .prepare = prepare_float, .min_inputs = 2, .max_inputs = 8};
WEDGE_OPERATOR(microsoft, QMoE) = {
    .infer = infer_quantized, .prepare = prepare_quantized, .min_inputs = 2, .max_inputs = 21};

}  // namespace wedge
