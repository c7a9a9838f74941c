// GatherBlockQuantized of com.microsoft: slices of a table of small integers, picked by index along an axis and made
// floats by the scale and zero point of their blocks.
#include <algorithm>

#include "ops/bit_packing.h"
#include "ops/operator.h"
#include "ops/quantization.h"

namespace wedge {
namespace {

constexpr size_t data_input = 0;
constexpr size_t index_input = 1;
constexpr size_t scale_input = 2;
constexpr size_t zero_input = 3;

/// How the numbers lie: types of less than a byte are packed all along, and bytes hold those of one row.
struct Table {
  DType dtype = DType::u8;  ///< of the numbers
  size_t per_byte = 1;      ///< of an element of the data
  size_t gather_axis = 0;
  size_t quantize_axis = 0;
  int64_t block = 0;
  float zero = 0;  ///< where none is given

  /// The shape in numbers of what has this shape in elements.
  [[nodiscard]] SymbolicShape unpacked(SymbolicShape shape) const {
    Dim& last = shape[shape.rank() - 1];
    last = last * static_cast<int64_t>(per_byte);
    return shape;
  }
};

Result<Table> read_table(const NodeView& node, size_t rank) {
  const Attributes& attributes = node.attributes();
  Table table{.dtype = node.dtype(data_input)};
  WEDGE_ASSIGN(const int64_t gather, attributes.integer("gather_axis", 0));
  WEDGE_ASSIGN(table.gather_axis, resolve_axis(gather, rank));
  WEDGE_ASSIGN(const int64_t quantize, attributes.integer("quantize_axis", 1));
  WEDGE_ASSIGN(table.quantize_axis, resolve_axis(quantize, rank));
  WEDGE_ASSIGN(table.block, attributes.integer("block_size", 128));
  if (table.block < 16 || (table.block & (table.block - 1)) != 0) {
    return fail(ErrorCode::invalid_model, "attribute 'block_size' is ", table.block, ", no power of two from 16 on");
  }
  if (table.dtype == DType::u8) {
    WEDGE_ASSIGN(const int64_t bits, attributes.integer("bits", 4));
    WEDGE_ASSIGN(const BitPacking packing, BitPacking::of(bits));
    table.dtype = packing.dtype();
    table.per_byte = packing.per_byte();
    table.zero = packing.middle();
    if (table.gather_axis != 0) return fail(ErrorCode::invalid_model, "bytes are gathered along axis 0 alone");
  }
  return table;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(data_input, {DType::u8, DType::u4, DType::i4}));
  WEDGE_TRY(context.expect_dtype(index_input, {DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_dtype(scale_input, {DType::f32, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_same_dtype(data_input, zero_input));
  WEDGE_TRY(context.expect_rank(data_input, 1, Shape::max_rank));
  context.set_output(0, context.dtype(scale_input), {});
  const SymbolicShape& packed = context.shape(data_input);
  const SymbolicShape& indices = context.shape(index_input);
  if (!packed.has_rank() || !indices.has_rank() || context.dtype(data_input) == DType::undefined) return {};
  WEDGE_ASSIGN(const Table table, read_table(context, packed.rank()));
  const SymbolicShape data = table.unpacked(packed);
  SymbolicShape shape = SymbolicShape::of_rank(0);
  for (size_t i = 0; i < data.rank(); ++i) {
    if (i != table.gather_axis) {
      if (!shape.push_back(data[i])) return fail(ErrorCode::unsupported, "an output of so many dimensions");
      continue;
    }
    for (const Dim dim : indices.dims()) {
      if (!shape.push_back(dim)) return fail(ErrorCode::unsupported, "an output of so many dimensions");
    }
  }
  context.set_output(0, context.dtype(scale_input), shape);
  return {};
}

/// Where the zero points lie: of bytes each row begins a byte.
struct ZeroLayout {
  DType dtype = DType::u8;
  size_t row = 1;        ///< numbers in a row
  size_t row_bytes = 0;  ///< 0 where rows follow each other without a gap

  [[nodiscard]] float read(const std::byte* zeros, size_t i) const {
    float zero = 0;
    if (row_bytes == 0) {
      read_floats(dtype, zeros, i, 1, &zero);
    } else {
      read_floats(dtype, zeros + i / row * row_bytes, i % row, 1, &zero);
    }
    return zero;
  }
};

struct Gather {
  Table table;
  ScaleLayout layout;
  ZeroLayout zeros;
  size_t outer = 1;  ///< slices of all that lies before the axis
  size_t dim = 1;
  size_t count = 0;  ///< of indices
  size_t inner = 1;  ///< numbers of a slice
};

// Writes the numbers of a slice as floats.
void write_slice(const RunContext& run, const Gather& gather, size_t from, size_t to) {
  constexpr size_t piece = 256;
  float numbers[piece];
  const TensorRef& scales = run.input(scale_input);
  const TensorRef& output = run.output(0);
  for (size_t done = 0; done < gather.inner; done += piece) {
    const size_t count = std::min(piece, gather.inner - done);
    const auto first = static_cast<int64_t>(from + done);
    read_floats(gather.table.dtype, run.input(data_input).data, from + done, count, numbers);
    gather.layout.for_each_run(first, first + static_cast<int64_t>(count),
                               [&](int64_t at, int64_t length, int64_t scale_index, int64_t step) {
                                 float* x = numbers + (at - first);
                                 float scale = 0;
                                 float zero = gather.table.zero;
                                 for (int64_t i = 0; i < length; ++i) {
                                   if (i == 0 || step != 0) {
                                     const auto index = static_cast<size_t>(scale_index + i * step);
                                     read_floats(scales.dtype, scales.data, index, 1, &scale);
                                     if (run.has_input(zero_input))
                                       zero = gather.zeros.read(run.input(zero_input).data, index);
                                   }
                                   x[i] = (x[i] - zero) * scale;
                                 }
                               });
    write_floats(output.dtype, numbers, to + done, count, output.data);
  }
}

template <typename Index>
void gather_all(RunContext& run, const Gather& gather) {
  const auto indices = run.input<Index>(index_input);
  const size_t grain = std::max<size_t>(1, elementwise_grain / gather.inner);
  run.workers().run(gather.outer * gather.count, grain, [&](size_t begin, size_t end, unsigned) {
    for (size_t slice = begin; slice < end; ++slice) {
      int64_t index = indices[slice % gather.count];
      if (index < 0) index += static_cast<int64_t>(gather.dim);
      const size_t row = slice / gather.count * gather.dim + static_cast<size_t>(index);
      write_slice(run, gather, row * gather.inner, slice * gather.inner);
    }
  });
}

template <typename Index>
Result<> check_indices(const RunContext& run, size_t dim) {
  for (const Index index : run.input<Index>(index_input)) {
    const auto size = static_cast<int64_t>(dim);
    if (index >= -size && index < size) continue;
    return fail(ErrorCode::out_of_range, "index ", index, " is outside a dimension of ", dim);
  }
  return {};
}

template <typename Index>
Kernel kernel_for(const Gather& gather) {
  return [=](RunContext& run) -> Result<> {
    WEDGE_TRY(check_indices<Index>(run, gather.dim));
    gather_all<Index>(run, gather);
    return {};
  };
}

Result<ZeroLayout> read_zero_layout(const PrepareContext& context, const Table& table) {
  ZeroLayout zeros{.dtype = table.dtype};
  if (!context.has_input(zero_input)) return zeros;
  Shape wanted = context.input_shape(scale_input);
  if (table.per_byte > 1) {
    int64_t& last = wanted[wanted.rank() - 1];
    const auto per_byte = static_cast<int64_t>(table.per_byte);
    zeros.row = static_cast<size_t>(last);
    last = last / per_byte + (last % per_byte == 0 ? 0 : 1);
    zeros.row_bytes = static_cast<size_t>(last);
  }
  if (context.input_shape(zero_input) == wanted) return zeros;
  return fail(ErrorCode::invalid_model, "zero points ", context.input_shape(zero_input), ", expected ", wanted);
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const Table table, read_table(context, context.shape(data_input).rank()));
  const Shape data = table.unpacked(context.shape(data_input)).concrete().value_or(Shape{});
  WEDGE_ASSIGN(const ScaleLayout layout,
               blocked_scales(data, context.input_shape(scale_input), table.quantize_axis, table.block));
  WEDGE_ASSIGN(const ZeroLayout zeros, read_zero_layout(context, table));
  const AxisSplit split(data, table.gather_axis);
  const Gather gather{.table = table,
                      .layout = layout,
                      .zeros = zeros,
                      .outer = static_cast<size_t>(split.outer),
                      .dim = static_cast<size_t>(split.count),
                      .count = static_cast<size_t>(context.input_shape(index_input).numel()),
                      .inner = static_cast<size_t>(split.inner)};
  return context.dtype(index_input) == DType::i32 ? kernel_for<int32_t>(gather) : kernel_for<int64_t>(gather);
}

}  // namespace

WEDGE_OPERATOR(microsoft, GatherBlockQuantized) = {
    .infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 4};

}  // namespace wedge
