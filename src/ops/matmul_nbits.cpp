// MatMulNBits of com.microsoft: a matrix times the transpose of one whose rows are packed integers, with a scale and a
// zero point for each block of a row. Few rows are multiplied by the packed numbers as they are; for many, parts of the
// weights become floats while they are multiplied.
#include <algorithm>

#include "kernels/bit_rows.h"
#include "ops/attention.h"
#include "ops/bit_packing.h"

namespace wedge {
namespace {

constexpr size_t a_input = 0;
constexpr size_t b_input = 1;
constexpr size_t scale_input = 2;
constexpr size_t zero_input = 3;
constexpr size_t group_input = 4;
constexpr size_t bias_input = 5;

// The least number of rows for which weights are worth writing out.
constexpr size_t many_rows = 48;

struct Sizes {
  size_t n = 0, k = 0, block = 0;
  BitPacking packing;

  [[nodiscard]] size_t blocks() const { return k / block + (k % block == 0 ? 0 : 1); }
  [[nodiscard]] size_t block_bytes() const { return packing.packed(block); }
  [[nodiscard]] size_t row_bytes() const { return blocks() * block_bytes(); }
};

Result<Sizes> read_sizes(const NodeView& node) {
  const Attributes& attributes = node.attributes();
  WEDGE_ASSIGN(const int64_t n, attributes.required_integer("N"));
  WEDGE_ASSIGN(const int64_t k, attributes.required_integer("K"));
  WEDGE_ASSIGN(const int64_t block, attributes.required_integer("block_size"));
  WEDGE_ASSIGN(const int64_t bits, attributes.integer("bits", 4));
  WEDGE_ASSIGN(const int64_t layout, attributes.integer("weight_prepacked", 0));
  if (layout != 0) return fail(ErrorCode::unsupported, "weights packed for one provider");
  WEDGE_ASSIGN(const BitPacking packing, BitPacking::of(bits));
  // Products of these sizes do not overflow.
  constexpr int64_t most = INT32_MAX;
  if (n < 1 || k < 1 || n > most || k > most) return fail(ErrorCode::invalid_model, "weights of ", n, " x ", k);
  if (block < 16 || block > most || (block & (block - 1)) != 0) {
    return fail(ErrorCode::invalid_model, "attribute 'block_size' is ", block, ", no power of two from 16 on");
  }
  return Sizes{static_cast<size_t>(n), static_cast<size_t>(k), static_cast<size_t>(block), packing};
}

Result<> expect_numel(const NodeView& node, size_t input, size_t wanted) {
  if (!node.has_input(input)) return {};
  const auto shape = node.shape(input).concrete();
  if (!shape || shape->numel() == static_cast<int64_t>(wanted)) return {};
  return fail(ErrorCode::invalid_model, "input ", input, " has shape ", *shape, ", expected ", wanted, " elements");
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(a_input, {DType::f32, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_dtype(b_input, {DType::u8}));
  WEDGE_TRY(context.expect_dtype(zero_input, {DType::u8, DType::f32, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_dtype(group_input, {DType::i32}));
  for (const size_t i : {scale_input, bias_input}) WEDGE_TRY(context.expect_same_dtype(a_input, i));
  WEDGE_TRY(context.expect_rank(a_input, 1, Shape::max_rank));
  WEDGE_ASSIGN(const Sizes sizes, read_sizes(context));
  WEDGE_TRY(expect_numel(context, b_input, sizes.n * sizes.row_bytes()));
  WEDGE_TRY(expect_numel(context, scale_input, sizes.n * sizes.blocks()));
  const bool packed_zeros = context.has_input(zero_input) && context.dtype(zero_input) == DType::u8;
  WEDGE_TRY(expect_numel(context, zero_input,
                         sizes.n * (packed_zeros ? sizes.packing.packed(sizes.blocks()) : sizes.blocks())));
  WEDGE_TRY(expect_numel(context, bias_input, sizes.n));
  SymbolicShape shape = context.shape(a_input);
  if (shape.has_rank()) {
    Dim& last = shape[shape.rank() - 1];
    WEDGE_TRY(expect_same(last, static_cast<int64_t>(sizes.k), "the last dimension of input 0 and attribute 'K'"));
    last = static_cast<int64_t>(sizes.n);
  }
  context.set_output(0, context.dtype(a_input), shape);
  return {};
}

/// The weights during a run: how a part of a row becomes floats.
struct Weights {
  Sizes sizes;
  const std::byte* numbers = nullptr;
  const float* scales = nullptr;
  const float* float_zeros = nullptr;
  const std::byte* packed_zeros = nullptr;
  const int32_t* groups = nullptr;  ///< the block of each column, where it is not the one it lies in

  [[nodiscard]] const std::byte* row(size_t n) const { return numbers + n * sizes.row_bytes(); }
  [[nodiscard]] float zero(size_t n, size_t block) const {
    if (float_zeros != nullptr) return float_zeros[n * sizes.blocks() + block];
    if (packed_zeros == nullptr) return sizes.packing.middle();
    return sizes.packing.number(packed_zeros + n * sizes.packing.packed(sizes.blocks()), block);
  }
  void read_zeros(size_t n, float* to) const {
    const size_t blocks = sizes.blocks();
    if (float_zeros != nullptr) {
      std::copy_n(float_zeros + n * blocks, blocks, to);
    } else if (packed_zeros != nullptr) {
      sizes.packing.read(packed_zeros + n * sizes.packing.packed(blocks), 0, blocks, to);
    } else {
      std::fill_n(to, blocks, sizes.packing.middle());
    }
  }

  /// Columns [first, first + count) of row n.
  void read(size_t n, size_t first, size_t count, float* to) const {
    const float* row_scales = scales + n * sizes.blocks();
    const size_t per_byte = sizes.packing.per_byte();
    for (size_t i = 0; i < count;) {
      const size_t column = first + i;
      const size_t block = groups == nullptr ? column / sizes.block : static_cast<size_t>(groups[column]);
      const size_t run = groups == nullptr ? std::min(count - i, sizes.block - column % sizes.block) : 1;
      const float scale = row_scales[block];
      const float zero_point = zero(n, block);
      const size_t whole = column % per_byte == 0 ? run / per_byte * per_byte : 0;
      if (whole > 0) {
        const std::byte* bytes = row(n) + column / per_byte;
        kernels::unpack(sizes.packing.bits, reinterpret_cast<const uint8_t*>(bytes), whole / per_byte, scale,
                        zero_point, to + i);
      }
      sizes.packing.read(row(n), column + whole, run - whole, to + i + whole);
      for (size_t j = i + whole; j < i + run; ++j) to[j] = (to[j] - zero_point) * scale;
      i += run;
    }
  }

  /// As gemm() wants them: the transpose, in panels.
  void write_panels(size_t k_begin, size_t k_end, size_t n_begin, size_t n_end, float* panels) const {
    constexpr size_t piece = 256;
    float numbers_of_row[piece];
    const size_t width = kernels::gemm_panel_width();
    for (size_t panel = n_begin; panel < n_end; panel += width, panels += (k_end - k_begin) * width) {
      for (size_t j = 0; j < width; ++j) {
        for (size_t k = k_begin; k < k_end; k += piece) {
          const size_t count = std::min(piece, k_end - k);
          if (panel + j < n_end) {
            read(panel + j, k, count, numbers_of_row);
          } else {
            std::fill_n(numbers_of_row, count, 0.0F);
          }
          float* to = panels + (k - k_begin) * width + j;
          for (size_t i = 0; i < count; ++i) to[i * width] = numbers_of_row[i];
        }
      }
    }
  }
};

Result<> check_groups(std::span<const int32_t> groups, size_t blocks) {
  for (const int32_t group : groups) {
    if (group >= 0 && static_cast<size_t>(group) < blocks) continue;
    return fail(ErrorCode::out_of_range, "a group of ", group, " is outside [0, ", blocks, ")");
  }
  return {};
}

/// The operands as floats.
struct Operands {
  Sizes sizes;
  size_t m = 0;
  bool has_float_zeros = false;
  ComputedOperand<float> a, scales, zeros, bias, y;

  Operands(PrepareContext& context, const Sizes& sizes, size_t m) : sizes(sizes), m(m) {
    const DType dtype = context.dtype(a_input);
    a = {context, dtype, m * sizes.k};
    scales = {context, dtype, sizes.n * sizes.blocks()};
    bias = {context, dtype, sizes.n};
    y = {context, dtype, m * sizes.n};
    has_float_zeros = context.has_input(zero_input) && context.dtype(zero_input) != DType::u8;
    if (has_float_zeros) zeros = {context, context.dtype(zero_input), sizes.n * sizes.blocks()};
  }

  [[nodiscard]] Weights weights(RunContext& run) const {
    Weights w{
        .sizes = sizes, .numbers = run.input(b_input).data, .scales = scales.read(run, run.input(scale_input).data)};
    if (has_float_zeros) {
      w.float_zeros = zeros.read(run, run.input(zero_input).data);
    } else if (run.has_input(zero_input)) {
      w.packed_zeros = run.input(zero_input).data;
    }
    if (run.has_input(group_input)) w.groups = run.input<int32_t>(group_input).data();
    return w;
  }
  [[nodiscard]] const float* biases(RunContext& run) const {
    return run.has_input(bias_input) ? bias.read(run, run.input(bias_input).data) : nullptr;
  }
};

Kernel few_rows_kernel(PrepareContext& context, const Operands& operands) {
  const Sizes sizes = operands.sizes;
  const size_t m = operands.m;
  const size_t padded = sizes.blocks() * sizes.block;
  const Scratch spread = context.scratch(m, padded, sizeof(float));
  const Scratch zeros = context.scratch_per_worker(sizes.blocks(), sizeof(float));
  context.name_kernel("bit_rows");
  return [=](RunContext& run) -> Result<> {
    const Weights weights = operands.weights(run);
    const float* bias = operands.biases(run);
    const float* a = operands.a.read(run, run.input(a_input).data);
    float* y = operands.y.target(run, run.output(0).data);
    auto* spread_a = run.scratch<float>(spread);
    const kernels::BitRow shape{
        .bits = sizes.packing.bits, .block_bytes = sizes.block_bytes(), .blocks = sizes.blocks()};
    for (size_t i = 0; i < m; ++i) kernels::spread(shape, a + i * sizes.k, sizes.k, spread_a + i * padded);
    const size_t grain = std::max<size_t>(1, (size_t{16} << 10U) / sizes.k);
    run.workers().run(sizes.n, grain, [&](size_t begin, size_t end, unsigned worker) {
      kernels::BitRow row = shape;
      auto* row_zeros = run.scratch<float>(zeros, worker);
      for (size_t n = begin; n < end; ++n) {
        weights.read_zeros(n, row_zeros);
        row.numbers = reinterpret_cast<const uint8_t*>(weights.row(n));
        row.scales = weights.scales + n * sizes.blocks();
        row.zeros = row_zeros;
        for (size_t first = 0; first < m; first += kernels::most_operands) {
          float sums[kernels::most_operands];
          const size_t count = std::min(kernels::most_operands, m - first);
          kernels::dot(row, spread_a + first * padded, count, sums);
          for (size_t i = 0; i < count; ++i) {
            y[(first + i) * sizes.n + n] = sums[i] + (bias == nullptr ? 0.0F : bias[n]);
          }
        }
      }
    });
    operands.y.write(run, run.output(0).data);
    return {};
  };
}

Kernel many_rows_kernel(PrepareContext& context, const Operands& operands) {
  const Sizes sizes = operands.sizes;
  kernels::GemmArguments g{.m = operands.m, .n = sizes.n, .k = sizes.k};
  g.a = {nullptr, static_cast<ptrdiff_t>(sizes.k), 1};
  g.c_stride = static_cast<ptrdiff_t>(sizes.n);
  const auto nothing = [](size_t, size_t, size_t, size_t, float*) {};
  const kernels::PanelWriter placeholder = nothing;
  g.write_b = &placeholder;
  const Scratch scratch = context.scratch(kernels::gemm_scratch_bytes(g, context.workers()));
  context.name_kernel("gemm_nbits");
  return [=](RunContext& run) -> Result<> {
    const Weights weights = operands.weights(run);
    if (weights.groups != nullptr) WEDGE_TRY(check_groups(run.input<int32_t>(group_input), sizes.blocks()));
    const auto write = [&](size_t k_begin, size_t k_end, size_t n_begin, size_t n_end, float* panels) {
      weights.write_panels(k_begin, k_end, n_begin, n_end, panels);
    };
    const kernels::PanelWriter writer = write;
    kernels::GemmArguments call = g;
    call.write_b = &writer;
    call.a.data = operands.a.read(run, run.input(a_input).data);
    call.c = operands.y.target(run, run.output(0).data);
    call.column_bias = operands.biases(run);
    kernels::gemm(call, run.scratch(scratch), run.workers());
    operands.y.write(run, run.output(0).data);
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const Sizes sizes, read_sizes(context));
  const bool has_groups = context.has_input(group_input);
  if (has_groups && context.input_shape(group_input).numel() < static_cast<int64_t>(sizes.k)) {
    return fail(ErrorCode::invalid_model, "groups of shape ", context.input_shape(group_input), " for ", sizes.k,
                " columns");
  }
  const Operands operands(context, sizes, static_cast<size_t>(context.output_shape(0).numel()) / sizes.n);
  context.count_product(operands.m, sizes.n, sizes.k);
  if (operands.m < many_rows && !has_groups) return few_rows_kernel(context, operands);
  return many_rows_kernel(context, operands);
}

}  // namespace

WEDGE_OPERATOR(microsoft, MatMulNBits) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 6};

}  // namespace wedge
