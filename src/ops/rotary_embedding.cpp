// RotaryEmbedding of ONNX and of com.microsoft: each head's rows are turned by the angles of their positions.
#include "ops/attention.h"
#include "ops/rotation.h"

namespace wedge {
namespace {

// Which inputs are what.
struct Roles {
  size_t cosines, sines, positions;
};
constexpr Roles onnx_roles = {.cosines = 1, .sines = 2, .positions = 3};
constexpr Roles contrib_roles = {.cosines = 2, .sines = 3, .positions = 1};

Result<> infer(InferContext& context, const Roles& roles) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  WEDGE_TRY(context.expect_rank(0, 3, 4));
  WEDGE_TRY(context.expect_same_dtype(0, roles.cosines));
  WEDGE_TRY(context.expect_same_dtype(0, roles.sines));
  WEDGE_TRY(context.expect_dtype(roles.positions, {DType::i64}));
  context.set_output(0, context.dtype(0), context.shape(0));
  return {};
}

/// Where a row's place in the tables comes from.
enum class Positions : uint8_t {
  rows,    ///< the tables have a row for each row of the input
  given,   ///< a position for each row
  offset,  ///< the position of the first row of every batch element
};

struct Geometry {
  size_t batch = 1;
  size_t heads = 1;
  size_t rows = 1;
  HeadLayout layout;
  Rotation rotation;
  Positions kind = Positions::rows;
  size_t positions = 1;  ///< in the tables
};

// `head_size` is that of heads whose number is not given, or 0.
Result<Geometry> read_heads(const PrepareContext& context, int64_t head_size) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(int64_t heads, context.attributes().integer("num_heads", 0));
  WEDGE_ASSIGN(const int64_t rotary, context.attributes().integer("rotary_embedding_dim", 0));
  Geometry g{.batch = static_cast<size_t>(shape[0])};
  WEDGE_ASSIGN(g.rotation.interleaved, context.attributes().flag("interleaved", false));
  if (shape.rank() == 4) {
    g.heads = static_cast<size_t>(shape[1]);
    g.rows = static_cast<size_t>(shape[2]);
    g.rotation.columns = static_cast<size_t>(shape[3]);
    g.layout = HeadLayout::by_head(g.heads, g.rows, g.rotation.columns);
  } else {
    if (heads == 0 && head_size > 0 && shape[2] % head_size == 0) heads = shape[2] / head_size;
    if (heads <= 0 || shape[2] % heads != 0) {
      return fail(ErrorCode::invalid_model, "attribute 'num_heads' is ", heads, " for input of shape ", shape);
    }
    g.heads = static_cast<size_t>(heads);
    g.rows = static_cast<size_t>(shape[1]);
    g.rotation.columns = static_cast<size_t>(shape[2] / heads);
    g.layout = HeadLayout::by_row(g.heads, g.rows, g.rotation.columns);
  }
  const auto columns = static_cast<int64_t>(g.rotation.columns);
  const int64_t turned = rotary == 0 ? columns : rotary;
  if (turned < 0 || turned > columns || turned % 2 != 0) {
    return fail(ErrorCode::invalid_model, "cannot turn ", turned, " of ", columns, " columns");
  }
  g.rotation.pairs = static_cast<size_t>(turned / 2);
  return g;
}

Result<> read_tables(const PrepareContext& context, const Roles& roles, Geometry& g) {
  const Shape table = context.input_shape(roles.cosines);
  const auto batch = static_cast<int64_t>(g.batch);
  const auto rows = static_cast<int64_t>(g.rows);
  const auto pairs = static_cast<int64_t>(g.rotation.pairs);
  Shape wanted = {batch, rows, pairs};
  if (g.kind != Positions::rows) {
    wanted = Shape{table.rank() == 2 ? table[0] : 0, pairs};
    g.positions = static_cast<size_t>(wanted[0]);
  }
  if (g.kind == Positions::given && context.input_shape(roles.positions) != Shape{batch, rows}) {
    return fail(ErrorCode::invalid_model, "position_ids has shape ", context.input_shape(roles.positions),
                " for input of shape ", context.input_shape(0));
  }
  if (table != wanted || context.input_shape(roles.sines) != wanted) {
    return fail(ErrorCode::invalid_model, "the tables have shapes ", table, " and ", context.input_shape(roles.sines),
                ", expected ", wanted);
  }
  return {};
}

// How many rows a position stands for.
size_t reach(const Geometry& g) { return g.kind == Positions::offset ? g.rows : 1; }

Result<> expect_positions(const Geometry& g, std::span<const int64_t> positions) {
  for (const int64_t position : positions) {
    if (position >= 0 && reach(g) <= g.positions && static_cast<uint64_t>(position) <= g.positions - reach(g)) continue;
    return fail(ErrorCode::out_of_range, "position ", position, " of ", g.positions, " for ", reach(g), " rows");
  }
  return {};
}

size_t position_of(const Geometry& g, const int64_t* positions, size_t row) {
  if (g.kind == Positions::rows) return row;
  if (g.kind == Positions::given) return static_cast<size_t>(positions[row]);
  return static_cast<size_t>(positions[0]) + row % g.rows;
}

template <typename C>
Result<Kernel> prepare_rotation(PrepareContext& context, const Roles& roles, const Geometry& g) {
  const DType dtype = context.dtype(0);
  const auto count = static_cast<size_t>(context.input_shape(0).numel());
  const auto table_count = static_cast<size_t>(context.input_shape(roles.cosines).numel());
  const ComputedOperand<C> input(context, dtype, count);
  const ComputedOperand<C> output(context, dtype, count);
  const ComputedOperand<C> cosines(context, dtype, table_count);
  const ComputedOperand<C> sines(context, dtype, table_count);
  return [=](RunContext& run) -> Result<> {
    const int64_t* positions = nullptr;
    if (g.kind != Positions::rows) {
      WEDGE_TRY(expect_positions(g, run.input<int64_t>(roles.positions)));
      positions = run.input<int64_t>(roles.positions).data();
    }
    const C* in = input.read(run, run.input(0).data);
    const C* cosine = cosines.read(run, run.input(roles.cosines).data);
    const C* sine = sines.read(run, run.input(roles.sines).data);
    C* out = output.target(run, run.output(0).data);
    run.workers().run(g.batch * g.rows, 64, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        const size_t table = position_of(g, positions, i) * g.rotation.pairs;
        for (size_t head = 0; head < g.heads; ++head) {
          const size_t at = g.layout.offset(i / g.rows, head, i % g.rows);
          g.rotation.turn(in + at, cosine + table, sine + table, out + at);
        }
      }
    });
    output.write(run, run.output(0).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context, const Roles& roles, Geometry g) {
  WEDGE_TRY(read_tables(context, roles, g));
  if (context.input_shape(0).numel() == 0) return Kernel();
  return prepare_computed(context.dtype(0), [&]<typename C>() { return prepare_rotation<C>(context, roles, g); });
}

Result<> infer_onnx(InferContext& context) { return infer(context, onnx_roles); }
Result<> infer_contrib(InferContext& context) { return infer(context, contrib_roles); }

Result<Kernel> prepare_onnx(PrepareContext& context) {
  WEDGE_ASSIGN(Geometry g, read_heads(context, 0));
  g.kind = context.has_input(onnx_roles.positions) ? Positions::given : Positions::rows;
  return prepare(context, onnx_roles, g);
}

Result<Kernel> prepare_contrib(PrepareContext& context) {
  const Shape table = context.input_shape(contrib_roles.cosines);
  WEDGE_ASSIGN(Geometry g, read_heads(context, table.rank() == 2 ? saturating_mul(2, table[1]) : 0));
  const Shape positions = context.input_shape(contrib_roles.positions);
  g.kind = positions.rank() < 2 && positions.numel() == 1 ? Positions::offset : Positions::given;
  return prepare(context, contrib_roles, g);
}

}  // namespace

WEDGE_OPERATOR(onnx, RotaryEmbedding) = {
    .infer = infer_onnx, .prepare = prepare_onnx, .min_inputs = 3, .max_inputs = 4, .since = 23};
WEDGE_OPERATOR(microsoft, RotaryEmbedding) = {
    .infer = infer_contrib, .prepare = prepare_contrib, .min_inputs = 4, .max_inputs = 4};

}  // namespace wedge
