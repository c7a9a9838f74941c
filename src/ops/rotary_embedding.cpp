// RotaryEmbedding: pairs of columns of each head are turned by an angle that depends on the row's position.
#include "ops/attention.h"

namespace wedge {
namespace {

constexpr size_t positions_input = 3;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  WEDGE_TRY(context.expect_rank(0, 3, 4));
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_TRY(context.expect_dtype(positions_input, {DType::i64}));
  context.set_output(0, context.dtype(0), context.shape(0));
  return {};
}

struct Rotation {
  size_t batch = 1;
  size_t heads = 1;
  size_t rows = 1;
  size_t columns = 1;
  size_t pairs = 1;      ///< columns past the pairs stay as they are
  size_t positions = 1;  ///< in the tables
  bool has_positions = false;
  bool interleaved = false;
  HeadLayout layout;
};

Result<Rotation> read_rotation(const PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t heads, context.attributes().integer("num_heads", 0));
  WEDGE_ASSIGN(const int64_t rotary, context.attributes().integer("rotary_embedding_dim", 0));
  Rotation r{.batch = static_cast<size_t>(shape[0]), .has_positions = context.has_input(positions_input)};
  WEDGE_ASSIGN(r.interleaved, context.attributes().flag("interleaved", false));
  if (shape.rank() == 4) {
    r.heads = static_cast<size_t>(shape[1]);
    r.rows = static_cast<size_t>(shape[2]);
    r.columns = static_cast<size_t>(shape[3]);
    r.layout = HeadLayout::by_head(r.heads, r.rows, r.columns);
  } else {
    if (heads <= 0 || shape[2] % heads != 0) {
      return fail(ErrorCode::invalid_model, "attribute 'num_heads' is ", heads, " for input of shape ", shape);
    }
    r.heads = static_cast<size_t>(heads);
    r.rows = static_cast<size_t>(shape[1]);
    r.columns = static_cast<size_t>(shape[2] / heads);
    r.layout = HeadLayout::by_row(r.heads, r.rows, r.columns);
  }
  const auto columns = static_cast<int64_t>(r.columns);
  const int64_t turned = rotary == 0 ? columns : rotary;
  if (turned < 0 || turned > columns || turned % 2 != 0) {
    return fail(ErrorCode::invalid_model, "cannot turn ", turned, " of ", columns, " columns");
  }
  r.pairs = static_cast<size_t>(turned / 2);

  const Shape table = context.input_shape(1);
  Shape wanted = {shape[0], static_cast<int64_t>(r.rows), turned / 2};
  if (r.has_positions) {
    wanted = Shape{table.rank() == 2 ? table[0] : 0, turned / 2};
    r.positions = static_cast<size_t>(wanted[0]);
    const Shape positions = context.input_shape(positions_input);
    if (positions != Shape{shape[0], static_cast<int64_t>(r.rows)}) {
      return fail(ErrorCode::invalid_model, "position_ids has shape ", positions, " for input of shape ", shape);
    }
  }
  if (table != wanted || context.input_shape(2) != wanted) {
    return fail(ErrorCode::invalid_model, "the tables have shapes ", table, " and ", context.input_shape(2),
                ", expected ", wanted);
  }
  return r;
}

template <typename C>
void turn(const Rotation& r, const C* in, const C* cosines, const C* sines, C* out) {
  const size_t distance = r.interleaved ? 1 : r.pairs;
  const size_t step = r.interleaved ? 2 : 1;
  for (size_t i = 0; i < r.pairs; ++i) {
    const C a = in[i * step];
    const C b = in[i * step + distance];
    out[i * step] = cosines[i] * a - sines[i] * b;
    out[i * step + distance] = sines[i] * a + cosines[i] * b;
  }
  std::copy(in + 2 * r.pairs, in + r.columns, out + 2 * r.pairs);
}

Result<> expect_positions(const Rotation& r, std::span<const int64_t> positions) {
  for (const int64_t position : positions) {
    if (position >= 0 && static_cast<uint64_t>(position) < r.positions) continue;
    return fail(ErrorCode::out_of_range, "position ", position, " of ", r.positions);
  }
  return {};
}

template <typename C>
Result<Kernel> prepare_rotation(PrepareContext& context, const Rotation& r) {
  const DType dtype = context.dtype(0);
  const auto count = static_cast<size_t>(context.input_shape(0).numel());
  const auto table_count = static_cast<size_t>(context.input_shape(1).numel());
  const ComputedOperand<C> input(context, dtype, count);
  const ComputedOperand<C> output(context, dtype, count);
  const ComputedOperand<C> cosines(context, dtype, table_count);
  const ComputedOperand<C> sines(context, dtype, table_count);
  return [=](RunContext& run) -> Result<> {
    const int64_t* positions = nullptr;
    if (r.has_positions) {
      WEDGE_TRY(expect_positions(r, run.input<int64_t>(positions_input)));
      positions = run.input<int64_t>(positions_input).data();
    }
    const C* in = input.read(run, run.input(0).data);
    const C* cosine = cosines.read(run, run.input(1).data);
    const C* sine = sines.read(run, run.input(2).data);
    C* out = output.target(run, run.output(0).data);
    run.workers().run(r.batch * r.rows, 64, [&](size_t begin, size_t end, unsigned) {
      for (size_t i = begin; i < end; ++i) {
        const size_t position = positions == nullptr ? i : static_cast<size_t>(positions[i]);
        for (size_t head = 0; head < r.heads; ++head) {
          const size_t at = r.layout.offset(i / r.rows, head, i % r.rows);
          turn(r, in + at, cosine + position * r.pairs, sine + position * r.pairs, out + at);
        }
      }
    });
    output.write(run, run.output(0).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Rotation r, read_rotation(context));
  if (context.input_shape(0).numel() == 0) return Kernel();
  return prepare_computed(context.dtype(0), [&]<typename C>() { return prepare_rotation<C>(context, r); });
}

}  // namespace

WEDGE_OPERATOR(onnx, RotaryEmbedding) = {
    .infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 4, .since = 23};

}  // namespace wedge
